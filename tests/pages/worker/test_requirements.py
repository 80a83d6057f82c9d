"""What a HIT asks of workers, in words, with what the worker has."""

from __future__ import annotations

import pytest

from adapter.marketplace.store import worker_records
from tests.marketplace.test_qualifications import make
from tests.marketplace.workshop import a_hit

APPROVED, LOCALE, MASTERS = "00000000000000000040", "00000000000000000071", "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"


def lines(visitor, hit_id):
    shown = visitor.get(f"/mturk/preview?hitId={hit_id}")
    (listed,) = [each for each in shown.tree.iter("ul") if each.get("class") == "requirements"]
    return [" ".join(" ".join(li.itertext()).split()) for li in listed.iter("li")]


@pytest.mark.parametrize(
    ("type_id", "comparator", "values", "words"),
    [
        (APPROVED, "LessThan", [5], "Number of approved HITs is less than 5 ✓ met yours: 0"),
        (
            APPROVED,
            "GreaterThanOrEqualTo",
            [5],
            "Number of approved HITs is at least 5 ✗ not met yours: 0. It grows with each HIT of yours that is approved.",
        ),
        (APPROVED, "NotIn", [1, 2], "Number of approved HITs is none of 1, 2 ✓ met yours: 0"),
        (
            LOCALE,
            "In",
            ["US-CA", "DE"],
            "Location is one of US-CA, DE ✗ not met yours: US-NY. It is the country of your account, with its state or province.",
        ),
        (
            LOCALE,
            "NotIn",
            ["US-NY", "DE"],
            "Location is none of US-NY, DE ✗ not met yours: US-NY. This HIT is for other workers.",
        ),
        (LOCALE, "NotEqualTo", ["DE"], "Location is not DE ✓ met yours: US-NY"),
        (MASTERS, "Exists", [], "Masters has been granted ✗ not met yours: none. The operator of this site grants it."),
        (MASTERS, "DoesNotExist", [], "Masters has not been granted ✓ met yours: none"),
    ],
)
def test_every_comparator_is_said_with_the_workers_own_value(visitor, mturk, store, type_id, comparator, values, words):
    with store.write() as connection:
        worker_records.put_worker(connection, visitor.worker_id, 0, country="US", subdivision="NY")
    requirement = {"QualificationTypeId": type_id, "Comparator": comparator}
    if type_id == LOCALE:
        parts = [dict(zip(("Country", "Subdivision"), each.split("-"), strict=False)) for each in values]
        requirement["LocaleValues"] = parts
    elif values:
        requirement["IntegerValues"] = values
    assert lines(visitor, a_hit(mturk, QualificationRequirements=[requirement])) == [words]


def test_a_missing_qualification_that_can_be_requested_has_a_link(visitor, mturk):
    wanted = make(mturk, "Reading <well>")["QualificationTypeId"]
    asleep = make(mturk, "Asleep")["QualificationTypeId"]
    hit_id = a_hit(
        mturk,
        QualificationRequirements=[
            {"QualificationTypeId": each, "Comparator": "GreaterThan", "IntegerValues": [3], "ActionsGuarded": guarded}
            for each, guarded in ((wanted, "Accept"), (asleep, "PreviewAndAccept"))
        ],
    )
    mturk.update_qualification_type(QualificationTypeId=asleep, QualificationTypeStatus="Inactive")
    assert lines(visitor, hit_id) == [
        "Reading <well> is more than 3 ✗ not met yours: none Request it",
        "Asleep is more than 3 (also to preview) ✗ not met yours: none. Only its requester grants it: it cannot be requested.",
    ]
    shown = visitor.get(f"/mturk/preview?hitId={hit_id}")
    assert shown.links()["Request it"] == f"/mturk/requestqualification?qualificationId={wanted}"
    mturk.associate_qualification_with_worker(QualificationTypeId=wanted, WorkerId=visitor.worker_id, IntegerValue=4)
    assert lines(visitor, hit_id)[0] == "Reading <well> is more than 3 ✓ met yours: 4"


def test_a_hit_that_asks_for_nothing_has_no_list(visitor, mturk):
    shown = visitor.get(f"/mturk/preview?hitId={a_hit(mturk)}")
    assert not [each for each in shown.tree.iter("ul") if each.get("class") == "requirements"]


def test_a_visitor_reads_what_is_required_without_a_value(app, mturk):
    hit_id = a_hit(
        mturk,
        QualificationRequirements=[{"QualificationTypeId": APPROVED, "Comparator": "EqualTo", "IntegerValues": [5]}],
    )
    html = app.test_client().get(f"/mturk/preview?hitId={hit_id}").get_data(as_text=True)
    assert "<strong>Number of approved HITs</strong> is 5" in html
    assert "yours:" not in html


def test_who_is_kept_out_by_a_qualification_is_told_so_without_a_way_around_it(visitor, mturk):
    before = make(mturk, "Took part before")["QualificationTypeId"]
    hit_id = a_hit(mturk, QualificationRequirements=[{"QualificationTypeId": before, "Comparator": "DoesNotExist"}])
    assert lines(visitor, hit_id) == ["Took part before has not been granted ✓ met yours: none"]
    mturk.associate_qualification_with_worker(QualificationTypeId=before, WorkerId=visitor.worker_id, IntegerValue=1)
    assert lines(visitor, hit_id) == [
        "Took part before has not been granted ✗ not met yours: 1. This HIT is for other workers."
    ]
