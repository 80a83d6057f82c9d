"""zeep, a SOAP client made from the WSDL at run time: every operation of every published version, checked by schema."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
import zeep
from lxml import etree
from requests import Response
from zeep.transports import Transport

from adapter.core.versions import PUBLISHED
from adapter.legacy.protocol import wsdl
from adapter.legacy.protocol.wsdl_operations import OPERATIONS
from tests.legacy_client import EXTERNAL, FORM, SERVICE, hmac_sha1, moment

PRICE = {"Amount": "0.05", "CurrencyCode": "USD"}

pytestmark = [
    pytest.mark.client,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:zeep.*"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:requests_file.*"),
]


class Road(Transport):
    """zeep's transport over the road of a scene."""

    def __init__(self, send):
        super().__init__()
        self.send = send
        self.answers = []

    def load(self, url):
        if not url.startswith("http://localhost/"):
            return super().load(url)
        answer = self.send("GET", url.removeprefix("http://localhost"), b"", b"", {})
        assert answer.status == 200
        return answer.body

    def post(self, address, message, headers):
        assert address.endswith("/?Service=AWSMechanicalTurkRequester")
        answer = self.send("POST", "/", f"Service={SERVICE}".encode(), message, dict(headers))
        self.answers.append(answer)
        response = Response()
        response.status_code = answer.status
        response.headers.update(answer.headers)
        response._content = answer.body
        return response


class Caller:
    """A zeep client that signs, and remembers which operations it called and which of them failed on purpose."""

    def __init__(self, url, send, key, version):
        self.version = version
        self.groups = []
        self.road = Road(send)
        self.client = zeep.Client(url, transport=self.road)
        self.key = key
        self.called = set()

    def all(self, operation, *requests, **members):
        """The results of one message with these Requests."""
        self.called.add(operation)
        if self.groups and "ResponseGroup" in OPERATIONS[operation].request:
            requests = [{"ResponseGroup": self.groups, **each} for each in requests or [members]]
        when = moment()
        answer = self.client.service[operation](
            AWSAccessKeyId=self.key.access_key_id,
            Timestamp=when,
            Signature=hmac_sha1(self.key.secret_access_key, SERVICE + operation + when),
            Request=list(requests) or [members],
        )
        assert answer.OperationRequest.RequestId
        assert answer.OperationRequest.Errors is None
        (name,) = (each for each in dir(answer) if each != "OperationRequest")
        return answer[name]

    def one(self, operation, **members):
        """The result of one Request that succeeds."""
        (result,) = self.all(operation, **members)
        assert result.Request.IsValid == "True", result.Request.Errors
        return result

    def error(self, operation, **members):
        """The code of one Request that fails."""
        (result,) = self.all(operation, **members)
        assert result.Request.IsValid == "False"
        return result.Request.Errors.Error[0].Code


@pytest.fixture(params=["ours", "published"])
def source(request):
    return request.param


@pytest.fixture(params=PUBLISHED)
def version(request):
    return request.param


@pytest.fixture
def caller(scene, requester, version, source, request):
    url = f"http://localhost/AWSMechanicalTurk/{version}/AWSMechanicalTurkRequester.wsdl"
    if source == "published":
        url = str(request.getfixturevalue("contract_dir") / "contract" / "wsdl" / f"{version}.wsdl")
    return Caller(url, scene.send, requester.key, version)


EVERYTHING = ["Minimal", "HITDetail", "HITQuestion", "HITAssignmentSummary", "AssignmentFeedback", "Parameters"]


