"""Workers ask for Qualifications and take their tests; requesters decide what is left to them."""

from __future__ import annotations

import pytest

from adapter.core.store import accounts
from adapter.marketplace.domain.qualification_tests import (
    find_request,
    request_qualification,
    standing,
    submit_test,
    submit_test_form,
)
from adapter.marketplace.errors import TurkError, WorkerError
from adapter.marketplace.questions.documents import GivenAnswer
from tests.marketplace.questions.documents import UPLOAD, form, question
from tests.marketplace.test_qualifications import KEY, TEST, WORKER, code_of, make

RIGHT, WRONG = GivenAnswer("q1", selections=("a",)), GivenAnswer("q1", selections=("b",))


def refused(code, function, *arguments):
    with pytest.raises(TurkError) as caught:
        function(*arguments)
    assert caught.value.code == f"AWS.MechanicalTurk.{code}"


def score_of(mturk, of):
    return mturk.get_qualification_score(QualificationTypeId=of, WorkerId=WORKER)["Qualification"]["IntegerValue"]


def test_an_auto_granted_type_is_granted_on_request(mturk, store):
    of = make(mturk, AutoGranted=True, AutoGrantedValue=5)["QualificationTypeId"]
    assert request_qualification(store, WORKER, of).status == "Granted"
    assert score_of(mturk, of) == 5
    assert mturk.list_qualification_requests(QualificationTypeId=of)["NumResults"] == 0
    refused("QualificationAlreadyExists", request_qualification, store, WORKER, of)


def test_a_request_without_a_test_waits_for_the_requester_who_accepts_it(mturk, store):
    of = make(mturk)["QualificationTypeId"]
    asked = request_qualification(store, WORKER, of)
    assert asked.status == "Pending"
    (row,) = mturk.list_qualification_requests()["QualificationRequests"]
    assert (row["QualificationRequestId"], row["QualificationTypeId"], row["WorkerId"]) == (
        asked.qualification_request_id,
        of,
        WORKER,
    )
    assert "Test" not in row
    assert "SubmitTime" in row
    mturk.accept_qualification_request(QualificationRequestId=asked.qualification_request_id)
    assert score_of(mturk, of) == 1
    assert mturk.list_qualification_requests()["NumResults"] == 0
    again = {"QualificationRequestId": asked.qualification_request_id}
    assert code_of(mturk.accept_qualification_request, **again) == "InvalidQualificationRequestState"
    assert code_of(mturk.reject_qualification_request, **again) == "InvalidQualificationRequestState"


def test_assigning_leaves_a_pending_request_which_may_change_the_value_later(mturk, store):
    of = make(mturk)["QualificationTypeId"]
    asked = request_qualification(store, WORKER, of)
    mturk.associate_qualification_with_worker(QualificationTypeId=of, WorkerId=WORKER, IntegerValue=3)
    assert mturk.list_qualification_requests(QualificationTypeId=of)["NumResults"] == 1
    mturk.accept_qualification_request(QualificationRequestId=asked.qualification_request_id, IntegerValue=9)
    assert score_of(mturk, of) == 9


def test_a_rejected_request_grants_nothing_and_cannot_be_repeated_without_a_retry_delay(mturk, store):
    of = make(mturk)["QualificationTypeId"]
    asked = request_qualification(store, WORKER, of)
    mturk.reject_qualification_request(QualificationRequestId=asked.qualification_request_id, Reason="No")
    both = {"QualificationTypeId": of, "WorkerId": WORKER}
    assert code_of(mturk.get_qualification_score, **both) == "QualificationDoesNotExist"
    refused("QualificationTypeDoesNotAllowRetake", request_qualification, store, WORKER, of)


