"""Lists of HITs: order, filters, pages that neither repeat nor skip, sorted pages for the gateway."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapter.core.store import accounts
from adapter.marketplace.operations.registry import run
from adapter.marketplace.operations.sorted_pages import sorted_page
from tests.marketplace.test_hits import ADULT, create
from tests.marketplace.test_qualifications import code_of, make
from tests.marketplace.workshop import done, worker

PAST = datetime(1970, 1, 1, tzinfo=UTC)


def ids(rows):
    return [each["HITId"] for each in rows]


def walk(list_, **arguments):
    """Every page until the first empty one."""
    pages = []
    while True:
        answer = list_(**arguments)
        assert answer["NumResults"] == len(answer["HITs"])
        if not answer["HITs"]:
            assert "NextToken" not in answer
            return pages
        pages.append(ids(answer["HITs"]))
        arguments["NextToken"] = answer["NextToken"]


def test_hits_are_listed_in_the_order_of_creation_ten_at_a_time(mturk):
    made = [create(mturk)["HITId"] for _ in range(12)]
    assert walk(mturk.list_hits) == [made[:10], made[10:]]
    assert walk(mturk.list_hits, MaxResults=5) == [made[:5], made[5:10], made[10:]]
    paginated = mturk.get_paginator("list_hits").paginate(PaginationConfig={"PageSize": 4})
    assert [each for page in paginated for each in ids(page["HITs"])] == made


def test_deletion_and_creation_between_pages_neither_repeat_nor_skip(mturk):
    made = [create(mturk)["HITId"] for _ in range(6)]
    first = mturk.list_hits(MaxResults=3)
    for hit_id in (made[0], made[2], made[4]):
        mturk.update_expiration_for_hit(HITId=hit_id, ExpireAt=PAST)
        mturk.delete_hit(HITId=hit_id)
    new = create(mturk)["HITId"]
    rest = mturk.list_hits(MaxResults=3, NextToken=first["NextToken"])
    assert ids(first["HITs"]) + ids(rest["HITs"]) == [*made[:4], made[5], new]


def test_reviewable_hits_are_full_rows_by_status_and_type(mturk, store):
    open_, first, other = create(mturk), create(mturk), create(mturk, Title="Other")
    done(store, first["HITId"], worker(1))
    mturk.update_expiration_for_hit(HITId=other["HITId"], ExpireAt=PAST)
    rows = mturk.list_reviewable_hits()["HITs"]
    assert rows == [mturk.get_hit(HITId=each["HITId"])["HIT"] for each in (first, other)]
    assert ids(mturk.list_reviewable_hits(HITTypeId=other["HITTypeId"])["HITs"]) == [other["HITId"]]
    mturk.update_hit_review_status(HITId=first["HITId"])
    assert ids(mturk.list_reviewable_hits()["HITs"]) == [other["HITId"]]
    assert ids(mturk.list_reviewable_hits(Status="Reviewing")["HITs"]) == [first["HITId"]]
    assert open_["HITId"] not in str(rows)


def test_a_list_shows_nothing_of_another_requester_also_by_a_borrowed_type(mturk, store, client_for):
    hit = create(mturk, QualificationRequirements=[ADULT])
    mturk.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=PAST)
    other = client_for(accounts.create_account(store, "Other"))
    assert code_of(other.list_reviewable_hits, HITTypeId=hit["HITTypeId"]) == "HITTypeDoesNotExist"
    of = ADULT["QualificationTypeId"]
    assert other.list_hits_for_qualification_type(QualificationTypeId=of)["HITs"] == []


def test_hits_are_found_by_the_qualification_they_require(mturk):
    made = [create(mturk, Title=str(n), QualificationRequirements=[ADULT] if n % 2 else [])["HITId"] for n in range(8)]
    of = ADULT["QualificationTypeId"]
    listed = walk(mturk.list_hits_for_qualification_type, QualificationTypeId=of, MaxResults=3)
    assert listed == [[made[1], made[3], made[5]], [made[7]]]


def test_a_list_of_what_belongs_to_nothing_is_refused(mturk, client_for, store):
    assert code_of(mturk.list_reviewable_hits, HITTypeId="3NO") == "HITTypeDoesNotExist"
    code = "QualificationTypeDoesNotExist"
    assert code_of(mturk.list_hits_for_qualification_type, QualificationTypeId="3NO") == code
    of_another = make(client_for(accounts.create_account(store, "Other")))["QualificationTypeId"]
    assert code_of(mturk.list_hits_for_qualification_type, QualificationTypeId=of_another) == code


def test_hits_of_a_type_that_was_deleted_with_its_qualification_are_still_listed_by_it(mturk):
    of = make(mturk)["QualificationTypeId"]
    hit = create(mturk, QualificationRequirements=[{"QualificationTypeId": of, "Comparator": "Exists"}])
    mturk.delete_qualification_type(QualificationTypeId=of)
    mturk.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=PAST)
    assert ids(mturk.list_reviewable_hits(HITTypeId=hit["HITTypeId"])["HITs"]) == [hit["HITId"]]
    assert ids(mturk.list_hits_for_qualification_type(QualificationTypeId=of)["HITs"]) == [hit["HITId"]]


def test_a_token_of_another_list_is_refused(mturk):
    create(mturk)
    token = mturk.list_hits()["NextToken"]
    assert code_of(mturk.list_reviewable_hits, NextToken=token) == "InvalidParameterValue"
    assert code_of(mturk.list_hits, NextToken="x") == "InvalidParameterValue"
    assert code_of(mturk.list_hits, MaxResults=101) == "AWS.ParameterOutOfRange"


@pytest.fixture
def five(mturk):
    """HITs by number, made so that every sort order is another."""
    properties = [
        ("banana", "0.30", 600),
        ("Apple", "0.10", 300),
        ("cherry", "0.20", 900),
        ("Äpfel", "0.20", 120),
        ("banana", "0.30", 600),
    ]
    return [
        create(mturk, Title=title, Reward=reward, LifetimeInSeconds=lifetime)["HITId"]
        for title, reward, lifetime in properties
    ]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("Enumeration", [0, 1, 2, 3, 4]),
        ("CreationTime", [0, 1, 2, 3, 4]),
        ("Title", [1, 0, 4, 2, 3]),
        ("Reward", [1, 2, 3, 0, 4]),
        ("Expiration", [3, 1, 0, 4, 2]),
    ],
)
def test_a_sorted_page_has_the_total_and_the_rows_of_its_place(mturk, store, key, five, sort, order):
    del mturk
    wanted = [five[number] for number in order]
    for descending in (False, True):
        sequence = wanted[::-1] if descending else wanted
        for offset in range(0, 7, 2):
            rows, total = sorted_page(store, key.account_id, "list_hits", {}, sort, descending, offset, 2)
            assert (ids(rows), total) == (sequence[offset : offset + 2], 5)


def test_sorted_rows_are_those_of_the_json_api(mturk, store, key, five):
    mturk.update_expiration_for_hit(HITId=five[2], ExpireAt=PAST)
    rows, _ = sorted_page(store, key.account_id, "list_hits", {}, "", False, 0, 100)
    assert rows == run(store, key.account_id, "ListHITs", {})["HITs"]
    arguments = {"Status": "Reviewable", "HITTypeId": rows[2]["HITTypeId"]}
    listed, total = sorted_page(store, key.account_id, "list_reviewable_hits", arguments, "Title", False, 0, 10)
    assert (listed, total) == (run(store, key.account_id, "ListReviewableHITs", {})["HITs"], 1)


def test_a_sorted_page_shows_nothing_overdue(mturk, store, key, later):
    hit = create(mturk, LifetimeInSeconds=30)
    later(31)
    rows, _ = sorted_page(store, key.account_id, "list_reviewable_hits", {}, "CreationTime", True, 0, 10)
    assert ids(rows) == [hit["HITId"]]


def test_a_sorted_page_by_qualification_type_and_of_an_unknown_list(mturk, store, key):
    create(mturk)
    hit = create(mturk, QualificationRequirements=[ADULT])
    arguments = {"QualificationTypeId": ADULT["QualificationTypeId"]}
    listing = "list_hits_for_qualification_type"
    rows, total = sorted_page(store, key.account_id, listing, arguments, "Title", False, 0, 10)
    assert (ids(rows), total) == ([hit["HITId"]], 1)
    assert sorted_page(store, key.account_id, "list_notifications", {}, "", False, 0, 10) is None


@pytest.mark.usefixtures("five")
def test_hidden_hits_are_neither_shown_nor_counted_on_a_sorted_page(store, key):
    rows, total = sorted_page(store, key.account_id, "list_hits", {}, "Title", True, 0, 10)
    hidden = frozenset(row["HITId"] for row in rows[1:3])
    shown, left = sorted_page(store, key.account_id, "list_hits", {}, "Title", True, 1, 10, hidden)
    assert [row["HITId"] for row in shown] == [row["HITId"] for row in rows[3:]]
    assert left == total - 2
