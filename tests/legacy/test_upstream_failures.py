"""What an old client is told when the upstream throttles, breaks or answers nonsense; nothing happens twice."""

from __future__ import annotations

import json

import pytest

from adapter import create_app
from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.marketplace.api.service import Marketplace
from tests.flaky import flaky
from tests.legacy_client import A_HIT, Client, Scene, through_flask

TURK = "AWS.MechanicalTurk."


class Pair:
    """A gateway whose upstream is a marketplace elsewhere, over HTTP, with faults."""

    def __init__(self, faulty, client, scene):
        self.faulty, self.client, self.scene = faulty, client, scene

    def calls(self, operation):
        return self.faulty.calls.count(operation)


@pytest.fixture(scope="module")
def far(tmp_path_factory):
    """A marketplace with its own database behind a wire that breaks, and a gateway with a database of its own."""
    folder = tmp_path_factory.mktemp("far")
    theirs = Settings(data=folder / "theirs", sqlite_synchronous="NORMAL", threads=8)
    their_store = open_store(theirs)
    their_store.migrate()
    with flaky(Marketplace(theirs, their_store)) as (faulty, url):
        ours = Settings(
            data=folder / "ours", sqlite_synchronous="NORMAL", threads=8, upstream=url, upstream_read_timeout=0.7
        )
        our_store = open_store(ours)
        our_store.migrate()
        yield faulty, their_store, our_store, create_app(ours)
        our_store.close()
        their_store.close()


@pytest.fixture
def pair(far):
    faulty, their_store, our_store, app = far
    key = accounts.create_account(their_store, "There")
    accounts.import_key(our_store, "Here", key.access_key_id, key.secret_access_key)
    faulty.faults.clear()
    faulty.calls.clear()
    faulty.bodies.clear()
    return Pair(faulty, Client(key, through_flask(app)), Scene(their_store, through_flask(app)))


def unavailable(client, operation, **members):
    """The call is answered by 503 in the top-level shape, which old clients repeat by themselves."""
    root = client.answer(operation, **members)
    assert client.last.status == 503
    assert root.tag == "Response"
    assert root.findtext("Errors/Error/Code") == "ServiceUnavailable"
    assert root.find("RequestID") is not None


def in_band(client, operation, **members):
    """The call is answered by an error under 200, which no client repeats by itself."""
    assert client.error(operation, **members) == "AWS.ServiceUnavailable"
    assert client.last.status == 200


def test_a_read_that_is_throttled_once_is_repeated_and_succeeds(pair):
    pair.faulty.faults["GetAccountBalance"] = ["throttle"]
    assert pair.client.call("GetAccountBalance").findtext("AvailableBalance/Amount") == "10000.000"
    assert pair.calls("GetAccountBalance") == 2


def test_a_read_that_is_throttled_again_and_again_is_told_to_come_back(pair):
    pair.faulty.faults["GetAccountBalance"] = ["throttle"] * 10
    unavailable(pair.client, "GetAccountBalance")
    assert pair.calls("GetAccountBalance") == 3


@pytest.mark.parametrize("fault", ["before", "after", "html", "fault", "slow", "garbage"])
def test_a_read_survives_one_failure(pair, fault):
    pair.faulty.faults["GetAccountBalance"] = [fault]
    assert pair.client.call("GetAccountBalance").findtext("AvailableBalance/Amount") == "10000.000"


@pytest.mark.parametrize("fault", ["before", "html", "fault", "slow", "garbage"])
def test_a_read_that_fails_again_and_again_changed_nothing_and_may_be_repeated(pair, fault):
    pair.faulty.faults["GetAccountBalance"] = [fault] * 10
    unavailable(pair.client, "GetAccountBalance")
    assert pair.calls("GetAccountBalance") == 3


def test_a_write_that_is_throttled_certainly_did_not_happen(pair):
    type_id = pair.client.qualification_type("Throttled")
    pair.faulty.faults["AssociateQualificationWithWorker"] = ["throttle"] * 5
    unavailable(pair.client, "AssignQualification", QualificationTypeId=type_id, WorkerId="A1W")
    assert pair.calls("AssociateQualificationWithWorker") == 1


def test_a_gateway_without_rights_upstream_is_no_fault_of_the_caller(pair):
    pair.faulty.faults["AssociateQualificationWithWorker"] = ["denied"]
    unavailable(pair.client, "AssignQualification", QualificationTypeId="3T", WorkerId="A1W")