def test_a_retry_is_possible_once_its_delay_has_passed(mturk, store, later):
    of = make(mturk, RetryDelayInSeconds=60)["QualificationTypeId"]
    asked = request_qualification(store, WORKER, of)
    refused("QualificationAlreadyExists", request_qualification, store, WORKER, of)
    mturk.reject_qualification_request(QualificationRequestId=asked.qualification_request_id)
    refused("QualificationTypeRetryDelayNotElapsed", request_qualification, store, WORKER, of)
    later(61)
    assert request_qualification(store, WORKER, of).status == "Pending"


@pytest.mark.parametrize(("answer", "value"), [(RIGHT, 10), (WRONG, 0)])
def test_a_test_with_an_answer_key_is_scored_and_granted_at_once(mturk, store, answer, value):
    of = make(mturk, Test=TEST, AnswerKey=KEY, TestDurationInSeconds=600)["QualificationTypeId"]
    asked = request_qualification(store, WORKER, of)
    assert (asked.status, asked.test) == ("Testing", TEST)
    assert request_qualification(store, WORKER, of) == asked
    assert mturk.list_qualification_requests()["NumResults"] == 0
    done = submit_test(store, WORKER, asked.qualification_request_id, [answer])
    assert (done.status, done.value) == ("Granted", value)
    assert score_of(mturk, of) == value
    refused("InvalidQualificationRequestState", submit_test, store, WORKER, asked.qualification_request_id, [answer])


def test_a_test_without_an_answer_key_is_left_to_the_requester_with_test_and_answer(mturk, store):
    of = make(mturk, Test=TEST, TestDurationInSeconds=600)["QualificationTypeId"]
    asked = request_qualification(store, WORKER, of)
    request_id = {"QualificationRequestId": asked.qualification_request_id}
    assert code_of(mturk.accept_qualification_request, **request_id) == "QualificationRequestDoesNotExist"
    assert submit_test(store, WORKER, asked.qualification_request_id, [RIGHT]).status == "Pending"
    (row,) = mturk.list_qualification_requests(QualificationTypeId=of)["QualificationRequests"]
    assert row["Test"] == TEST
    assert "<SelectionIdentifier>a</SelectionIdentifier>" in row["Answer"]


def test_a_test_out_of_time_counts_as_nothing(mturk, store, later):
    of = make(mturk, Test=TEST, AnswerKey=KEY, TestDurationInSeconds=60)["QualificationTypeId"]
    asked = request_qualification(store, WORKER, of)
    later(61)
    refused("InvalidQualificationRequestState", submit_test, store, WORKER, asked.qualification_request_id, [RIGHT])
    refused("QualificationTypeDoesNotAllowRetake", request_qualification, store, WORKER, of)


def test_a_test_belongs_to_the_worker_who_asked_for_it(mturk, store):
    of = make(mturk, Test=TEST, TestDurationInSeconds=600)["QualificationTypeId"]
    asked = request_qualification(store, WORKER, of)
    other = "A9999999999999"
    refused("QualificationRequestDoesNotExist", submit_test, store, other, asked.qualification_request_id, [RIGHT])


def test_a_worker_can_improve_a_test_score_where_retries_are_allowed(mturk, store, later):
    of = make(mturk, Test=TEST, AnswerKey=KEY, TestDurationInSeconds=60, RetryDelayInSeconds=5)["QualificationTypeId"]
    first = request_qualification(store, WORKER, of)
    submit_test(store, WORKER, first.qualification_request_id, [WRONG])
    later(6)
    second = request_qualification(store, WORKER, of)
    submit_test(store, WORKER, second.qualification_request_id, [RIGHT])
    assert score_of(mturk, of) == 10


