"""Qualification requirements: which are in order, and who meets them."""

from __future__ import annotations

import pytest

from adapter.core.store import accounts
from adapter.marketplace.domain.requirements import check_requirements, meets
from adapter.marketplace.domain.transactions import writing
from adapter.marketplace.errors import TurkError
from adapter.marketplace.store import worker_records
from tests.marketplace.test_hits import create
from tests.marketplace.test_qualifications import WORKER, make

LOCALE, APPROVED, RATE = "00000000000000000071", "00000000000000000040", "000000000000000000L0"
ADULT, MASTERS = "00000000000000000060", "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"


@pytest.fixture
def call(store, key):
    with writing(store, key.account_id) as opened:
        yield opened


def requirement(of, comparator, *values, **more):
    made = {"QualificationTypeId": of, "Comparator": comparator, **more}
    if values:
        made["IntegerValues" if isinstance(values[0], int) else "LocaleValues"] = list(values)
    return made


def met(call, *given, action="Accept"):
    return meets(call, WORKER, check_requirements(call, given), action)


US, CALIFORNIA, INDIA = {"Country": "US"}, {"Country": "US", "Subdivision": "CA"}, {"Country": "IN"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("EqualTo", US), True),
        (("EqualTo", CALIFORNIA), True),
        (("EqualTo", {"Country": "US", "Subdivision": "NY"}), False),
        (("NotEqualTo", INDIA), True),
        (("NotEqualTo", US), False),
        (("In", INDIA, US), True),
        (("NotIn", INDIA, CALIFORNIA), False),
        (("Exists",), True),
        (("DoesNotExist",), False),
    ],
)
def test_a_locale_is_compared_by_country_and_where_given_subdivision(call, given, expected):
    worker_records.put_worker(call.connection, WORKER, call.now, country="US", subdivision="CA")
    assert met(call, requirement(LOCALE, *given)) is expected


def test_a_worker_without_a_locale_meets_no_requirement_on_it_but_its_absence(call):
    assert not met(call, requirement(LOCALE, "EqualTo", US))
    assert not met(call, requirement(LOCALE, "NotEqualTo", US))
    assert met(call, requirement(LOCALE, "DoesNotExist"))


@pytest.mark.parametrize(
    ("comparator", "values", "expected"),
    [
        ("LessThan", (8,), True),
        ("LessThan", (7,), False),
        ("LessThanOrEqualTo", (7,), True),
        ("GreaterThan", (6,), True),
        ("GreaterThan", (7,), False),
        ("GreaterThanOrEqualTo", (7,), True),
        ("EqualTo", (7,), True),
        ("NotEqualTo", (7,), False),
        ("In", (1, 7), True),
        ("NotIn", (1, 7), False),
        ("NotIn", (1, 2), True),
        ("Exists", (), True),
        ("DoesNotExist", (), False),
    ],
)
def test_a_value_is_compared_as_the_comparator_says(mturk, store, key, comparator, values, expected):
    of = make(mturk)["QualificationTypeId"]
    mturk.associate_qualification_with_worker(QualificationTypeId=of, WorkerId=WORKER, IntegerValue=7)
    with writing(store, key.account_id) as call:
        assert met(call, requirement(of, comparator, *values)) is expected


def test_a_revoked_qualification_is_as_none(mturk, store, key):
    of = make(mturk)["QualificationTypeId"]
    mturk.associate_qualification_with_worker(QualificationTypeId=of, WorkerId=WORKER)
    mturk.disassociate_qualification_from_worker(QualificationTypeId=of, WorkerId=WORKER)
    with writing(store, key.account_id) as call:
        assert not met(call, requirement(of, "Exists"))
        assert met(call, requirement(of, "DoesNotExist"))


def test_the_approval_rate_is_a_hundred_until_a_hundred_are_submitted(call):
    assert met(call, requirement(RATE, "EqualTo", 100), requirement(APPROVED, "EqualTo", 0))
    worker_records.count(call.connection, WORKER, call.account_id, accepted=99, submitted=99, approved=49, rejected=50)
    assert met(call, requirement(RATE, "EqualTo", 100), requirement(APPROVED, "EqualTo", 49))
    worker_records.count(call.connection, WORKER, call.account_id, accepted=1, submitted=1, approved=1)
    assert met(call, requirement(RATE, "EqualTo", 50), requirement(APPROVED, "EqualTo", 50))