@pytest.mark.parametrize("groups", [[], ["Request", *EVERYTHING]], ids=["as usual", "with an echo"])
def test_every_operation_is_called_and_understood(caller, scene, version, groups):
    caller.groups = groups
    new = version >= "2012-03-25"
    balance = caller.one("GetAccountBalance")
    assert balance.AvailableBalance.Amount == Decimal(10000)
    assert caller.one("Help", About=["GetHIT"], HelpType="Operation").OperationInformation[0].Name == "GetHIT"
    hit = _hits(caller)
    _assignments(caller, scene, hit, new)
    _end_of_hits(caller, hit)
    _qualifications(caller, version)
    _workers(caller, new)
    _notifications(caller, hit.HITTypeId)
    _statistics(caller, new)
    assert caller.called == set(wsdl.operations(version))
    schema = _schema(caller.client.wsdl.location)
    payloads = [answer.root[0][0] for answer in caller.road.answers]
    assert len(payloads) > 40
    for payload in payloads:
        _drop_bare_errors(payload)
        assert schema.validate(payload), (schema.error_log.last_error, etree.tostring(payload)[:2000])


def _schema(url):
    """The schema of a WSDL: ours, or the published one."""
    text = wsdl.xsd(url.split("/")[-2]) if url.startswith("http") else None
    if text:
        return etree.XMLSchema(etree.fromstring(text))
    document = etree.parse(url).getroot()
    return etree.XMLSchema(document.find("{*}types/{*}schema"))


#: Results with a required member; an error's result holds nothing but the Request (docs/contract.md, The envelope).
NEED_MORE = {"GetFileUploadURLResult", "GetReviewResultsForHITResult", "GetWorkerAcceptLimitResult"}


def _drop_bare_errors(payload):
    for result in payload[1:]:
        if result.findtext("{*}Request/{*}IsValid") == "False" and etree.QName(result).localname in NEED_MORE:
            payload.remove(result)


def _hits(caller):
    hit_type = caller.one(
        "RegisterHITType",
        AssignmentDurationInSeconds=600,
        Reward=PRICE,
        Title="A task",
        Description="Do it",
        QualificationRequirement=[
            {
                "QualificationTypeId": "000000000000000000L0",
                "Comparator": "GreaterThan",
                "IntegerValue": 5,
                "RequiredToPreview": False,
            }
        ],
    ).HITTypeId
    plain = {
        "AssignmentDurationInSeconds": 600,
        "LifetimeInSeconds": 3600,
        "Reward": PRICE,
        "Title": "Another",
        "Description": "d",
        "Question": EXTERNAL,
        "MaxAssignments": 3,
    }
    typed = {"HITTypeId": hit_type, "LifetimeInSeconds": 3600, "Question": EXTERNAL}
    first, bad, second = caller.all("CreateHIT", plain, {**typed, "Question": "<nonsense"}, typed)
    assert [each.Request.IsValid for each in (first, bad, second)] == ["True", "False", "True"]
    assert bad.Request.Errors.Error[0].Code == "AWS.MechanicalTurk.XMLParseError"
    found = caller.one("GetHIT", HITId=second.HITId)
    assert (found.Title, found.Reward.Amount, found.Reward.FormattedPrice) == ("A task", Decimal("0.05"), "$0.05")
    assert found.QualificationRequirement[0].IntegerValue == ([5] if caller.version >= "2013-11-15" else 5)
    assert found.Question == EXTERNAL
    echoed = caller.one("GetHIT", HITId=second.HITId, ResponseGroup=["Request", "Minimal"])
    assert echoed.Request.GetHITRequest.HITId == second.HITId
    assert caller.error("GetHIT", HITId="NONESUCH") == "AWS.MechanicalTurk.HITDoesNotExist"
    listed = caller.one("SearchHITs", SortProperty="CreationTime", PageSize=100)
    assert {each.HITId for each in listed.HIT} == {first.HITId, second.HITId}
    assert (listed.NumResults, listed.TotalNumResults, listed.PageNumber) == (2, 2, 1)
    caller.one("ChangeHITTypeOfHIT", HITId=second.HITId, HITTypeId=first.HITTypeId)
    caller.one("ExtendHIT", HITId=second.HITId, ExpirationIncrementInSeconds=3600)
    of_type = caller.one("GetHITsForQualificationType", QualificationTypeId="000000000000000000L0")
    assert of_type.TotalNumResults is not None
    return caller.one("CreateHIT", **{**plain, "Question": FORM, "MaxAssignments": 3})