@pytest.mark.parametrize("fault", ["after", "slow"])
def test_a_write_whose_answer_was_lost_is_found_to_have_happened(pair, fault):
    type_id = pair.client.qualification_type(f"Lost {fault}")
    pair.faulty.faults["AssociateQualificationWithWorker"] = [fault]
    pair.client.call("AssignQualification", QualificationTypeId=type_id, WorkerId="A1W", IntegerValue="7")
    assert pair.calls("AssociateQualificationWithWorker") == 1
    score = pair.client.call("GetQualificationScore", QualificationTypeId=type_id, SubjectId="A1W")
    assert score.findtext("IntegerValue") == "7"
    pair.faulty.faults["DisassociateQualificationFromWorker"] = [fault]
    pair.client.call("RevokeQualification", QualificationTypeId=type_id, SubjectId="A1W")
    assert pair.calls("DisassociateQualificationFromWorker") == 1


@pytest.mark.parametrize("fault", ["before", "html", "fault"])
def test_a_write_that_broke_before_it_happened_is_told_to_come_back(pair, fault):
    type_id = pair.client.qualification_type(f"Broken {fault}")
    pair.faulty.faults["AssociateQualificationWithWorker"] = [fault]
    unavailable(pair.client, "AssignQualification", QualificationTypeId=type_id, WorkerId="A1W", IntegerValue="7")
    assert pair.calls("AssociateQualificationWithWorker") == 1


def test_a_write_whose_outcome_cannot_be_read_either_is_answered_in_band(pair):
    type_id = pair.client.qualification_type("Unknown")
    pair.faulty.faults["AssociateQualificationWithWorker"] = ["after"]
    pair.faulty.faults["GetQualificationScore"] = ["html"] * 10
    in_band(pair.client, "AssignQualification", QualificationTypeId=type_id, WorkerId="A1W", IntegerValue="7")
    assert pair.calls("AssociateQualificationWithWorker") == 1


@pytest.mark.parametrize("fault", ["before", "after", "slow", "html", "throttle", "fault"])
def test_a_hit_whose_answer_was_lost_is_made_once(pair, fault):
    pair.faulty.faults["CreateHIT"] = [fault]
    hit_id = pair.client.hit()
    tokens = {
        body.get("UniqueRequestToken")
        for name, body in zip(pair.faulty.calls, pair.faulty.bodies, strict=True)
        if name == "CreateHIT"
    }
    assert len(tokens) == 1
    assert None not in tokens
    found = pair.client.call("SearchHITs")
    assert [each.findtext("HITId") for each in found.iter("HIT")] == [hit_id]


def test_two_equal_calls_are_two_hits(pair):
    assert pair.client.hit() != pair.client.hit()


@pytest.mark.parametrize("fault", ["before", "after", "slow", "html"])
def test_a_bonus_whose_answer_was_lost_is_paid_once(pair, fault):
    hit_id = pair.client.hit()
    assignment_id = pair.scene.work(hit_id, f"A{fault.upper()}")
    pair.client.call("ApproveAssignment", AssignmentId=assignment_id)
    pair.faulty.faults["SendBonus"] = [fault]
    pair.client.call(
        "GrantBonus",
        WorkerId=f"A{fault.upper()}",
        AssignmentId=assignment_id,
        BonusAmount={"Amount": "0.30", "CurrencyCode": "USD"},
        Reason="good",
    )
    paid = pair.client.call("GetBonusPayments", AssignmentId=assignment_id)
    assert paid.findtext("TotalNumResults") == "1"


@pytest.mark.parametrize("fault", ["before", "after", "slow", "html"])
def test_an_extension_whose_answer_was_lost_is_made_once(pair, fault):
    hit_id = pair.client.hit()
    pair.faulty.faults["CreateAdditionalAssignmentsForHIT"] = [fault]
    pair.faulty.faults["UpdateExpirationForHIT"] = [fault]
    pair.client.answer("ExtendHIT", HITId=hit_id, MaxAssignmentsIncrement="2", ExpirationIncrementInSeconds="7200")
    if pair.client.last.status == 503:
        pair.client.call("ExtendHIT", HITId=hit_id, MaxAssignmentsIncrement="2", ExpirationIncrementInSeconds="7200")
    assert pair.client.call("GetHIT", HITId=hit_id).findtext("MaxAssignments") == "3"


@pytest.mark.parametrize("fault", ["before", "after", "slow", "html"])
@pytest.mark.parametrize(
    ("operation", "modern", "status"),
    [("ApproveAssignment", "ApproveAssignment", "Approved"), ("RejectAssignment", "RejectAssignment", "Rejected")],
)
def test_a_decision_whose_answer_was_lost_is_made_once(pair, operation, modern, status, fault):
    assignment_id = pair.scene.work(pair.client.hit(), f"A{fault.upper()}")
    pair.faulty.faults[modern] = [fault]
    pair.client.answer(operation, AssignmentId=assignment_id, RequesterFeedback="f")
    if fault in {"before", "html"}:
        assert pair.client.last.status == 503
        pair.client.call(operation, AssignmentId=assignment_id, RequesterFeedback="f")
    else:
        assert pair.client.last.code == ""
    shown = pair.client.call("GetAssignment", AssignmentId=assignment_id)
    assert shown.findtext("Assignment/AssignmentStatus") == status
    assert pair.calls(modern) <= 2


