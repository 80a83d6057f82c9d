"""A requester's working day in SOAP through suds 0.4, which makes its classes from the WSDL, under Python 2.7."""

import base64
import hashlib
import hmac
import os
import time

from common import finish, note, work
from suds.client import Client

ROOT = "http://127.0.0.1:" + os.environ["GATEWAY_PORT"]
WSDL = ROOT + "/AWSMechanicalTurk/" + os.environ["VERSION"] + "/AWSMechanicalTurkRequester.wsdl"
SERVICE = "AWSMechanicalTurkRequester"
FORM = (
    '<QuestionForm xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionForm.xsd">'
    "<Question><QuestionIdentifier>q1</QuestionIdentifier><DisplayName>A question</DisplayName>"
    "<IsRequired>true</IsRequired><QuestionContent><Title>T</Title><Text>Which?</Text></QuestionContent>"
    '<AnswerSpecification><FreeTextAnswer><Constraints><Length minLength="1" maxLength="50"/></Constraints>'
    "</FreeTextAnswer></AnswerSpecification></Question></QuestionForm>"
)

client = Client(WSDL, location=ROOT + "/?Service=" + SERVICE, cache=None)


def ask(operation, secret=os.environ["AWS_SECRET_ACCESS_KEY"], **members):
    """The answer, in the classes of the client."""
    request = client.factory.create(operation + "Request")
    for name, value in members.items():
        setattr(request, name, value)
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    digest = hmac.new(secret.encode(), (SERVICE + operation + when).encode(), hashlib.sha1).digest()
    return getattr(client.service, operation)(
        AWSAccessKeyId=os.environ["AWS_ACCESS_KEY_ID"],
        Timestamp=when,
        Signature=base64.b64encode(digest).decode(),
        Request=request,
    )


def call(operation, **members):
    """The second child of the answer, of which the schema allows several."""
    (result,) = ask(operation, **members)[1]
    return result


def price(amount):
    made = client.factory.create("Price")
    made.Amount, made.CurrencyCode = amount, "USD"
    return made


note("operations", len(client.wsdl.services[0].ports[0].methods))
requirement = client.factory.create("QualificationRequirement")
requirement.QualificationTypeId = "000000000000000000L0"
requirement.Comparator = "GreaterThanOrEqualTo"
requirement.IntegerValue = 90
requirement.RequiredToPreview = True
hit = call(
    "CreateHIT",
    Title="A task",
    Description="Do it",
    Keywords="old,client",
    Question=FORM,
    Reward=price(0.03),
    AssignmentDurationInSeconds=3600,
    LifetimeInSeconds=86400,
    MaxAssignments=2,
    QualificationRequirement=[requirement],
)
note("valid", str(hit.Request.IsValid))
found = call("GetHIT", HITId=hit.HITId)
note("hit", [str(found.Title), str(found.HITStatus), int(found.MaxAssignments), float(found.Reward.Amount)])
note("question", str(found.Question) == FORM)
note("lifetime", (found.Expiration - found.CreationTime).total_seconds())
(kept,) = found.QualificationRequirement
# The last schema allows several values.
value = kept.IntegerValue[0] if isinstance(kept.IntegerValue, list) else kept.IntegerValue
note("requirement", [str(kept.Comparator), int(value), bool(kept.RequiredToPreview)])
one = work(hit.HITId, "AWORKERONE1", "q1=blue & <green>")
two = work(hit.HITId, "AWORKERTWO2", "q1=red")
listed = call("GetAssignmentsForHIT", HITId=hit.HITId, PageSize=10, PageNumber=1)
note("counted", [int(listed.NumResults), int(listed.TotalNumResults), int(listed.PageNumber)])
note("workers", sorted(str(each.WorkerId) for each in listed.Assignment))
note("answer", "blue &amp; &lt;green&gt;" in listed.Assignment[0].Answer)
note("approve", str(call("ApproveAssignment", AssignmentId=one).Request.IsValid))
note("reject", str(call("RejectAssignment", AssignmentId=two, RequesterFeedback="no").Request.IsValid))
again = call("ApproveAssignment", AssignmentId=one)
note("twice", [str(again.Request.IsValid), str(again.Request.Errors.Error[0].Code)])
bonus = call("GrantBonus", AssignmentId=one, WorkerId="AWORKERONE1", BonusAmount=price(0.5), Reason="good")
note("bonus", str(bonus.Request.IsValid))
note("dispose", str(call("DisposeHIT", HITId=hit.HITId).Request.IsValid))
note("left", int(call("SearchHITs", PageSize=10).TotalNumResults))
points = call("GetRequesterStatistic", Statistic="TotalBonusPayout", TimePeriod="LifeToDate", Count=1).DataPoint
note("paid", float(points[0].DoubleValue))
made = call("CreateQualificationType", Name="Skill", Description="d", QualificationTypeStatus="Active")
call("AssignQualification", QualificationTypeId=made.QualificationTypeId, WorkerId="AWORKERONE1", IntegerValue=7)
score = call("GetQualificationScore", QualificationTypeId=made.QualificationTypeId, SubjectId="AWORKERONE1")
note("score", int(score.IntegerValue))
note("balance", str(call("GetAccountBalance").AvailableBalance.FormattedPrice))
note("wrong", str(ask("GetAccountBalance", secret="wrong").OperationRequest.Errors.Error[0].Code))
finish()
