"""The working day of a requester: HITs made, found, worked on, reviewed, paid, extended, expired, disposed; by every road."""

from __future__ import annotations

import pytest

from tests.legacy_client import A_HIT, EXTERNAL, FORM, HIT_TYPE, HTML

TURK = "AWS.MechanicalTurk."


@pytest.mark.parametrize("question", [EXTERNAL, FORM, HTML], ids=["external", "form", "html"])
def test_a_hit_is_made_with_each_kind_of_question_and_read_back(any_scene, question):
    client = any_scene.requester()
    made = client.call(
        "CreateHIT", **{**A_HIT, "Question": question, "Keywords": "a, b", "RequesterAnnotation": "mine"}
    )
    assert made.tag == "HIT"
    assert [each.tag for each in made] == ["Request", "HITId", "HITTypeId"]
    hit = client.call("GetHIT", HITId=made.findtext("HITId"))
    assert hit.findtext("Question") == question
    assert hit.findtext("HITTypeId") == made.findtext("HITTypeId")
    assert hit.findtext("HITStatus") == "Assignable"
    assert hit.findtext("RequesterAnnotation") == "mine"
    assert hit.findtext("Keywords") == "a, b"
    assert [each.text for each in hit.find("Reward")] == ["0.05", "USD", "$0.05"]
    assert hit.findtext("NumberOfAssignmentsAvailable") == "1"


def test_a_day_from_a_hit_type_to_a_bonus(any_scene):
    client = any_scene.requester()
    type_id = client.call("RegisterHITType", **HIT_TYPE).findtext("HITTypeId")
    assert client.call("RegisterHITType", **HIT_TYPE).findtext("HITTypeId") == type_id
    hit_id = client.call(
        "CreateHIT", HITTypeId=type_id, Question=FORM, LifetimeInSeconds="3600", MaxAssignments="3"
    ).findtext("HITId")
    first, second, third = (any_scene.work(hit_id, f"A{number}WORKER", q1=f"colour {number}") for number in (1, 2, 3))

    reviewable = client.call("GetReviewableHITs", HITTypeId=type_id)
    assert [each.findtext("HITId") for each in reviewable.iter("HIT")] == [hit_id]
    found = client.call("GetAssignmentsForHIT", HITId=hit_id, AssignmentStatus="Submitted")
    # REST as recorded, SOAP as the published schemas have it: toolkits made from them read by order
    counters = ["NumResults", "TotalNumResults"]
    counters = ["PageNumber", *counters] if client.scheme == "soap" else [*counters, "PageNumber"]
    assert [each.tag for each in found][:4] == ["Request", *counters]
    assert [each.findtext("AssignmentId") for each in found.iter("Assignment")] == [first, second, third]
    assert "<FreeText>colour 1</FreeText>" in found.findtext("Assignment/Answer")

    client.call("ApproveAssignment", AssignmentId=first, RequesterFeedback="Thank you")
    client.call("RejectAssignment", AssignmentId=second, RequesterFeedback="Not a colour")
    assert client.error("ApproveAssignment", AssignmentId=first) == TURK + "InvalidAssignmentState"
    client.call("ApproveRejectedAssignment", AssignmentId=second)
    shown = client.call("GetAssignment", AssignmentId=first)
    assert shown.findtext("Assignment/AssignmentStatus") == "Approved"
    assert shown.findtext("HIT/HITId") == hit_id

    bonus = {"WorkerId": "A1WORKER", "AssignmentId": first, "BonusAmount": {"Amount": "0.20", "CurrencyCode": "USD"}}
    client.call("GrantBonus", **bonus, Reason="Very good")
    payments = client.call("GetBonusPayments", AssignmentId=first)
    assert payments.findtext("TotalNumResults") == "1"
    assert payments.findtext("BonusPayment/BonusAmount/FormattedPrice") == "$0.20"

    client.call("SetHITAsReviewing", HITId=hit_id)
    assert client.call("GetHIT", HITId=hit_id).findtext("HITStatus") == "Reviewing"
    client.call("SetHITAsReviewing", HITId=hit_id, Revert="true")
    client.call("ApproveAssignment", AssignmentId=third)
    client.call("DisposeHIT", HITId=hit_id)
    assert client.call("GetHIT", HITId=hit_id).findtext("HITStatus") == "Disposed"
    assert client.call("SearchHITs").findtext("TotalNumResults") == "0"
    # 3 rewards of 0.05 with 20 % fee, and a bonus of 0.20 with 20 % fee
    balance = client.call("GetAccountBalance").findtext("AvailableBalance/Amount")
    assert balance == "9999.580"