def _assignments(caller, scene, hit, new):
    ids = [scene.work(hit.HITId, f"A{number}WORKER") for number in range(3)]
    listed = caller.one(
        "GetAssignmentsForHIT", HITId=hit.HITId, AssignmentStatus=["Submitted"], SortProperty="SubmitTime"
    )
    assert [each.AssignmentId for each in listed.Assignment] == ids
    assert "QuestionFormAnswers" in listed.Assignment[0].Answer
    assert caller.one("GetReviewableHITs", HITTypeId=hit.HITTypeId).HIT[0].HITId == hit.HITId
    caller.one("SetHITAsReviewing", HITId=hit.HITId)
    approved = caller.all("ApproveAssignment", {"AssignmentId": ids[0]}, {"AssignmentId": ids[0]})
    assert [each.Request.IsValid for each in approved] == ["True", "False"]
    data = {each.Key: each.Value for each in approved[1].Request.Errors.Error[0].Data}
    assert data["CurrentState"] == "Approved"
    caller.one("RejectAssignment", AssignmentId=ids[1], RequesterFeedback="no")
    caller.one("GrantBonus", WorkerId="A0WORKER", BonusAmount=PRICE, AssignmentId=ids[0], Reason="thanks")
    paid = caller.one("GetBonusPayments", AssignmentId=ids[0])
    assert paid.BonusPayment[0].BonusAmount.Amount == Decimal("0.05")
    code = caller.error("GetFileUploadURL", AssignmentId=ids[0], QuestionIdentifier="q1")
    assert code.startswith("AWS.MechanicalTurk.")
    if new:
        caller.one("ApproveRejectedAssignment", AssignmentId=ids[1])
        assert caller.one("GetAssignment", AssignmentId=ids[1]).Assignment.AssignmentStatus == "Approved"
        assert caller.one("GetReviewResultsForHIT", HITId=hit.HITId, PolicyLevel=["HIT"]).HITId == hit.HITId
    caller.one("ApproveAssignment", AssignmentId=ids[2])


def _end_of_hits(caller, hit):
    caller.one("ForceExpireHIT", HITId=hit.HITId)
    caller.one("DisposeHIT", HITId=hit.HITId)
    rest = [each.HITId for each in caller.one("SearchHITs", PageSize=100).HIT]
    assert len(rest) >= 2
    disabled = caller.all("DisableHIT", *({"HITId": each} for each in rest))
    assert [each.Request.IsValid for each in disabled] == ["True"] * len(rest)


