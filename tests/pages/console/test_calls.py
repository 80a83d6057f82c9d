"""What the console shows of calls: counts over time, and single calls opened up, without secrets."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from adapter.core import clock
from adapter.legacy import kept_calls as keeping
from adapter.legacy.store import kept_calls, retention, usage
from adapter.legacy.store.tables import kept_calls as rows_of_calls
from adapter.legacy.store.tables import used_minutes
from tests.legacy_client import A_HIT, HIT_TYPE, Scene, moment, signed, through_flask
from tests.pages.console.visiting import Operator

HIT = {**A_HIT, "Title": "Draw a <line>"}
RECEPTOR = "https://receptor.example.org/secret-path?key=hush"


@pytest.fixture
def scene(app, store):
    return Scene(store, through_flask(app))


@pytest.fixture
def flush(app):
    return app.extensions["adapter"].usage.flush


def rows_of(page):
    return [
        [" ".join("".join(cell.itertext()).split()) for cell in row.iter("td")]
        for row in page.tree.iter("tr")
        if list(row.iter("td"))
    ]


def opened(operator, number=0):
    """The page of one of the calls that the list shows."""
    links = [
        each for each in operator.get("/console/calls").tree.iter("a") if "/console/calls/" in each.get("href", "")
    ]
    return operator.get(links[number].get("href"))


def test_calls_and_errors_are_counted_by_operation_version_and_program(operator, scene, flush):
    client = scene.requester()
    for _ in range(3):
        client.raw("GetAccountBalance", headers={"User-Agent": "Boto/2.49.0"})
    client.raw("GetHIT", [("HITId", "NONE")], headers={"User-Agent": "turkit"})
    flush()
    page = operator.get("/console")
    rows = rows_of(page)
    assert ["GetAccountBalance", "3", "0"] in rows
    assert ["GetHIT", "1", "1"] in rows
    assert ["Boto/2.49.0", "3", "0"] in rows
    assert ["AWS.MechanicalTurk.HITDoesNotExist", "GetHIT", "1"] in rows
    assert "Calls 4" in page.text
    assert ["GetAccountBalance", "3", "0"] in rows_of(operator.get("/console?of=day"))
    (chart,) = page.tree.iter("svg")
    assert len([each for each in chart.iter("rect") if each.get("class") == "errors"]) == 1


def test_calls_of_callers_who_are_not_known_are_counted_too(operator, scene, flush):
    scene.send("GET", "/", b"Operation=GetHIT&AWSAccessKeyId=AKIANOBODY", b"", {"User-Agent": "Made up"})
    flush()
    text = operator.get("/console").text
    assert "(caller not known)" in text
    assert "Made up" not in text


def test_the_chart_has_a_bar_where_calls_are_and_older_ones_only_in_that_of_the_day(operator, store):
    minute = clock.milliseconds() // usage.MINUTE
    ago = {0: 5, 120: 7, 1500: 9}
    with store.write() as connection:
        usage.add(connection, {}, {}, {(minute - each, "GetHIT", "-", "boto", "-"): n for each, n in ago.items()})
    assert "Calls 5" in operator.get("/console").text
    assert "Calls 12" in operator.get("/console?of=day").text
    with store.write() as connection:
        usage.purge(connection, 0, clock.milliseconds())
        assert sorted(connection.scalars(select(used_minutes.c.calls))) == [5, 7]


@pytest.mark.parametrize("scheme", ["0", "1", "soap"])
def test_a_call_is_opened_up_without_its_signature(operator, store, app, flush, scheme):
    scene = Scene(store, through_flask(app), scheme=scheme)
    client = scene.requester()
    client.call("CreateHIT", **HIT, UniqueRequestToken="once-only")
    flush()
    page = opened(operator)
    assert "CreateHIT" in page.text
    assert ["UniqueRequestToken", "once-only"] in rows_of(page)
    assert "Draw a <line>" in page.text
    assert '"Title": "Draw a <line>"' in page.text
    assert "<HITId>" in page.text
    assert "AWSAccessKeyId" in page.text
    assert "(masked)" in page.text
    with store.read() as connection:
        (kept,) = connection.scalars(select(rows_of_calls.c.details))
    assert {each["operation"] for each in kept["calls"]} == {"CreateHIT"}
    assert not re.search(r"Signature(%3D|=|>)(?!\(masked\))[\w%/+]{20}", str(kept))


def test_what_a_call_was_refused_for_stands_on_its_page(operator, scene, flush):
    scene.requester().error("GetHIT")
    flush()
    page = opened(operator)
    assert "AWS.MissingParameters" in page.text
    assert "None was made" in page.text


def test_a_page_of_a_list_says_that_the_marketplace_read_it(operator, scene, flush):
    scene.requester().call("SearchHITs")
    flush()
    assert "the marketplace read this page of its own list" in opened(operator).text


def test_an_address_of_a_receptor_is_shown_by_its_host(operator, scene, flush, store):
    client = scene.requester()
    hit_type = client.call("RegisterHITType", **HIT_TYPE)
    client.call(
        "SetHITTypeNotification",
        HITTypeId=hit_type.findtext(".//HITTypeId"),
        Notification={"Destination": RECEPTOR, "Transport": "REST", "Version": "2006-05-05", "EventType": "HITExpired"},
    )
    flush()
    page = opened(operator)
    assert "SetHITTypeNotification" in page.text
    assert "https://receptor.example.org/(masked)" in page.text
    with store.read() as connection:
        assert "hush" not in str(list(connection.scalars(select(rows_of_calls.c.details))))


def test_calls_are_found_by_account_operation_outcome_and_any_id(operator, scene, flush):
    first, second = scene.requester(), scene.requester()
    hit_id = first.hit()
    second.call("GetAccountBalance")
    second.error("GetHIT", HITId="NONE")
    flush()

    def operations(query):
        return [row[1] for row in rows_of(operator.get(f"/console/calls?{query}"))]

    assert sorted(operations("")) == ["CreateHIT", "GetAccountBalance", "GetHIT"]
    assert operations(f"account={first.key.account_id}") == ["CreateHIT"]
    assert operations("account=-") == []
    assert operations("operation=GetAccountBalance") == ["GetAccountBalance"]
    assert operations("outcome=error") == operations("outcome=AWS.MechanicalTurk.HITDoesNotExist") == ["GetHIT"]
    assert sorted(operations("outcome=ok")) == ["CreateHIT", "GetAccountBalance"]
    assert operations(f"id={hit_id}") == ["CreateHIT"]
    assert operations(f"id={second.last.headers['x-amzn-RequestId']}") == ["GetHIT"]
    assert operations("id=100%25_") == []


def test_the_list_goes_on_to_older_calls(operator, store):
    with store.write() as connection:
        kept_calls.add(connection, [_row(f"c{number:03}", 1_000_000 + number // 3) for number in range(120)])
    seen, path = [], "/console/calls"
    while path:
        page = operator.get(path)
        seen += [each.get("href") for each in page.tree.iter("a") if "/console/calls/" in each.get("href", "")]
        path = page.links().get("Older", "")
    assert seen == [f"/console/calls/c{number:03}" for number in reversed(range(120))]


def _row(call_id, happened_at, account_id="A1", **more):
    return {
        "call_id": call_id,
        "happened_at": happened_at,
        "account_id": account_id,
        "operation": "GetHIT",
        "version": "2014-08-15",
        "protocol": "REST",
        "client": "boto",
        "outcome": "-",
        "status": 200,
        "milliseconds": 3,
        "details": {},
        **more,
    }


def test_only_so_many_calls_are_kept_and_strangers_push_out_none_of_others(any_store):
    now = clock.milliseconds()
    with any_store.write() as connection:
        kept_calls.add(connection, [_row(f"mine{number}", now - number) for number in range(12)])
        kept_calls.add(connection, [_row(f"theirs{number}", now - number, None) for number in range(50)])
        kept_calls.add(connection, [_row("old", now - 10 * usage.DAY)])
        kept_calls.purge(connection, now - 7 * usage.DAY, 10)
        left = set(connection.scalars(select(rows_of_calls.c.call_id)))
    assert left == {f"mine{number}" for number in range(8)} | {"theirs0", "theirs1"}


@pytest.mark.parametrize("changes", [{"console_calls": 0}, {"console_days": 0}])
def test_no_call_is_kept_where_the_settings_say_so(new_app, store, settings, changes):
    app = new_app(**changes)
    operator = Operator(app, store)
    Scene(store, through_flask(app)).requester().call("GetAccountBalance")
    app.extensions["adapter"].usage.flush()
    assert "No calls are kept" in operator.get("/console/calls").text
    assert kept_calls.listed(store, 9) == []
    with store.write() as connection:
        kept_calls.add(connection, [_row("a", clock.milliseconds() - 1)])
    retention.purge(store, clock.milliseconds(), replace(settings, **changes))
    assert kept_calls.listed(store, 9) == []


def test_a_call_that_is_too_large_is_cut(operator, scene, flush):
    client = scene.requester()
    client.error("NotifyWorkers", Subject="x", MessageText="y" * 200_000, WorkerId=["A1"])
    flush()
    page = opened(operator)
    assert "too large to show them" in page.text
    assert page.html.count("y") < 100_000


def test_under_load_the_newest_calls_are_kept(scene, flush, store):
    client = scene.requester()
    client.error("GetHIT", HITId="NONE")
    for _ in range(keeping.MOST_WAITING):
        client.call("GetAccountBalance")
    flush()
    listed = kept_calls.listed(store, 999)
    assert [each.operation for each in listed] == ["GetAccountBalance"] * keeping.MOST_WAITING


@pytest.mark.parametrize(
    "path",
    [
        "/console/calls/%00",
        "/console/calls/" + "x" * 3000,
        "/console/calls/none",
    ],
)
def test_a_call_that_is_not_there_is_answered_with_a_page(operator, path):
    assert operator.get(path).status == 404


@pytest.mark.parametrize(
    "query", ["before=x.y", "before=9999999999999999999.", "before=-1", "id=%00%ff", "account=%22", "outcome=%25"]
)
def test_odd_filters_show_a_page(operator, query):
    assert operator.get(f"/console/calls?{query}").status == 200
    assert operator.get(f"/console?{query}").status == 200


def test_what_a_caller_sends_cannot_change_a_page(operator, scene, flush):
    evil = "<script>alert(1)</script>"
    client = scene.requester()
    client.raw("GetHIT", [("HITId", evil)], headers={"User-Agent": evil})
    scene.send("GET", "/", urlencode({"Operation": evil, "Version": evil}).encode(), b"", {"User-Agent": evil})
    flush()
    for page in (operator.get("/console"), operator.get("/console/calls"), opened(operator, 0), opened(operator, 1)):
        assert not list(page.tree.iter("script"))


def test_a_call_that_nobody_signed_is_kept_without_what_it_called_itself(operator, scene, flush):
    key = scene.requester().key
    pairs = signed(key, "GetAccountBalance", [], when=moment())
    wrong = [(name, "A" * 27 + "=" if name == "Signature" else value) for name, value in pairs]
    scene.send("GET", "/", urlencode(wrong).encode(), b"", {})
    flush()
    page = opened(operator)
    assert "AWS.NotAuthorized" in page.text
    assert "A" * 27 not in page.html


def test_a_call_that_cannot_be_kept_costs_no_other_and_no_count(operator, scene, flush, store, monkeypatch, caplog):
    client = scene.requester()
    mask = keeping.masking.mask_headers

    def mask_some(sent):
        if sent.get("HTTP_USER_AGENT") == "Odd":
            raise RecursionError
        return mask(sent)

    monkeypatch.setattr(keeping.masking, "mask_headers", mask_some)
    ids = [
        client.raw("GetAccountBalance", headers={"User-Agent": each}).headers["x-amzn-RequestId"]
        for each in ("One", "Odd", "Two", "Three")
    ]
    with store.write() as connection:
        # another call has the id of the third, so that the database refuses that row
        row = {**dict.fromkeys(each.name for each in rows_of_calls.c), "call_id": ids[2], "happened_at": 1}
        texts = dict.fromkeys(("operation", "version", "protocol", "client", "outcome"), "-")
        kept_calls.add(connection, [{**row, **texts, "status": 200, "milliseconds": 1, "details": {}}])
    flush()
    assert {each.call_id: each.client for each in kept_calls.listed(store, 10)} == {
        ids[0]: "One",
        ids[2]: "-",
        ids[3]: "Three",
    }
    assert ["GetAccountBalance", "4", "0"] in rows_of(operator.get("/console"))
    assert f"request_id={ids[1]} is not kept: RecursionError" in caplog.text
    assert f"request_id={ids[2]} is not kept: IntegrityError" in caplog.text
