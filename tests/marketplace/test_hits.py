"""HITs through boto3: creation, limits, tokens, questions, review policies, money held."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from adapter.core.store import accounts
from adapter.core.store.balances import InsufficientFundsError, balances
from adapter.marketplace.api.validation import validate
from adapter.marketplace.errors import TurkError
from adapter.marketplace.operations import registry
from adapter.marketplace.operations.registry import run
from tests.marketplace.questions.documents import BINARY, overview
from tests.marketplace.test_qualifications import code_of, message_of
from tests.marketplace.workshop import EXTERNAL, FORM, html_question

PROPERTIES = {
    "Title": "Describe a picture",
    "Description": "Say what you see.",
    "Keywords": "picture, text",
    "Reward": "0.50",
    "AssignmentDurationInSeconds": 600,
}
MEMBERS = {**PROPERTIES, "LifetimeInSeconds": 3600, "Question": EXTERNAL}
ADULT = {"QualificationTypeId": "00000000000000000060", "Comparator": "EqualTo", "IntegerValues": [1]}
MASTERS = {"QualificationTypeId": "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH", "Comparator": "Exists"}
KNOWN_ANSWERS = {
    "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
    "Parameters": [
        {"Key": "AnswerKey", "MapEntries": [{"Key": "q1", "Values": ["red"]}]},
        {"Key": "ApproveIfKnownAnswerScoreIsAtLeast", "Values": ["100"]},
    ],
}


def create(mturk, **members):
    return mturk.create_hit(**{**MEMBERS, **members})["HIT"]


def refused(mturk, **members):
    """The code of the refusal; nothing was made and nothing was held."""
    given = {**MEMBERS, **members}
    code = code_of(mturk.create_hit, **{name: value for name, value in given.items() if value is not None})
    assert mturk.list_hits()["NumResults"] == 0
    assert mturk.get_account_balance()["AvailableBalance"] == "10000.00"
    return code


def test_a_new_hit_is_assignable_and_reads_back_as_created(mturk):
    created = create(mturk, MaxAssignments=3, RequesterAnnotation="batch 1")
    assert created["HITStatus"] == "Assignable"
    assert created["HITReviewStatus"] == "NotReviewed"
    assert created["MaxAssignments"] == created["NumberOfAssignmentsAvailable"] == 3
    assert created["NumberOfAssignmentsPending"] == created["NumberOfAssignmentsCompleted"] == 0
    assert created["Expiration"] - created["CreationTime"] == timedelta(hours=1)
    assert created["AutoApprovalDelayInSeconds"] == 2_592_000
    assert created["Reward"] == "0.50"
    assert created["Question"] == EXTERNAL
    assert created["QualificationRequirements"] == []
    assert created["RequesterAnnotation"] == "batch 1"
    assert mturk.get_hit(HITId=created["HITId"])["HIT"] == created
    assert mturk.list_hits()["HITs"] == [created]


def test_members_that_were_not_given_are_absent_and_one_assignment_is_the_default(mturk):
    hit = mturk.create_hit(**{name: value for name, value in MEMBERS.items() if name != "Keywords"})["HIT"]
    assert not {"Keywords", "RequesterAnnotation", "HITLayoutId"} & hit.keys()
    assert hit["MaxAssignments"] == 1


def test_a_hit_of_a_registered_type_has_the_types_properties(mturk):
    hit_type_id = mturk.create_hit_type(**PROPERTIES)["HITTypeId"]
    members = {"HITTypeId": hit_type_id, "LifetimeInSeconds": 60, "Question": EXTERNAL}
    hit = mturk.create_hit_with_hit_type(**members)["HIT"]
    assert {name: hit[name] for name in PROPERTIES} == PROPERTIES
    assert hit["HITTypeId"] == hit_type_id
    assert create(mturk)["HITGroupId"] == hit["HITGroupId"]


def test_a_hit_whose_page_would_get_the_sessions_of_workers_is_taken_and_the_log_says_that_it_is_not_shown(
    mturk, caplog
):
    create(mturk)
    assert caplog.text == ""
    hit_id = create(mturk, Question=EXTERNAL.replace("example.com", "127.0.0.1:9000"))["HITId"]
    assert mturk.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Assignable"
    assert f"HIT {hit_id} cannot be shown to workers: its page is on the host name of the worker pages" in caplog.text


def test_a_hit_with_html_that_nobody_can_submit_is_taken_and_the_log_says_why(mturk, caplog):
    create(mturk, Question=html_question("<crowd-form><crowd-input name='a'></crowd-input></crowd-form>"))
    assert caplog.text == ""
    hit_id = create(mturk, Question=html_question("<crowd-form><crowd-orrery name='a'></crowd-orrery></crowd-form>"))[
        "HITId"
    ]
    assert mturk.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Assignable"
    assert (
        f"HIT {hit_id} cannot be done by workers: it uses elements that this site does not know: crowd-orrery"
        in caplog.text
    )


@pytest.mark.parametrize(
    "question",
    [
        html_question("<form></form><img src='http://127.0.0.1:9000/a.png'>"),
        overview(f"{BINARY.replace('http://example.com', 'http://127.0.0.1:9000')}"),
    ],
)
def test_a_hit_with_an_address_on_the_host_name_of_the_pages_is_taken_and_the_log_says_why(mturk, caplog, question):
    hit_id = create(mturk, Question=question)["HITId"]
    assert (
        f"HIT {hit_id} cannot be done by workers: it has an address on the host name of the worker pages" in caplog.text
    )
    assert caplog.text.rstrip().partition("sign-in: ")[2].startswith("http://127.0.0.1:9000/")


def test_another_requester_sees_neither_the_hit_nor_its_type(mturk, store, client_for):
    hit = create(mturk)
    other = client_for(accounts.create_account(store, "Other"))
    assert code_of(other.get_hit, HITId=hit["HITId"]) == "HITDoesNotExist"
    assert message_of(other.get_hit, HITId=hit["HITId"]).startswith(f"Hit {hit['HITId']} does not exist. (")
    assert other.list_hits()["HITs"] == []
    members = {"HITTypeId": hit["HITTypeId"], "LifetimeInSeconds": 60, "Question": EXTERNAL}
    assert code_of(other.create_hit_with_hit_type, **members) == "HITTypeDoesNotExist"
    assert create(other)["HITTypeId"] != hit["HITTypeId"]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("LifetimeInSeconds", 29, "AWS.ParameterOutOfRange"),
        ("LifetimeInSeconds", 31_536_001, "AWS.ParameterOutOfRange"),
        ("AssignmentDurationInSeconds", 29, "AWS.ParameterOutOfRange"),
        ("AssignmentDurationInSeconds", 31_536_001, "AWS.ParameterOutOfRange"),
        ("AutoApprovalDelayInSeconds", -1, "AWS.ParameterOutOfRange"),
        ("AutoApprovalDelayInSeconds", 2_592_001, "AWS.ParameterOutOfRange"),
        ("MaxAssignments", 0, "AWS.ParameterOutOfRange"),
        ("MaxAssignments", 1_000_000_001, "AWS.ParameterOutOfRange"),
        ("Title", "", "AWS.MissingParameters"),
        ("Title", "x" * 129, "InvalidParameterValue"),
        ("Description", "x" * 2001, "InvalidParameterValue"),
        ("Keywords", "x" * 1001, "InvalidParameterValue"),
        ("RequesterAnnotation", "x" * 256, "InvalidParameterValue"),
        ("RequesterAnnotation", "bell \x07", "InvalidParameterValue"),
        ("Reward", "0.001", "AWS.ParameterOutOfRange"),
        ("Reward", "-1", "AWS.ParameterOutOfRange"),
        ("Reward", "1000000.01", "AWS.ParameterOutOfRange"),
        ("Reward", "9" * 400, "AWS.ParameterOutOfRange"),
        ("Reward", "10000", "InsufficientFunds"),
        ("Question", None, "AWS.MissingParameters"),
        ("Question", "", "XMLParseError"),
        ("Question", "<QuestionForm", "XMLParseError"),
        ("Question", EXTERNAL + " " * 65_535, "AWS.ParameterOutOfRange"),
        ("HITLayoutId", "3NOSUCH", "InvalidParameterValue"),
        ("HITLayoutParameters", [{"Name": "a", "Value": "b"}], "InvalidParameterValue"),
        ("QualificationRequirements", [ADULT] * 11, "InvalidParameterValue"),
        (
            "QualificationRequirements",
            [{"QualificationTypeId": "3NOSUCH", "Comparator": "Exists"}],
            "QualificationTypeDoesNotExist",
        ),
        (
            "QualificationRequirements",
            [{**ADULT, "RequiredToPreview": True, "ActionsGuarded": "Accept"}],
            "InvalidParameterValue",
        ),
        ("AssignmentReviewPolicy", {"PolicyName": "Guess/2011-09-01"}, "InvalidParameterValue"),
        ("HITReviewPolicy", KNOWN_ANSWERS, "InvalidParameterValue"),
    ],
)
def test_a_value_outside_its_limits_is_refused_and_nothing_is_made(mturk, name, value, code):
    assert refused(mturk, **{name: value}) == code


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LifetimeInSeconds", 30),
        ("LifetimeInSeconds", 31_536_000),
        ("AssignmentDurationInSeconds", 30),
        ("AssignmentDurationInSeconds", 31_536_000),
        ("AutoApprovalDelayInSeconds", 0),
        ("AutoApprovalDelayInSeconds", 2_592_000),
        ("Title", "t" * 128),
        ("Description", ""),
        ("Description", "ü" * 2000),
        ("Keywords", "k" * 1000),
        ("RequesterAnnotation", "a" * 255),
        ("Reward", "0.00"),
        ("Question", FORM.format(more="")),
        ("QualificationRequirements", [{**ADULT, "IntegerValues": [n]} for n in range(10)]),
        ("AssignmentReviewPolicy", KNOWN_ANSWERS),
    ],
)
def test_a_value_at_its_limit_is_taken(mturk, name, value):
    hit = create(mturk, **{name: value})
    assert mturk.get_hit(HITId=hit["HITId"])["HIT"]["HITStatus"] == "Assignable"


def test_most_assignments_fit_when_they_cost_nothing(mturk):
    assert create(mturk, Reward="0", MaxAssignments=1_000_000_000)["NumberOfAssignmentsAvailable"] == 1_000_000_000


def test_a_broken_question_is_refused_with_line_and_reason(mturk):
    broken = EXTERNAL.replace("</ExternalURL>", "</ExternalURL>\n<Height>")
    message = message_of(mturk.create_hit, **{**MEMBERS, "Question": broken})
    assert "line 2" in message
    assert "Question" in message


def test_answers_carry_both_spellings_of_what_a_requirement_guards(mturk):
    hit = create(mturk, QualificationRequirements=[{**ADULT, "RequiredToPreview": True}])
    (requirement,) = hit["QualificationRequirements"]
    assert requirement == {**ADULT, "RequiredToPreview": True, "ActionsGuarded": "PreviewAndAccept"}


@pytest.mark.parametrize(
    ("members", "left"),
    [
        ({}, "9999.40"),
        ({"MaxAssignments": 9}, "9994.60"),
        ({"MaxAssignments": 10}, "9993.00"),
        ({"Reward": "0.01"}, "9999.98"),
        ({"Reward": "0.00"}, "10000.00"),
        ({"Reward": "0.13"}, "9999.84"),
        ({"QualificationRequirements": [MASTERS]}, "9999.37"),
        ({"MaxAssignments": 10, "QualificationRequirements": [MASTERS]}, "9992.70"),
    ],
)
def test_reward_and_fee_of_every_assignment_are_held(mturk, members, left):
    create(mturk, **members)
    assert mturk.get_account_balance()["AvailableBalance"] == left


def test_a_repeated_token_makes_no_second_hit_and_names_the_first(mturk, later):
    hit = create(mturk, UniqueRequestToken="once")
    arguments = {**MEMBERS, "Title": "Another title", "UniqueRequestToken": "once"}
    assert code_of(mturk.create_hit, **arguments) == "HitAlreadyExists"
    assert hit["HITId"] in message_of(mturk.create_hit, **arguments)
    typed = {"HITTypeId": hit["HITTypeId"], "LifetimeInSeconds": 60, "Question": EXTERNAL, "UniqueRequestToken": "once"}
    assert mturk.create_hit_with_hit_type(**typed)["HIT"]["HITId"] != hit["HITId"]
    assert code_of(mturk.create_hit_with_hit_type, **typed) == "HitAlreadyExists"
    later(24 * 3600 + 1)
    assert create(mturk, UniqueRequestToken="once")["HITId"] != hit["HITId"]


def test_a_refused_call_leaves_its_token_unused(mturk):
    code_of(mturk.create_hit, **{**MEMBERS, "Reward": "10000", "UniqueRequestToken": "again"})
    assert create(mturk, UniqueRequestToken="again")["HITStatus"] == "Assignable"


def test_one_token_in_many_threads_makes_one_hit(any_store):
    registry.load()
    account_id = accounts.create_account(any_store, "x").account_id
    request = validate("CreateHIT", {**MEMBERS, "UniqueRequestToken": "t"})

    def attempt(_):
        try:
            return run(any_store, account_id, "CreateHIT", request)["HIT"]["HITId"]
        except TurkError as error:
            return f"{error.code}: {error.message}"

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(attempt, range(8)))
    (made,) = [each for each in results if " " not in each]
    refusals = [each for each in results if each != made]
    assert len(refusals) == 7
    assert all(each.startswith("AWS.MechanicalTurk.HitAlreadyExists: ") and made in each for each in refusals)
    assert len(run(any_store, account_id, "ListHITs", {})["HITs"]) == 1


def test_threads_that_spend_the_last_money_do_not_overdraw(any_store):
    registry.load()
    account_id = accounts.create_account(any_store, "x").account_id
    request = validate("CreateHIT", {**MEMBERS, "Reward": "2500"})

    def attempt(_):
        try:
            run(any_store, account_id, "CreateHIT", request)
        except InsufficientFundsError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(8))) == 3
    with any_store.read() as connection:
        assert [str(each) for each in balances(connection, account_id)] == ["1000.00", "9000.00"]
