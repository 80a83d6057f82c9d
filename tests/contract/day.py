"""Every legacy operation once or more, in an order that makes sense, with data that fills as many members as there are."""

from __future__ import annotations

import io

from adapter.core.versions import shape_of
from adapter.legacy.operations import registry
from adapter.marketplace.domain import assignment_lifecycle, layouts, qualification_tests, uploads
from adapter.marketplace.questions.documents import GivenAnswer
from tests.legacy_client import EXTERNAL, FORM, HIT_TYPE, Client, NotValidError, Scene

ANSWER_KEY = (
    '<AnswerKey xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/AnswerKey.xsd">'
    "<Question><QuestionIdentifier>q1</QuestionIdentifier><AnswerOption>"
    "<SelectionIdentifier>red</SelectionIdentifier><AnswerScore>1</AnswerScore></AnswerOption></Question></AnswerKey>"
)
TEST = FORM.replace(
    "<FreeTextAnswer/>",
    "<SelectionAnswer><Selections><Selection><SelectionIdentifier>red</SelectionIdentifier><Text>Red</Text></Selection>"
    "<Selection><SelectionIdentifier>blue</SelectionIdentifier><Text>Blue</Text></Selection></Selections>"
    "</SelectionAnswer>",
)
UPLOAD = FORM.replace(
    "<FreeTextAnswer/>",
    "<FileUploadAnswer><MaxFileSizeInBytes>1000</MaxFileSizeInBytes><MinFileSizeInBytes>1</MinFileSizeInBytes>"
    "</FileUploadAnswer>",
)
ALL_GROUPS = ["Minimal", "HITDetail", "HITQuestion", "HITAssignmentSummary"]
KNOWN_ANSWERS = {
    "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
    "Parameter": [
        {"Key": "AnswerKey", "MapEntry": [{"Key": "q1", "Value": "red"}]},
        {"Key": "ApproveIfKnownAnswerScoreIsAtLeast", "Value": "1"},
    ],
}
PLURALITY = {
    "PolicyName": "SimplePlurality/2011-09-01",
    "Parameter": [{"Key": "QuestionIds", "Value": ["q1"]}, {"Key": "QuestionAgreementThreshold", "Value": "50"}],
}