def test_hits_are_searched_by_page_in_every_order(any_scene):
    client = any_scene.requester()
    made = [
        client.hit(Title=f"Task {letter}", Reward={"Amount": f"0.{cents}", "CurrencyCode": "USD"})
        for letter, cents in (("b", "30"), ("c", "10"), ("a", "20"))
    ]

    def order(**more):
        found = client.call("SearchHITs", **more)
        return [made.index(each.findtext("HITId")) for each in found.iter("HIT")]

    assert order(SortProperty="Title") == [2, 0, 1]
    assert order(SortProperty="Title", SortDirection="Descending") == [1, 0, 2]
    assert order(SortProperty="Reward") == [1, 2, 0]
    assert sorted(order(SortProperty="Enumeration")) == [0, 1, 2]
    assert order(SortProperty="Title", PageSize="2", PageNumber="2") == [1]
    past = client.call("SearchHITs", PageNumber="9")
    assert past.findtext("NumResults") == "0"
    assert past.findtext("TotalNumResults") == "3"
    assert past.findtext("PageNumber") == "9"


def test_a_hit_is_extended_expired_and_disabled(any_scene):
    client = any_scene.requester()
    hit_id = client.hit()
    before = client.call("GetHIT", HITId=hit_id).findtext("Expiration")
    client.call("ExtendHIT", HITId=hit_id, MaxAssignmentsIncrement="2", ExpirationIncrementInSeconds="7200")
    extended = client.call("GetHIT", HITId=hit_id)
    assert extended.findtext("MaxAssignments") == "3"
    assert extended.findtext("Expiration") > before
    client.call("ForceExpireHIT", HITId=hit_id)
    expired = client.call("GetHIT", HITId=hit_id)
    assert expired.findtext("HITStatus") == "Reviewable"
    other = client.hit(MaxAssignments="2")
    assignment_id = any_scene.work(other, "A5WORKER")
    client.call("DisableHIT", HITId=other)
    listed = [each.findtext("HITId") for each in client.call("SearchHITs").iter("HIT")]
    assert listed == [hit_id]
    assert (
        client.call("GetAssignment", AssignmentId=assignment_id).findtext("Assignment/AssignmentStatus") == "Approved"
    )


def test_workers_are_blocked_listed_and_unblocked(any_scene):
    client = any_scene.requester()
    client.call("BlockWorker", WorkerId="A9WORKER", Reason="Too fast")
    client.call("BlockWorker", WorkerId="A9WORKER", Reason="Too fast")
    blocked = client.call("GetBlockedWorkers", PageSize="65535")
    assert [each.findtext("WorkerId") for each in blocked.iter("WorkerBlock")] == ["A9WORKER"]
    client.call("UnblockWorker", WorkerId="A9WORKER")
    client.call("UnblockWorker", WorkerId="A9WORKER")
    assert client.call("GetBlockedWorkers").findtext("TotalNumResults") == "0"


def test_a_notification_is_set_with_every_transport(any_scene):
    client = any_scene.requester()
    type_id = client.call("RegisterHITType", **HIT_TYPE).findtext("HITTypeId")
    destinations = {
        "REST": "http://example.com/receptor",
        "SOAP": "http://example.com/receptor",
        "Email": "somebody@example.com",
        "SQS": "https://sqs.us-east-1.amazonaws.com/123456789012/queue",
    }
    for transport, destination in destinations.items():
        notification = {
            "Destination": destination,
            "Transport": transport,
            "Version": "2006-05-05",
            "EventType": ["AssignmentSubmitted", "HITReviewable"],
        }
        client.call("SetHITTypeNotification", HITTypeId=type_id, Notification=notification, Active="true")


def test_a_hit_is_given_another_type(any_scene):
    client = any_scene.requester()
    hit_id = client.hit()
    other = client.call("RegisterHITType", **{**HIT_TYPE, "Title": "Another title"}).findtext("HITTypeId")
    client.call("ChangeHITTypeOfHIT", HITId=hit_id, HITTypeId=other)
    assert client.call("GetHIT", HITId=hit_id).findtext("Title") == "Another title"


def test_the_same_token_makes_one_hit_and_the_refusal_names_it(any_scene):
    client = any_scene.requester()
    hit_id = client.hit(UniqueRequestToken="once")
    assert client.error("CreateHIT", **A_HIT, UniqueRequestToken="once") == TURK + "HITAlreadyExists"
    assert hit_id in client.last.body.decode()
    assert client.call("SearchHITs").findtext("TotalNumResults") == "1"