def test_nothing_can_be_asked_of_an_inactive_or_deleted_or_system_type(mturk, store):
    of = make(mturk)["QualificationTypeId"]
    asked = request_qualification(store, WORKER, of)
    mturk.update_qualification_type(QualificationTypeId=of, QualificationTypeStatus="Inactive")
    refused("InvalidQualificationTypeState", request_qualification, store, "A9999999999999", of)
    mturk.delete_qualification_type(QualificationTypeId=of)
    refused("QualificationTypeDoesNotExist", request_qualification, store, WORKER, of)
    assert mturk.list_qualification_requests()["NumResults"] == 0
    again = {"QualificationRequestId": asked.qualification_request_id}
    assert code_of(mturk.accept_qualification_request, **again) == "InvalidQualificationRequestState"
    refused("InvalidQualificationTypeState", request_qualification, store, WORKER, "00000000000000000071")


def test_requests_of_other_accounts_cannot_be_decided(mturk, client_for, store):
    asked = request_qualification(store, WORKER, make(mturk)["QualificationTypeId"])
    stranger = client_for(accounts.create_account(store, "Stranger"))
    request_id = {"QualificationRequestId": asked.qualification_request_id}
    assert code_of(stranger.accept_qualification_request, **request_id) == "QualificationRequestDoesNotExist"
    assert code_of(stranger.reject_qualification_request, **request_id) == "QualificationRequestDoesNotExist"
    assert stranger.list_qualification_requests()["NumResults"] == 0


def test_a_form_that_answers_the_test_badly_says_why_and_leaves_the_test_open(mturk, store):
    of = make(mturk, Test=TEST, AnswerKey=KEY, TestDurationInSeconds=600)["QualificationTypeId"]
    asked = request_qualification(store, WORKER, of)
    for fields in ([], [("q1", "c")], [("q1", "a"), ("q1", "b")]):
        with pytest.raises(WorkerError) as caught:
            submit_test_form(store, WORKER, asked.qualification_request_id, fields)
        assert list(caught.value.reasons) == ["q1"]
    assert find_request(store, WORKER, asked.qualification_request_id).status == "Testing"
    done = submit_test_form(store, WORKER, asked.qualification_request_id, [("q1", "a")])
    assert (done.status, done.value) == ("Granted", 10)


def test_a_form_cannot_answer_a_request_that_has_no_test(mturk, store):
    asked = request_qualification(store, WORKER, make(mturk)["QualificationTypeId"])
    refused("InvalidQualificationRequestState", submit_test_form, store, WORKER, asked.qualification_request_id, [])
    refused(
        "QualificationRequestDoesNotExist",
        submit_test_form,
        store,
        "A9999999999999",
        asked.qualification_request_id,
        [],
    )
    refused("QualificationRequestDoesNotExist", find_request, store, WORKER, "3NONE")


def test_a_workers_standing_follows_what_happens(mturk, store, later):
    of = make(mturk, Test=TEST, TestDurationInSeconds=60, RetryDelayInSeconds=600)["QualificationTypeId"]
    before = standing(store, WORKER, of)
    assert (before.held, before.last_request, before.refusal, before.retry_at) == (None, None, None, None)
    asked = request_qualification(store, WORKER, of)
    during = standing(store, WORKER, of)
    assert (during.last_request.status, during.refusal) == ("Testing", None)
    later(61)
    over = standing(store, WORKER, of)
    assert over.last_request.status == "Expired"
    assert over.retry_at == find_request(store, WORKER, asked.qualification_request_id).requested_at + 600_000
    assert over.refusal.startswith("You must wait")
    later(601)
    assert standing(store, WORKER, of).refusal is None
    mturk.update_qualification_type(QualificationTypeId=of, QualificationTypeStatus="Inactive")
    assert standing(store, WORKER, of).refusal == "This Qualification cannot be requested."
    refused("QualificationTypeDoesNotExist", standing, store, WORKER, "3NONE")


def test_a_test_that_demands_a_file_cannot_be_begun(mturk, store):
    of = make(mturk, Test=form(question(UPLOAD)), TestDurationInSeconds=60)["QualificationTypeId"]
    refused("InvalidQualificationTypeState", request_qualification, store, WORKER, of)
    assert "takes no file" in standing(store, WORKER, of).refusal
