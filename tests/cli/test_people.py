"""`adapter people` says who may sign in to the console."""

from __future__ import annotations

import json
import re

import pytest

from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.pages.store import people
from tests import processes
from tests.fixtures_live import environment

PASSWORD = "correct horse battery"


@pytest.fixture
def adapter(tmp_path):
    """Runs a command in an installation of its own."""

    def run(*arguments, given=""):
        env = environment(data=tmp_path / "data", site_url="https://mturk.example.org")
        return processes.run("-m", "adapter.cli", *arguments, cwd=tmp_path, env=env, given=given)

    return run


def test_people_are_added_invited_listed_and_removed(adapter, tmp_path):
    added = adapter("people", "add", "Olga", "--role", "operator", "--password-file", "-", given=PASSWORD + "\n")
    assert (added.returncode, added.stdout) == (0, "Olga signs in as operator\n")
    invited = adapter("people", "invite", "otto@example.org")
    found = re.fullmatch(r"https://mturk\.example\.org/console/password\?token=(\S+)\n", invited.stdout)
    assert found
    listed = json.loads(adapter("people", "list", "--json").stdout)
    assert [(each["name"], each["role"], each["has_password"]) for each in listed] == [
        ("Olga", "operator", True),
        ("otto@example.org", "operator", False),
    ]
    reset = adapter("people", "password", "olga", "--link").stdout.strip().partition("token=")[2]
    store = open_store(Settings(data=tmp_path / "data"))
    try:
        assert people.person_of_link(store, found[1]).name == "otto@example.org"
        assert people.use_link(store, reset, "another password")
        adapter("people", "password", "Otto@Example.org", "--password-file", "-", given=PASSWORD + "\n")
        assert people.find_person_by_password(store, "otto@example.org", PASSWORD)
        assert people.person_of_link(store, found[1]) is None
        assert adapter("people", "remove", "OLGA").returncode == 0
        assert people.find_person(store, "olga") is None
    finally:
        store.close()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add", "olga", "--password-file", "-"), "at least 12 characters"),
        (("invite", " "), "A name is needed"),
        (("invite", "x" * 101), "A name has at most 100"),
        (("add", "olga", "--role", "king", "--password-file", "-"), "'king' is not"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_line(adapter, arguments, says):
    done = adapter("people", *arguments, given="short\n")
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_nobody_is_added_twice_and_nobody_unknown_is_changed(adapter):
    assert adapter("people", "invite", "olga").returncode == 0
    again = adapter("people", "invite", "OLGA")
    assert (again.returncode, "already" in again.stderr) == (2, True)
    for command in (("remove", "otto"), ("password", "otto", "--link")):
        unknown = adapter("people", *command)
        assert (unknown.returncode, "nobody called otto" in unknown.stderr) == (2, True)