def test_statistics_count_what_was_done(any_scene):
    client = any_scene.requester()
    hit_id = client.hit()
    client.call("ApproveAssignment", AssignmentId=any_scene.work(hit_id, "A7WORKER"))
    found = client.call(
        "GetRequesterStatistic", Statistic="NumberAssignmentsApproved", TimePeriod="LifeToDate", Count="1"
    )
    assert found.tag == "GetStatisticResult"
    assert found.findtext("DataPoint/LongValue") == "1"
    of_worker = client.call(
        "GetRequesterWorkerStatistic",
        Statistic="NumberAssignmentsApproved",
        WorkerId="A7WORKER",
        TimePeriod="LifeToDate",
        Count="1",
    )
    assert of_worker.findtext("DataPoint/LongValue") == "1"


def test_workers_are_written_to_and_failures_are_listed(any_scene):
    client = any_scene.requester()
    client.call("ApproveAssignment", AssignmentId=any_scene.work(client.hit(), "A8WORKER"))
    told = client.call("NotifyWorkers", Subject="s", MessageText="m", WorkerId=["A8WORKER", "ANOBODY0"])
    assert [each.findtext("WorkerId") for each in told.iter("NotifyWorkersFailureStatus")] == ["ANOBODY0"]
    assert [each.tag for each in told.find("NotifyWorkersFailureStatus")] == [
        "NotifyWorkersFailureCode",
        "NotifyWorkersFailureMessage",
        "WorkerId",
    ]


@pytest.mark.parametrize(
    ("operation", "members", "code"),
    [
        ("GetHIT", {"HITId": "NONSENSE"}, TURK + "HITDoesNotExist"),
        ("GetHIT", {"HITId": "non sense!"}, TURK + "HITDoesNotExist"),
        ("GetHIT", {}, "AWS.MissingParameters"),
        ("CreateHIT", {}, "AWS.MissingParameters"),
        ("CreateHIT", {**A_HIT, "MaxAssignments": "-1"}, "AWS.ParameterOutOfRange"),
        ("CreateHIT", {**A_HIT, "MaxAssignments": "green"}, TURK + "InvalidParameterValue"),
        ("CreateHIT", {**A_HIT, "Question": "<a"}, TURK + "XMLParseError"),
        ("CreateHIT", {"HITTypeId": "asfd", "Question": EXTERNAL}, TURK + "InvalidParameterValue"),
        ("SearchHITs", {"PageSize": "101"}, "AWS.ParameterOutOfRange"),
        ("BlockWorker", {"WorkerId": "imaginary", "Reason": "r"}, TURK + "InvalidParameterValue"),
        ("ApproveAssignment", {"AssignmentId": "NONSENSE"}, TURK + "AssignmentDoesNotExist"),
        ("GetQualificationType", {"QualificationTypeId": "NONSENSE"}, TURK + "QualificationTypeDoesNotExist"),
        ("GrantQualification", {"QualificationRequestId": "NONSENSE"}, TURK + "QualificationRequestDoesNotExist"),
        ("DisposeHIT", {"HITId": "NONSENSE"}, TURK + "HITDoesNotExist"),
        ("ExtendHIT", {"HITId": "NONSENSE", "MaxAssignmentsIncrement": "1"}, TURK + "HITDoesNotExist"),
    ],
)
def test_the_codes_that_old_clients_know(requester, operation, members, code):
    assert requester.error(operation, **members) == code


def test_a_hit_that_is_not_reviewable_is_not_disposed(requester):
    assert requester.error("DisposeHIT", HITId=requester.hit()) == TURK + "InvalidHITState"


def test_validate_checks_and_does_nothing(any_scene):
    client = any_scene.requester()
    if client.scheme == "soap":
        client.soap("CreateHIT", A_HIT, wrapper="<Validate>true</Validate>")
        assert b"<IsValid>True</IsValid>" in client.last.body
    else:
        assert client.call("CreateHIT", **A_HIT, Validate="true").find("HITId") is None
    assert client.call("SearchHITs").findtext("TotalNumResults") == "0"


def test_a_batch_of_requests_gets_a_result_each(scene):
    client = scene.requester()
    first, second = client.hit(), client.hit()
    answer = client.raw("GetHIT", [("GetHIT.1.HITId", first), ("GetHIT.2.HITId", "NOSUCH"), ("GetHIT.3.HITId", second)])
    results = answer.root.findall("HIT")
    assert [each.findtext("HITId") for each in results] == [first, None, second]
    assert [each.findtext("Request/IsValid") for each in results] == ["True", "False", "True"]