@pytest.mark.parametrize("kind", ["RequestError", "ParameterValidationError", "ValidationException", "SomethingNew"])
def test_the_turk_error_code_survives_types_that_botocore_does_not_know(pair, kind):
    pair.faulty.faults["GetHIT"] = [
        {
            "__type": kind,
            "Message": "Hit 3X does not exist. (1459978277346 s)",
            "TurkErrorCode": TURK + "HITDoesNotExist",
        }
    ]
    assert pair.client.error("GetHIT", HITId="3X") == TURK + "HITDoesNotExist"


def test_nothing_of_the_upstream_shows_but_its_message(pair):
    pair.faulty.faults["GetHIT"] = [{"__type": "RequestError", "Message": "<b>&amp;\x00 \u2028 bad"}]
    assert pair.client.error("GetHIT", HITId="3X") == TURK + "InvalidParameterValue"
    text = pair.client.last.root.findtext(".//Message")
    assert text.startswith("<b>&amp; \u2028 bad")


@pytest.mark.parametrize(
    "odd",
    [
        {"Keywords": None, "CreationTime": None, "Question": None, "QualificationRequirements": [None]},
        {"CreationTime": "2026-11-22T08:00:00Z"},
    ],
    ids=["nulls", "another spelling of times"],
)
def test_a_hit_is_answered_however_the_endpoint_describes_it(pair, odd):
    hit = {"HITId": "3MADE", "HITTypeId": "3TYPE", "Reward": "0.05", "MaxAssignments": 1, **odd}
    pair.faulty.faults["CreateHIT"] = [(200, json.dumps({"HIT": hit}).encode())]
    before = pair.calls("CreateHIT")
    made = pair.client.call("CreateHIT", **A_HIT, ResponseGroup=["Minimal", "HITDetail"])
    assert (made.findtext("HITId"), made.findtext("CreationTime")) == ("3MADE", odd["CreationTime"])
    assert pair.calls("CreateHIT") == before + 1


def test_members_that_are_null_are_absent_ones(pair):
    hit = {"HITId": "3NULL", "HITTypeId": "3TYPE", "Title": "null", "Description": None, "RequesterAnnotation": None}
    answer = {"HITs": [hit], "NumResults": 1, "NextToken": None}
    pair.faulty.faults["ListHITs"] = [(200, json.dumps(answer).encode())]
    (found,) = pair.client.call("SearchHITs").iter("HIT")
    assert (found.findtext("HITId"), found.findtext("Title")) == ("3NULL", "null")
    assert found.find("Description") is None


def test_a_hit_that_was_made_is_answered_however_oddly_the_endpoint_words_it(pair):
    """An error instead would have the client make a second one."""
    hit = {
        "HITId": "3ODD",
        "HITTypeId": "3TYPE",
        "Title": ["a", "list"],
        "Keywords": {"a": "structure"},
        "HITStatus": 1,
    }
    pair.faulty.faults["CreateHIT"] = [(200, json.dumps({"HIT": hit}).encode())]
    made = pair.client.call("CreateHIT", **A_HIT, ResponseGroup=["Minimal", "HITDetail"])
    assert [made.findtext(name) for name in ("HITId", "Title", "HITStatus")] == ["3ODD", "['a', 'list']", "1"]


def test_the_balance_is_the_one_amount_in_its_reply_whatever_the_endpoint_holds_back(pair):
    """crowdlib and a Python class of 2008 stop where there are two."""
    answer = {"AvailableBalance": "12.34", "OnHoldBalance": "0.00"}
    pair.faulty.faults["GetAccountBalance"] = [(200, json.dumps(answer).encode())]
    (amount,) = pair.client.call("GetAccountBalance").iter("Amount")
    assert amount.text == "12.340"


def test_a_closed_port_is_told_to_come_back(tmp_path):
    settings = Settings(
        data=tmp_path / "data",
        sqlite_synchronous="NORMAL",
        threads=8,
        upstream="http://127.0.0.1:9",
        upstream_max_attempts=1,
    )
    store = open_store(settings)
    store.migrate()
    client = Scene(store, through_flask(create_app(settings))).requester()
    unavailable(client, "AssignQualification", QualificationTypeId="3T", WorkerId="A1W")
    unavailable(client, "CreateHIT", **A_HIT)
    unavailable(client, "SearchHITs")
    store.close()