class Day:
    """Runs the calls one by one; `said` holds each operation with its response, `refused` what the version lacks."""

    def __init__(self, scene: Scene, client: Client):
        self.scene, self.client = scene, client
        self.said: list[tuple[str, object]] = []
        self.refused: set[str] = set()

    def call(self, operation: str, **members):
        """The result; None where the version has no such operation."""
        found = registry.load()[operation]
        if not found.available(self.client.version):
            code = self.client.error(operation, **members)
            assert "InvalidOperationParameter" in code, (operation, code)
            self.refused.add(operation)
            return None
        root = self.client.answer(operation, **members)
        self.said.append((operation, root))
        error = next(root.iter("Error", "faultcode"), None)
        if error is not None:
            raise NotValidError(error.findtext("Code") or error.text, error.findtext("Message") or "", operation)
        return root[1]

    def refusal(self, operation: str, **members) -> str:
        """The code of a call that is refused in its result; kept for the schema, which knows errors too."""
        root = self.client.answer(operation, **members)
        if registry.load()[operation].available(self.client.version):
            self.said.append((operation, root))
        else:
            self.refused.add(operation)
        return root.findtext(".//Error/Code")

    @property
    def new(self) -> bool:
        return shape_of(self.client.version) >= "2012-03-25"

    def run(self) -> None:
        self._qualifications()
        self._hits()
        self._assignments()
        self._rest()

    def _qualifications(self) -> None:
        made = self.call(
            "CreateQualificationType",
            Name="A test",
            Description="With a test",
            Keywords="colours",
            QualificationTypeStatus="Active",
            Test=TEST,
            AnswerKey=ANSWER_KEY,
            TestDurationInSeconds="3600",
            RetryDelayInSeconds="60",
        )
        tested = made.findtext("QualificationTypeId")
        self.type_id = self.call(
            "CreateQualificationType",
            Name="Asked for",
            Description="d",
            QualificationTypeStatus="Active",
        ).findtext("QualificationTypeId")
        self.call("GetQualificationType", QualificationTypeId=tested)
        self.call("UpdateQualificationType", QualificationTypeId=tested, Description="Changed")
        asked = [
            qualification_tests.request_qualification(self.scene.store, f"A{n}ASKER", self.type_id) for n in (1, 2)
        ]
        self.call("GetQualificationRequests", QualificationTypeId=self.type_id)
        self.call("GrantQualification", QualificationRequestId=asked[0].qualification_request_id, IntegerValue="3")
        self.call("RejectQualificationRequest", QualificationRequestId=asked[1].qualification_request_id, Reason="r")
        self.call("AssignQualification", QualificationTypeId=self.type_id, WorkerId="A3HOLDER", IntegerValue="90")
        self.call("UpdateQualificationScore", QualificationTypeId=self.type_id, SubjectId="A3HOLDER", IntegerValue="91")
        self.call("GetQualificationScore", QualificationTypeId=self.type_id, SubjectId="A3HOLDER")
        self.call("GetQualificationsForQualificationType", QualificationTypeId=self.type_id, Status="Granted")
        self.call("RevokeQualification", QualificationTypeId=self.type_id, SubjectId="A3HOLDER", Reason="r")
        self.call("GetQualificationsForQualificationType", QualificationTypeId=self.type_id, Status="Revoked")
        self.call("SearchQualificationTypes", MustBeRequestable="true", Query="test", MustBeOwnedByCaller="true")
        self.call("SearchQualificationTypes", MustBeRequestable="false", SortProperty="Name", PageSize="100")
        self.call("DisposeQualificationType", QualificationTypeId=tested)
        self.refusal("GetQualificationScore", QualificationTypeId=self.type_id, SubjectId="ANOBODY0")
        self.refusal("GetQualificationType", QualificationTypeId="NONSENSE")

    def _hits(self) -> None:
        requirement = [
            {"QualificationTypeId": self.type_id, "Comparator": "GreaterThan", "IntegerValue": "5"},
            {
                "QualificationTypeId": "00000000000000000071",
                "Comparator": "EqualTo",
                "LocaleValue": {"Country": "US"},
                "RequiredToPreview": "true",
            },
        ]
        if shape_of(self.client.version) >= "2013-11-15":
            locales = [{"Country": "US", "Subdivision": "NY"}, {"Country": "CA"}]
            if shape_of(self.client.version) < "2014-08-15":
                locales = [{"Country": "US"}, {"Country": "CA"}]
            requirement.append(
                {"QualificationTypeId": "00000000000000000071", "Comparator": "In", "LocaleValue": locales}
            )
        self.hit_type = self.call(
            "RegisterHITType", **HIT_TYPE, Keywords="a, b", AutoApprovalDelayInSeconds="3600"
        ).findtext("HITTypeId")
        made = self.call(
            "CreateHIT",
            # in the order of the schema, as generated clients send it and read its echo
            LifetimeInSeconds="3600",
            AssignmentDurationInSeconds="600",
            Reward=HIT_TYPE["Reward"],
            Title="A task",
            Keywords="k",
            Description="Do it",
            Question=EXTERNAL,
            RequesterAnnotation="note",
            QualificationRequirement=requirement,
            ResponseGroup=["Request", *ALL_GROUPS],
        )
        self.call("GetHIT", HITId=made.findtext("HITId"))
        self.call("GetHIT", HITId=made.findtext("HITId"), ResponseGroup=["Request"])
        self.call("GetHITsForQualificationType", QualificationTypeId=self.type_id)
        self.hit_id = self.call(
            "CreateHIT", HITTypeId=self.hit_type, Question=FORM, LifetimeInSeconds="3600", MaxAssignments="3"
        ).findtext("HITId")
        if self.new:
            page = '<form name="mturk_form"><p>${colour}</p><input name="q1"></form>'
            layout = layouts.register_layout(self.scene.store, self.client.key.account_id, "colours", page)
            from_layout = self.call(
                "CreateHIT",
                HITTypeId=self.hit_type,
                LifetimeInSeconds="3600",
                HITLayoutId=layout,
                HITLayoutParameter=[{"Name": "colour", "Value": "red"}],
                UniqueRequestToken="once",
                ResponseGroup=ALL_GROUPS,
            )
            self.call("GetHIT", HITId=from_layout.findtext("HITId"))
        self.call("ExtendHIT", HITId=made.findtext("HITId"), ExpirationIncrementInSeconds="3600")
        self.call("ChangeHITTypeOfHIT", HITId=made.findtext("HITId"), HITTypeId=self.hit_type)
        self.call("SearchHITs", PageSize="100", ResponseGroup=ALL_GROUPS)
        self.call("ForceExpireHIT", HITId=made.findtext("HITId"))
        self.call(
            "DisableHIT",
            HITId=self.call("CreateHIT", HITTypeId=self.hit_type, Question=FORM, LifetimeInSeconds="3600").findtext(
                "HITId"
            ),
        )
        self.refusal("GetHIT", HITId="NONSENSE")
        self.refusal("DisposeHIT", HITId=self.hit_id)
        self.refusal("CreateHIT", HITTypeId=self.hit_type)

    def _assignments(self) -> None:
        one, two, three = (self.scene.work(self.hit_id, f"A{n}WORKER", q1="red") for n in (1, 2, 3))
        self.call("GetReviewableHITs", HITTypeId=self.hit_type, Status="Reviewable", PageSize="100")
        self.call("GetAssignmentsForHIT", HITId=self.hit_id, PageSize="100", AssignmentStatus=["Submitted"])
        self.call("ApproveAssignment", AssignmentId=one, RequesterFeedback="thanks")
        self.call("RejectAssignment", AssignmentId=two, RequesterFeedback="no")
        self.call("GetAssignmentsForHIT", HITId=self.hit_id, ResponseGroup=["Minimal", "AssignmentFeedback"])
        self.call("ApproveRejectedAssignment", AssignmentId=two)
        self.call("GetAssignment", AssignmentId=one, ResponseGroup=["Minimal", "AssignmentFeedback", "HITDetail"])
        self.call(
            "GrantBonus",
            WorkerId="A1WORKER",
            AssignmentId=one,
            BonusAmount={"Amount": "1.5", "CurrencyCode": "USD"},
            Reason="good",
        )
        self.call("GetBonusPayments", AssignmentId=one)
        self.call("GetBonusPayments", HITId=self.hit_id, PageSize="1")
        self.call("SetHITAsReviewing", HITId=self.hit_id)
        self.call("ApproveAssignment", AssignmentId=three)
        self.call("SetHITAsReviewing", HITId=self.hit_id, Revert="true")
        self.refusal("ApproveAssignment", AssignmentId=one)
        self.call("DisposeHIT", HITId=self.hit_id)
        self._upload()

    def _upload(self) -> None:
        made = self.call("CreateHIT", HITTypeId=self.hit_type, Question=UPLOAD, LifetimeInSeconds="3600")
        hit_id, store, worker = made.findtext("HITId"), self.scene.store, "A4WORKER"
        assignment_id = self.scene.accept(hit_id, worker)
        key, size = uploads.store_upload(store, worker, assignment_id, "q1", "a.txt", "text/plain", io.BytesIO(b"file"))
        assignment_lifecycle.submit(store, worker, assignment_id, [GivenAnswer("q1", file_key=key, file_size=size)])
        self.call("GetFileUploadURL", AssignmentId=assignment_id, QuestionIdentifier="q1")
        self.call("GetAssignmentsForHIT", HITId=hit_id)

    def _rest(self) -> None:
        reviewed = self.call(
            "CreateHIT",
            HITTypeId=self.hit_type,
            Question=FORM,
            LifetimeInSeconds="3600",
            MaxAssignments="2",
            **({"AssignmentReviewPolicy": KNOWN_ANSWERS, "HITReviewPolicy": PLURALITY} if self.new else {}),
        ).findtext("HITId")
        for number in (5, 6):
            self.scene.work(reviewed, f"A{number}WORKER", q1="red")
        self.call("GetReviewResultsForHIT", HITId=reviewed, PolicyLevel=["Assignment", "HIT"])
        self.call("BlockWorker", WorkerId="A6WORKER", Reason="r")
        self.call("GetBlockedWorkers", PageSize="10")
        self.call("UnblockWorker", WorkerId="A6WORKER", Reason="r")
        self.call("NotifyWorkers", Subject="s", MessageText="m", WorkerId=["A1WORKER", "ANOBODY0"])
        notification = {
            "Destination": "somebody@example.com",
            "Transport": "Email",
            "Version": "2006-05-05",
            "EventType": ["AssignmentSubmitted"],
        }
        self.call("SetHITTypeNotification", HITTypeId=self.hit_type, Notification=notification, Active="true")
        self.call("SendTestEventNotification", Notification=notification, TestEventType="HITReviewable")
        self.call("GetAccountBalance")
        self._statistics()
        self.call("Help", About=["CreateHIT", "Nothing"], HelpType="Operation")
        self.call("Help", About=["Minimal"], HelpType="ResponseGroup")
        for operation in ("GetWorkerAcceptLimit", "SetWorkerAcceptLimit"):
            # retired in 2008; the result's type has required members, so no refusal of it is valid by the schema
            assert self.client.error(operation, WorkerId="A1WORKER", WorkerAcceptLimit="5")
            self.refused.add(operation)

    def _statistics(self) -> None:
        statistic = {"TimePeriod": "SevenDays", "Count": "1"}
        # those that lists tell, so that every upstream answers them
        self.call("GetRequesterStatistic", Statistic="NumberAssignmentsPending", **statistic)
        self.call("GetRequesterStatistic", Statistic="EstimatedRewardLiability", **statistic)
        self.call("GetRequesterWorkerStatistic", Statistic="NumberAssignmentsPending", WorkerId="A1WORKER", **statistic)
