"""What scripts and shells need of the command line: JSON, exit codes that are told, completion."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import click
import pytest

from adapter.cli.main import COMMANDS, GROUPS, cli
from tests import processes
from tests.fixtures_live import ROOT, environment, free_port


@pytest.fixture
def adapter(tmp_path):
    """Runs a command in an installation of its own; gives what it printed."""

    def run(*arguments, given="", code=0, **settings):
        env = environment(**{"data": tmp_path / "data", "port": free_port(), **settings})
        done = processes.run("-m", "adapter.cli", *arguments, cwd=tmp_path, env=env, given=given)
        assert done.returncode == code, done.stderr
        return done.stdout

    return run


def all_commands(command=cli, path=()):
    """(name, command) of every command that is no group."""
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        yield from all_commands(command.get_command(context, name), (*path, name))


def listing_commands():
    return {name for name, each in all_commands() if any("--json" in option.opts for option in each.params)}


def test_every_command_that_lists_takes_json_and_the_guide_names_it():
    says_that_it_lists = {name for name, each in all_commands() if re.match("(List|Show (all|the)|Check)", each.help)}
    assert says_that_it_lists - {"layouts add"} <= listing_commands()
    guide = (ROOT / "docs" / "commands.md").read_text()
    assert not {name for name in listing_commands() if f"`{name}" not in guide}


def test_keys_are_listed_with_values_of_their_own_kinds(adapter):
    made = adapter("keys", "create", "--name", "Ann")
    (key,) = json.loads(adapter("keys", "list", "--json"))
    assert list(key) == ["access_key_id", "account", "name", "enabled", "created", "balance"]
    assert key["account"] in made
    assert key["access_key_id"] in made
    assert (key["name"], key["enabled"], key["balance"]) == ("Ann", True, "10000.00")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", key["created"])


def test_a_statement_tells_programs_what_it_tells_people(adapter):
    adapter("keys", "create")
    adapter("funds", "withdraw", "0.10", "--reference", "back")
    rows = json.loads(adapter("funds", "ledger", "--json"))
    assert [(row["what"], row["available"], row["available_then"], row["of"]) for row in rows] == [
        ("deposit", "10000.00", "10000.00", None),
        ("withdrawal", "-0.10", "9999.90", "back"),
    ]
    shown = json.loads(adapter("funds", "show", "--json"))
    assert (shown["available"], shown["held"], shown["put_in"]) == ("9999.90", "0.00", "9999.90")


def test_what_has_no_row_is_an_empty_list(adapter):
    adapter("keys", "create")
    for command in (["workers", "list"], ["layouts", "list"], ["notifications", "list"]):
        assert json.loads(adapter(*command, "--json")) == []


def test_a_layout_lists_its_parameters(adapter, tmp_path):
    adapter("keys", "create")
    (tmp_path / "layout.html").write_text("<p>${first} ${second}</p>")
    adapter("layouts", "add", "two", "layout.html")
    (layout,) = json.loads(adapter("layouts", "list", "--json"))
    assert (layout["name"], sorted(layout["parameters"])) == ("two", ["first", "second"])
    assert re.search(r" (first, second|second, first)$", adapter("layouts", "list"), re.MULTILINE)


def test_the_findings_of_doctor_are_listed_and_its_exit_code_stays(adapter):
    findings = json.loads(adapter("doctor", "--json", code=1))
    assert {each["check"]: each["well"] for each in findings}["settings"] is True
    assert [each["finding"] for each in findings if each["check"] == "database"] != [""]
    assert [each["well"] for each in findings if each["check"] == "database"] == [False]


def test_settings_and_operations_are_listed_without_secrets(adapter):
    listed = {each["setting"]: each for each in json.loads(adapter("settings", "--json", smtp_url="smtp://u:SECRET@x"))}
    assert listed["ADAPTER_SMTP_URL"] == {"setting": "ADAPTER_SMTP_URL", "value": "(set)", "changed": True}
    assert listed["ADAPTER_HOST"]["changed"] is False
    operations = json.loads(adapter("operations", "--json"))
    assert {"operation": "GetHIT", "versions": "all"}.items() <= next(
        each for each in operations if each["operation"] == "GetHIT"
    ).items()


def test_help_shows_every_command_once_under_who_needs_it(adapter):
    shown = re.findall(r"^  ([a-z]+) ", adapter("--help").partition("Exit codes")[0], re.MULTILINE)
    assert sorted(shown) == sorted(COMMANDS)
    assert {name for names in GROUPS.values() for name in names} <= set(COMMANDS)


def test_help_and_the_guide_tell_the_same_exit_codes(adapter):
    codes = re.findall(r"^  ([\d, ]*\d)  ", adapter("--help").partition("Exit codes")[2], re.MULTILINE)
    told = re.findall(r"^\| ([\d, ]*\d) \|", (ROOT / "docs" / "commands.md").read_text(), re.MULTILINE)
    assert codes == told == ["0", "1", "2", "3, 4", "130"]


@pytest.mark.parametrize(
    ("typed", "offered"), [(["ke"], "keys"), (["keys", "dis"], "disable"), (["keys", "list", "--js"], "--json")]
)
def test_bash_completes_what_was_begun(tmp_path, typed, offered):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed here")
    command = tmp_path / "adapter"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m adapter.cli "$@"\n')
    command.chmod(0o755)
    words = " ".join(["adapter", *typed])
    script = (
        f'eval "$(adapter completion bash)"; COMP_WORDS=({words}); COMP_CWORD={len(typed)}; '
        f'_adapter_completion adapter {typed[-1]} x; echo "${{COMPREPLY[@]}}"'
    )
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        [bash, "-c", script], env={**environment(), "PATH": path}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [offered]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_a_script_that_asks_this_command(adapter, shell):
    script = adapter("completion", shell)
    assert f"_ADAPTER_COMPLETE={shell}_complete" in script