def test_adults_and_masters_are_so_by_their_record(call):
    assert met(call, requirement(ADULT, "EqualTo", 0), requirement(MASTERS, "DoesNotExist"))
    worker_records.put_worker(call.connection, WORKER, call.now, adult=True, masters=True)
    assert met(call, requirement(ADULT, "EqualTo", 1), requirement(MASTERS, "Exists"))


def test_a_requirement_guards_accepting_alone_unless_it_says_more(call):
    plain = requirement(APPROVED, "GreaterThan", 5)
    preview = {**plain, "ActionsGuarded": "PreviewAndAccept"}
    old_preview = {**plain, "RequiredToPreview": True}
    discover = {**plain, "ActionsGuarded": "DiscoverPreviewAndAccept"}
    for given, allowed in (
        (plain, ["Discover", "Preview"]),
        (preview, ["Discover"]),
        (old_preview, ["Discover"]),
        (discover, []),
    ):
        actions = [each for each in ("Discover", "Preview", "Accept") if met(call, given, action=each)]
        assert actions == allowed


def test_a_kept_requirement_carries_both_forms_of_its_action(call):
    (kept,) = check_requirements(call, [requirement(APPROVED, "In", 1, 2, RequiredToPreview=True)])
    assert kept == {
        "QualificationTypeId": APPROVED,
        "Comparator": "In",
        "IntegerValues": [1, 2],
        "RequiredToPreview": True,
        "ActionsGuarded": "PreviewAndAccept",
    }


@pytest.mark.parametrize("guarded", [None, "Accept", "PreviewAndAccept", "DiscoverPreviewAndAccept"])
def test_what_a_hit_says_of_its_requirements_can_be_given_to_the_next_one(mturk, guarded):
    more = {} if guarded is None else {"ActionsGuarded": guarded}
    asked = [requirement(APPROVED, "In", 1, 2, **more), requirement(ADULT, "Exists", **more)]
    first = create(mturk, QualificationRequirements=asked)
    again = create(mturk, QualificationRequirements=first["QualificationRequirements"])
    assert again["QualificationRequirements"] == first["QualificationRequirements"]
    assert again["HITTypeId"] == first["HITTypeId"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([requirement(APPROVED, "Exists")] * 11, "InvalidParameterValue"),
        ([requirement("3UNKNOWN", "Exists")], "QualificationTypeDoesNotExist"),
        ([requirement(APPROVED, "Exists", 1)], "InvalidParameterValue"),
        ([requirement(APPROVED, "EqualTo")], "InvalidParameterValue"),
        ([requirement(APPROVED, "EqualTo", 1, 2)], "InvalidParameterValue"),
        ([requirement(APPROVED, "In", *range(16))], "InvalidParameterValue"),
        ([requirement(APPROVED, "In")], "InvalidParameterValue"),
        ([requirement(APPROVED, "EqualTo", US)], "InvalidParameterValue"),
        ([requirement(LOCALE, "EqualTo", 1)], "InvalidParameterValue"),
        ([requirement(LOCALE, "LessThan", US)], "InvalidParameterValue"),
        ([requirement(LOCALE, "EqualTo", {"Country": "us"})], "InvalidParameterValue"),
        ([requirement(LOCALE, "EqualTo", {"Country": "US", "Subdivision": "??"})], "InvalidParameterValue"),
        ([requirement(LOCALE, "In", *[US] * 31)], "InvalidParameterValue"),
        (
            [requirement(APPROVED, "EqualTo", 1, RequiredToPreview=False, ActionsGuarded="DiscoverPreviewAndAccept")],
            "InvalidParameterValue",
        ),
        ([requirement(APPROVED, "EqualTo", 1, LocaleValues=[US])], "InvalidParameterValue"),
        ([requirement(LOCALE, "EqualTo", 1, LocaleValues=[US])], "InvalidParameterValue"),
    ],
)
def test_requirements_outside_the_rules_are_refused(call, given, code):
    with pytest.raises(TurkError) as caught:
        check_requirements(call, given)
    assert caught.value.code == f"AWS.MechanicalTurk.{code}"


def test_a_type_of_another_account_or_an_inactive_one_cannot_be_required(mturk, store, key):
    of = make(mturk, QualificationTypeStatus="Inactive")["QualificationTypeId"]
    with writing(store, key.account_id) as call, pytest.raises(TurkError, match="Inactive"):
        check_requirements(call, [requirement(of, "Exists")])
    stranger = accounts.create_account(store, "Stranger")
    with writing(store, stranger.account_id) as call, pytest.raises(TurkError, match="does not exist"):
        check_requirements(call, [requirement(of, "Exists")])
