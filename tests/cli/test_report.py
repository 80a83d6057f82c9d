"""`adapter report`: every call of an old client is counted, with its program, members and errors, and none of a stranger."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from adapter.core import clock
from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.legacy import usage as counting
from adapter.legacy.operations import registry
from adapter.legacy.operations.differences import DIFFERENCES
from adapter.legacy.store import usage
from tests import processes
from tests.fixtures_live import ROOT, environment
from tests.legacy_client import A_HIT, Scene, flatten, through_flask, through_http

BOTO = {"User-Agent": "Boto/2.38.0 Python/2.7"}
PERL = {"User-Agent": "libwww-perl/6.67", "X-Amazon-Software": "MTurkPerlSDK/1.00"}


@pytest.fixture
def report(tmp_path):
    def run(*arguments):
        env = environment(data=tmp_path / "server" / "data")
        done = processes.run("-m", "adapter.cli", "report", *arguments, cwd=tmp_path, env=env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def day(server, tmp_path):
    """A day of two requesters, whose server was told to stop right behind the last call."""
    running = server(workers=2)
    store = open_store(Settings(data=tmp_path / "server" / "data"))
    scene = Scene(store, through_http(running.url))
    one, other = scene.requester(), scene.requester(scheme="soap")
    for _ in range(7):
        one.raw("CreateHIT", flatten(A_HIT), headers=BOTO)
    one.raw("GetHIT", [("hitid", "nosuch"), ("Surprise", "1")], headers=PERL)
    other.call("SearchHITs", PageSize="5")
    header = '<soapenv:Header><X-Amazon-Software xmlns="http://amazonaws.com/header">ruby-aws/1.6</X-Amazon-Software></soapenv:Header>'
    send = other.send
    other.send = lambda method, path, query, body, headers: send(
        method, path, query, body.replace(b"<soapenv:Body>", header.encode() + b"<soapenv:Body>"), headers
    )
    other.soap("SearchHITs", {"SortProperty": "Title"}, {"PageNumber": "1"})
    one.key = type(one.key)(one.key.account_id, one.key.access_key_id, "not the secret")
    one.raw("GetAccountBalance", headers={"User-Agent": "a stranger"})
    running.stop()
    yield one.key.account_id, other.key.account_id
    store.close()


def test_what_old_clients_used_is_reported_with_programs_members_errors_and_differences(report, day):
    first, second = day
    found = {each["account"]: each for each in json.loads(report("--json"))["accounts"]}
    assert set(found) == {first, second}
    ways = {(use["operation"], use["protocol"], use["client"]): use for use in found[first]["uses"]}
    created = ways.pop(("CreateHIT", "REST", "Boto/2.38.0 Python/2.7"))
    assert (created["calls"], created["errors"], created["version"]) == (7, {}, "2014-08-15")
    asked = ways.pop(("GetHIT", "REST", "MTurkPerlSDK/1.00 (libwww-perl/6.67)"))
    assert asked["errors"] == {"AWS.MechanicalTurk.HITDoesNotExist": 1}
    assert ways == {}
    members = {(each["operation"], each["member"]): each["calls"] for each in found[first]["members"]}
    assert members["CreateHIT", "Question"] == 7
    assert members["GetHIT", "HITId"] == members["GetHIT", "(not known)"] == 1
    assert {(each["operation"], each["member"]) for each in found[first]["differences"]} >= {
        ("CreateHIT", ""),
        ("CreateHIT", "Question"),
        ("GetHIT", ""),
    }
    assert next(use["client"] for use in found[second]["uses"] if "ruby" in use["client"]).startswith("ruby-aws/1.6 (")
    assert sum(use["calls"] for use in found[second]["uses"]) == 2
    assert {each["member"]: each["calls"] for each in found[second]["members"]} == {
        "PageNumber": 1,
        "PageSize": 1,
        "SortProperty": 1,
    }


def test_the_report_can_be_read_in_a_terminal_a_spreadsheet_and_a_browser(report, day):
    first, second = day
    text = report("--account", first)
    assert re.search(r"CreateHIT +2014-08-15 +REST +Boto/2.38.0 Python/2.7 +7 ", text)
    assert second not in text
    lines = list(csv.DictReader(io.StringIO(report("--csv"))))
    assert [line["calls"] for line in lines if line["operation"] == "CreateHIT"] == ["7"]
    assert "<td>Boto/2.38.0 Python/2.7</td>" in report("--html", "--since", "1d")


@pytest.fixture
def counted(any_settings, any_store):
    """A client of an application in this process, and what its store holds once the counts are written down."""
    from adapter import create_app

    app = create_app(any_settings)
    gateway = app.extensions["adapter"]
    client = Scene(any_store, through_flask(app)).requester()

    def rows():
        gateway.usage.flush()
        with any_store.read() as connection:
            return usage.calls_since(connection, 0)

    yield client, rows
    gateway.usage.flush()
    gateway.store.close()


def test_counts_of_several_rounds_add_up_on_both_databases(counted):
    client, rows = counted
    for number in (1, 2, 3):
        client.call("GetAccountBalance")
        assert [row.calls for row in rows()] == [number]


def test_programs_that_call_themselves_anything_fill_no_table(counted, monkeypatch):
    monkeypatch.setattr(counting, "MOST_CLIENTS", 3)
    client, rows = counted
    for number in range(6):
        client.raw("GetAccountBalance", headers={"User-Agent": f"=program\t{number}" + "x" * 500})
    clients = {row.client: row.calls for row in rows()}
    assert clients.pop("(others)") == 3
    assert all(len(each) == counting.LONGEST_CLIENT and each.startswith("=program ") for each in clients)


def test_counts_are_kept_for_as_many_days_as_the_settings_say(any_store):
    today = clock.milliseconds() // usage.DAY
    key = ("A1", "GetHIT", "2014-08-15", "REST", "boto", "-")
    with any_store.write() as connection:
        usage.add(
            connection, {(today - days, *key): 1 for days in (0, 9, 10, 11)}, {(today - 11, *key[:2], "HITId"): 1}, {}
        )
        assert usage.purge(connection, clock.milliseconds() - 10 * usage.DAY, clock.milliseconds()) == 2
        assert [(row.calls, today - row.first) for row in usage.calls_since(connection, 0)] == [(3, 10)]


def test_nothing_is_counted_where_the_settings_say_so(settings, store):
    from dataclasses import replace

    from adapter import create_app

    app = create_app(replace(settings, usage_days=0))
    Scene(store, through_flask(app)).requester().call("GetAccountBalance")
    app.extensions["adapter"].usage.flush()
    with store.read() as connection:
        assert usage.calls_since(connection, 0) == []
    app.extensions["adapter"].store.close()


def test_every_known_difference_is_of_what_there_is_and_stands_on_its_page():
    page = (ROOT / "docs" / "compatibility.md").read_text()
    headings = set(re.findall(r"^##+ (.+)$", page, re.MULTILINE))
    operations = registry.load()
    for each in DIFFERENCES:
        assert each.heading in headings, each
        for operation in each.operations:
            assert operation in operations, each
            assert not each.member or each.member.lower() in counting.members_of(operation), each
    named = {name for name in operations if f"`{name}`" in page}
    assert named <= {operation for each in DIFFERENCES for operation in each.operations}


def test_a_program_that_calls_itself_a_formula_is_a_text_in_a_spreadsheet_and_on_a_page(report, server, tmp_path):
    running = server(workers=1)
    store = open_store(Settings(data=tmp_path / "server" / "data"))
    client = Scene(store, through_http(running.url)).requester()
    client.raw("GetAccountBalance", headers={"User-Agent": '=HYPERLINK("http://x")<script>'})
    running.stop()
    store.close()
    (line,) = csv.DictReader(io.StringIO(report("--csv")))
    assert line["client"] == '\'=HYPERLINK("http://x")<script>'
    assert "<script>" not in report("--html")
