"""`adapter explain` reads a call from a file or standard input, tells of it in words or JSON, and leaves everything as it was."""

from __future__ import annotations

import json

import pytest

from tests import processes
from tests.fixtures_live import ACCESS_KEY_ID, SECRET_ACCESS_KEY, environment
from tests.legacy.explain.calls import Key, form_of, message_of

CALL = form_of("GetHIT", [("HITId", "3EXAMPLE"), ("Titel", "x")])


@pytest.fixture
def explain(tmp_path):
    """Runs the command where there is nothing of an installation."""

    def run(*arguments, given="", **settings):
        env = environment(**{"data": tmp_path / "data", **settings})
        return processes.run("-m", "adapter.cli", "explain", *arguments, cwd=tmp_path, env=env, given=given)

    return run


def test_a_call_from_standard_input_is_explained_where_nothing_is_installed(explain, tmp_path):
    done = explain(given=CALL, secret_access_key=Key.secret_access_key)
    assert done.returncode == 0, done.stderr
    for words in (
        "GetHIT, version 2014-08-15, over REST",
        "it matches",
        "HITId: 3EXAMPLE",
        "Titel is no member",
        "mturk.get_hit(",
    ):
        assert words in done.stdout
    assert Key.secret_access_key not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_signature_ends_with_1_and_says_why(explain, tmp_path):
    (tmp_path / "call").write_text(form_of("GetHIT", [("HITId", "3E")], Key(secret_access_key="secret\n")))
    (tmp_path / "secret").write_text("secret\n")
    done = explain("call", "--secret-file", "secret")
    assert done.returncode == 1
    assert "line end behind it" in done.stdout
    assert "The gateway refuses it: AWS.NotAuthorized" in done.stdout


def test_the_key_of_a_running_server_is_looked_up_and_json_has_all_of_it(explain, live):
    text = message_of("SearchHITs", {"PageSize": "5"}, key=Key(ACCESS_KEY_ID, SECRET_ACCESS_KEY))
    done = explain("-", "--json", given=text, data=live.data)
    assert done.returncode == 0, done.stdout
    found = json.loads(done.stdout)
    assert found["form"] == "a SOAP message"
    assert found["signing"]["matches"] is True
    assert found["requests"][0]["calls"] == [{"operation": "ListHITs", "json": {"MaxResults": 100}}]
    assert {"name": "PageSize", "value": 5, "given": True, "refusal": None} in found["requests"][0]["members"]


@pytest.mark.parametrize(
    ("arguments", "given", "words"),
    [
        ((), "Good morning", "no legacy call"),
        (("nowhere",), "", "nowhere"),
        (("--secret-file", "-"), CALL, "standard input"),
    ],
)
def test_what_cannot_be_explained_ends_with_2_and_one_sentence(explain, arguments, given, words):
    done = explain(*arguments, given=given)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
