"""`adapter layouts` registers, lists and shows layouts."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from adapter.cli.main import cli
from adapter.core.store import accounts
from adapter.marketplace.store.layouts import find_layout

PAGE = "<html><body><p>Look at ${thing} and ${other}</p></body></html>"


@pytest.fixture
def run(store, monkeypatch, tmp_path):
    monkeypatch.setenv("ADAPTER_DATA", str(store.settings.data))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli, ["layouts", *arguments])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    return str(path)


def test_a_layout_is_registered_listed_with_its_parameters_and_shown(run, store, key, file):
    layout_id = run("add", "Look", file).output.strip()
    with store.read() as connection:
        assert find_layout(connection, key.account_id, layout_id).template == PAGE
    (line,) = [line for line in run("list").output.splitlines() if layout_id in line]
    assert "Look" in line
    assert line.endswith("thing, other")
    assert run("show", layout_id).output == PAGE + "\n"


def test_the_account_must_be_named_where_there_are_several(run, store, key, file):
    other = accounts.create_account(store, "Other").account_id
    assert "--account" in str(run("add", "Look", file).exception)
    assert run("add", "Look", file, "--account", other).exit_code == 0
    assert "there is no account" in str(run("list", "--account", "ANOBODY").exception)
    assert len(run("list", "--account", key.account_id).output.splitlines()) == 1
    assert len(run("list", "--account", other).output.splitlines()) == 2


@pytest.mark.parametrize("content", [b"\xff\xfe", b"<QuestionForm", b""])
def test_a_file_no_hit_could_use_is_refused_in_one_line(run, key, tmp_path, content):
    path = tmp_path / "broken"
    path.write_bytes(content)
    message = str(run("add", "Broken", str(path)).exception)
    assert message.startswith(str(path))
    assert "\n" not in message
    assert len(run("list", "--account", key.account_id).output.splitlines()) == 1


def test_an_unknown_layout_cannot_be_shown(run, key):
    assert "there is no layout 3NO" in str(run("show", "3NO", "--account", key.account_id).exception)