def _qualifications(caller, version):
    name = f"Made by zeep {time.time_ns()}"
    made = caller.one(
        "CreateQualificationType",
        Name=name,
        Description="d",
        QualificationTypeStatus="Active",
        Test=FORM,
        TestDurationInSeconds=60,
    )
    assert made.IsRequestable is True
    type_id = made.QualificationTypeId
    assert caller.one("GetQualificationType", QualificationTypeId=type_id).Test == FORM
    changed = caller.one("UpdateQualificationType", QualificationTypeId=type_id, Description="changed")
    assert changed.Description == "changed"
    found = caller.one("SearchQualificationTypes", Query=name, MustBeRequestable=True, MustBeOwnedByCaller=True)
    assert found.QualificationType[0].Name == name
    workers = [f"A{number}HOLDER" for number in range(3)]
    assigned = caller.all(
        "AssignQualification",
        *({"QualificationTypeId": type_id, "WorkerId": each, "IntegerValue": 7} for each in workers),
    )
    assert [each.Request.IsValid for each in assigned] == ["True"] * 3
    subject = {"QualificationTypeId": type_id, "SubjectId": workers[0]}
    caller.one("UpdateQualificationScore", **subject, IntegerValue=9)
    assert caller.one("GetQualificationScore", **subject).IntegerValue == 9
    listed = caller.one("GetQualificationsForQualificationType", QualificationTypeId=type_id, Status="Granted")
    assert {each.SubjectId for each in listed.Qualification} == set(workers)
    revoked = caller.all(
        "RevokeQualification",
        {**subject, "Reason": "r"},
        {**subject, "SubjectId": "ANOBODY"},
        {**subject, "SubjectId": workers[1]},
    )
    assert [each.Request.IsValid for each in revoked] == ["True", "False", "True"]
    assert caller.one("GetQualificationRequests", QualificationTypeId=type_id).TotalNumResults == 0
    for operation in ("GrantQualification", "RejectQualificationRequest"):
        code = caller.error(operation, QualificationRequestId="NONESUCH")
        assert code == "AWS.MechanicalTurk.QualificationRequestDoesNotExist"
    if version >= "2008-08-02":
        caller.one("DisposeQualificationType", QualificationTypeId=type_id)
    else:
        for operation, more in (("GetWorkerAcceptLimit", {}), ("SetWorkerAcceptLimit", {"MaxWorkerAcceptLimit": 3})):
            # these stopped working on 2008-11-04; their results need a member that an error does not have
            with caller.client.settings(strict=False):
                assert caller.error(operation, LimitGroupType="Default", **more)


def _workers(caller, new):
    caller.one("BlockWorker", WorkerId="A0WORKER", Reason="r")
    if new:
        assert caller.one("GetBlockedWorkers").WorkerBlock[0].WorkerId == "A0WORKER"
    caller.one("UnblockWorker", WorkerId="A0WORKER", Reason="r")
    told = caller.one("NotifyWorkers", Subject="s", MessageText="m", WorkerId=["A0WORKER", "A1WORKER"])
    assert told.Request.IsValid == "True"


def _notifications(caller, hit_type):
    notification = {
        "Destination": "requester@example.com",
        "Transport": "Email",
        "Version": "2006-05-05",
        "EventType": ["HITReviewable", "HITExpired"],
    }
    caller.one("SetHITTypeNotification", HITTypeId=hit_type, Notification=notification, Active=True)
    (sent,) = caller.all("SendTestEventNotification", {"Notification": notification, "TestEventType": "HITReviewable"})
    assert sent.Request.IsValid in {"True", "False"}


def _statistics(caller, new):
    found = caller.one("GetRequesterStatistic", Statistic="NumberHITsCreated", TimePeriod="LifeToDate")
    assert found.DataPoint[0].LongValue == 3
    if new:
        assert found.Statistic == "NumberHITsCreated"
        of_worker = caller.one(
            "GetRequesterWorkerStatistic",
            Statistic="NumberAssignmentsApproved",
            TimePeriod="LifeToDate",
            WorkerId="A0WORKER",
        )
        assert (of_worker.WorkerId, of_worker.DataPoint[0].LongValue) == ("A0WORKER", 1)


def test_a_wrong_signature_is_an_error_of_the_whole_call(caller):
    caller.key = type(caller.key)(**{**vars(caller.key), "secret_access_key": "wrong"})
    when = moment()
    answer = caller.client.service.GetAccountBalance(
        AWSAccessKeyId=caller.key.access_key_id, Timestamp=when, Signature="x", Request=[{}]
    )
    assert answer.OperationRequest.Errors.Error[0].Code == "AWS.NotAuthorized"
    assert not answer.GetAccountBalanceResult


def test_a_fault_reaches_the_program_as_a_fault(caller):
    caller.client.transport.send = _as_garbage(caller.road.send)
    with pytest.raises(zeep.exceptions.Fault) as caught:
        caller.one("GetAccountBalance")
    assert caught.value.code == "aws:Client.AWS.BadRequest"


def _as_garbage(send):
    return lambda method, path, query, body, headers: send(method, path, query, body[:-20], headers)
