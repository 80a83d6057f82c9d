"""boto 2.49.0, unmodified, through every one of its Mechanical Turk methods and a day of work, over HTTP and TLS."""

from __future__ import annotations

import datetime as dt
import inspect
import itertools
import uuid
import warnings

import pytest

from adapter.marketplace.domain import assignment_lifecycle, layouts, qualification_tests, uploads
from adapter.marketplace.questions.documents import GivenAnswer
from tests import boto2
from tests.legacy_client import Client, Scene, through_http

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import boto
    from boto import https_connection
    from boto.mturk import connection, layoutparam, notification, price, qualification, question

pytestmark = [pytest.mark.client, pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning")]
https_connection.ssl = boto2.old_ssl()
TURK = "AWS.MechanicalTurk."


class Desk:
    """boto at work, with a scene that lets workers do their part."""

    def __init__(self, conn, scene, key):
        self.conn, self.scene, self.key = conn, scene, key

    def hit(self, **more):
        members = {
            "question": question.ExternalQuestion("https://example.com/task?a=1&b=2", 400),
            "title": "A tásk",
            "description": "Do it",
            "keywords": ["red", "blue"],
            "reward": 0.05,
            "duration": dt.timedelta(minutes=6),
            "lifetime": dt.timedelta(minutes=65),
            "approval_delay": dt.timedelta(hours=1),
            "max_assignments": 2,
            "annotation": "note",
            "response_groups": ["Minimal", "HITDetail", "HITQuestion", "HITAssignmentSummary"],
            **more,
        }
        return self.conn.create_hit(**members)[0]


@pytest.fixture(params=["http", "tls"])
def desk(request):
    yield from _desk(request, over_tls=request.param == "tls")


@pytest.fixture
def plain_desk(request):
    yield from _desk(request, over_tls=False)


def _desk(request, *, over_tls):
    server = request.getfixturevalue("proxied" if over_tls else "live")
    store = request.getfixturevalue("proxied_store" if over_tls else "live_store")
    scene = Scene(store, through_http(server.url, verify=str(server.ca) if server.ca else True))
    key = scene.requester().key
    conn = connect(server, key.access_key_id, key.secret_access_key)
    yield Desk(conn, scene, key)
    disconnect(conn)


def connect(server, access_key_id, secret):
    """boto's own connection; the certificate to trust comes from its own configuration."""
    if not boto.config.has_section("Boto"):
        boto.config.add_section("Boto")
    boto.config.set("Boto", "ca_certificates_file", str(server.ca or ""))
    # boto does not compare IP addresses with a certificate
    host = "localhost" if server.secure else server.host
    conn = connection.MTurkConnection(access_key_id, secret, is_secure=server.secure, host=host, port=server.port)
    conn.num_retries = 0
    return conn


def disconnect(conn):
    """Close what boto leaves to the garbage collector."""
    for pool in conn._pool.host_to_pool.values():
        for each, _ in pool.queue:
            each.close()


def code_of(call, *arguments, **more):
    with pytest.raises(connection.MTurkRequestError) as refused:
        call(*arguments, **more)
    return refused.value.error_code


FORM = question.QuestionForm()
FORM.append(
    question.Question(
        identifier="q1",
        content=question.QuestionContent([question.SimpleField("Title", "Name a colour")]),
        answer_spec=question.AnswerSpecification(question.FreeTextAnswer()),
        is_required=True,
    )
)
FORM.append(
    question.Question(
        identifier="q2",
        content=question.QuestionContent([question.SimpleField("Title", "Which?")]),
        answer_spec=question.AnswerSpecification(
            question.SelectionAnswer(max=1, style="radiobutton", selections=[("Red", "red"), ("Blue", "blue")])
        ),
        is_required=True,
    )
)


def test_hits_with_all_three_kinds_of_question(desk):
    external = desk.hit()
    assert external.HITStatus == "Assignable"
    assert external.Title == "A tásk"
    assert external.FormattedPrice == "$0.05"
    assert "https://example.com/task?a=1&b=2" in external.Question.replace("&amp;", "&")
    form = desk.hit(question=None, questions=FORM)
    assert "QuestionForm" in form.Question
    html = desk.hit(
        question=question.HTMLQuestion(
            '<form name="mturk_form" method="post"><input type="hidden" name="assignmentId"><input name="a"></form>',
            400,
        )
    )
    assert "HTMLQuestion" in desk.conn.get_hit(html.HITId)[0].Question
    assert desk.conn.get_hit(form.HITId)[0].RequesterAnnotation == "note"
    assert not desk.conn.get_hit(form.HITId)[0].expired


def test_answers_come_back_parsed_and_are_reviewed_and_paid(desk):
    hit_id = desk.hit(question=None, questions=FORM).HITId
    store = desk.scene.store
    assignments = []
    for worker_id, colour, picked in (("A1WORKER", "grün & <blau>", "red"), ("A2WORKER", "line\nbreak", "blue")):
        assignment_id = desk.scene.accept(hit_id, worker_id)
        given = [GivenAnswer("q1", free_text=colour), GivenAnswer("q2", selections=(picked,))]
        assignment_lifecycle.submit(store, worker_id, assignment_id, given)
        assignments.append(assignment_id)
    reviewable = desk.conn.get_reviewable_hits(page_size=100)
    assert [each.HITId for each in reviewable] == [hit_id]
    found = desk.conn.get_assignments(hit_id)
    assert found.TotalNumResults == "2"
    assert [each.AssignmentId for each in found] == assignments
    assert [answer.fields[0] for answer in found[0].answers[0]] == ["grün & <blau>", "red"]
    assert [answer.qid for answer in found[0].answers[0]] == ["q1", "q2"]
    desk.conn.approve_assignment(assignments[0], "Thank you")
    desk.conn.reject_assignment(assignments[1], "Not a colour")
    assert code_of(desk.conn.approve_assignment, assignments[0]) == TURK + "InvalidAssignmentState"
    desk.conn.approve_rejected_assignment(assignments[1])
    one = desk.conn.get_assignment(assignments[0], response_groups=["Minimal", "AssignmentFeedback", "HITDetail"])
    assert one[0].AssignmentStatus == "Approved"
    assert one[0].RequesterFeedback == "Thank you"
    assert one[1].HITId == hit_id
    desk.conn.grant_bonus("A1WORKER", assignments[0], price.Price(0.5), "very good")
    assert desk.conn.get_account_balance()[0].amount == pytest.approx(10000 - 2 * 0.05 * 1.2 - 0.5 * 1.2)
    desk.conn.set_reviewing(hit_id)
    assert desk.conn.get_hit(hit_id)[0].HITStatus == "Reviewing"
    desk.conn.set_reviewing(hit_id, revert=True)
    desk.conn.dispose_hit(hit_id)
    assert desk.conn.get_hit(hit_id)[0].HITStatus == "Disposed"
    assert desk.conn.search_hits().TotalNumResults == "0"


def test_a_hit_is_extended_expired_and_disabled(desk):
    hit = desk.hit()
    desk.conn.extend_hit(hit.HITId, assignments_increment=2)
    desk.conn.extend_hit(hit.HITId, expiration_increment=3600)
    extended = desk.conn.get_hit(hit.HITId, ["Minimal", "HITDetail"])[0]
    assert extended.MaxAssignments == "4"
    assert extended.Expiration > hit.Expiration
    other = desk.hit().HITId
    desk.conn.disable_hit(other)
    assert [each.HITId for each in desk.conn.search_hits()] == [hit.HITId]
    desk.conn.expire_hit(hit.HITId)
    assert desk.conn.get_hit(hit.HITId)[0].HITStatus == "Reviewable"
    # psiTurk extends by half an hour
    desk.conn.extend_hit(hit.HITId, expiration_increment=1800)
    assert desk.conn.get_hit(hit.HITId)[0].HITStatus == "Assignable"
    desk.conn.expire_hit(hit.HITId)
    desk.conn.dispose_hit(hit.HITId)
    # boto's own command removes HITs in this way, whatever their state
    reviewable = desk.hit(max_assignments=1).HITId
    assignment_id = desk.scene.work(reviewable, f"A{uuid.uuid4().hex[:12].upper()}")
    assert [each.HITId for each in desk.conn.get_reviewable_hits()] == [reviewable]
    desk.conn.disable_hit(reviewable)
    assert desk.conn.search_hits().TotalNumResults == "0"
    assert desk.conn.get_assignment(assignment_id)[0].AssignmentStatus == "Approved"
    assert code_of(desk.conn.get_hit, "3NOSUCHHIT") == TURK + "HITDoesNotExist"


@pytest.fixture
def python2(monkeypatch):
    """What boto's paging takes from Python 2 and Python 3 lacks; boto itself is as it came."""
    monkeypatch.setattr(itertools, "imap", map, raising=False)
    pages = staticmethod(lambda size, total: range(1, -(-total // size) + 1))
    monkeypatch.setattr(connection.MTurkConnection, "_get_pages", pages)


@pytest.mark.usefixtures("python2")
def test_all_of_251_hits_are_met_once(plain_desk):
    desk = plain_desk
    hit_type = desk.conn.register_hit_type("t", "d", 0.01, dt.timedelta(minutes=5))[0].HITTypeId
    client = Client(desk.key, desk.scene.send)
    document = question.ExternalQuestion("https://example.com/", 300).get_as_xml()
    members = {"HITTypeId": hit_type, "Question": document, "LifetimeInSeconds": "3600"}
    made = [client.call("CreateHIT", **members).findtext("HITId") for _ in range(251)]
    met = [each.HITId for each in desk.conn.get_all_hits()]
    assert len(met) == 251
    assert sorted(met) == sorted(made)
    newest = desk.conn.search_hits(sort_direction="Descending", page_size=100)
    times = [each.CreationTime for each in newest]
    assert times == sorted(times, reverse=True)


@pytest.mark.usefixtures("python2")
def test_qualifications_from_the_type_to_the_score(desk):
    name = f"Colours {uuid.uuid4().hex[:6]}"
    made = desk.conn.create_qualification_type(name, "d", "Active", keywords=["a", "b"])[0]
    type_id = made.QualificationTypeId
    assert made.Name == name
    assert code_of(desk.conn.create_qualification_type, name, "d", "Active") == TURK + "QualificationTypeAlreadyExists"
    tested = desk.conn.create_qualification_type(
        name + " test", "d", "Active", test=FORM, answer_key=None, test_duration=600, retry_delay=60
    )[0].QualificationTypeId
    assert "QuestionForm" in desk.conn.get_qualification_type(tested)[0].Test
    granted = desk.conn.create_qualification_type(
        name + " auto", "d", "Active", auto_granted=True, auto_granted_value=5
    )
    assert granted[0].AutoGranted == "1"
    desk.conn.update_qualification_type(type_id, description="changed", status="Active")
    assert desk.conn.get_qualification_type(type_id)[0].Description == "changed"
    found = desk.conn.search_qualification_types(name.upper())
    assert sorted(each.QualificationTypeId for each in found) == sorted(
        [type_id, tested, granted[0].QualificationTypeId]
    )
    desk.conn.assign_qualification(type_id, "A1WORKER", value=80, send_notification=False)
    assert desk.conn.get_qualification_score(type_id, "A1WORKER")[0].IntegerValue == "80"
    desk.conn.update_qualification_score(type_id, "A1WORKER", 81)
    assert [each.IntegerValue for each in desk.conn.get_all_qualifications_for_qual_type(type_id)] == ["81"]
    assert len(desk.conn.get_qualifications_for_qualification_type(type_id)) == 1
    desk.conn.revoke_qualification("A1WORKER", type_id, "no longer")
    assert code_of(desk.conn.get_qualification_score, type_id, "A1WORKER") == TURK + "QualificationDoesNotExist"
    qualification_tests.request_qualification(desk.scene.store, "A2WORKER", type_id)
    asked = desk.conn.get_qualification_requests(type_id)
    assert [each.SubjectId for each in asked] == ["A2WORKER"]
    desk.conn.grant_qualification(asked[0].QualificationRequestId, 7)
    assert desk.conn.get_qualification_score(type_id, "A2WORKER")[0].IntegerValue == "7"
    desk.conn.dispose_qualification_type(type_id)


def test_requirements_of_every_kind_come_back(desk):
    wanted = qualification.Qualifications()
    wanted.add(qualification.PercentAssignmentsApprovedRequirement("GreaterThanOrEqualTo", "95"))
    wanted.add(qualification.NumberHitsApprovedRequirement("GreaterThan", "100"))
    wanted.add(qualification.LocaleRequirement("EqualTo", "US", required_to_preview=True))
    wanted.add(qualification.AdultRequirement("EqualTo", "1"))
    hit = desk.hit(qualifications=wanted)
    found = desk.conn.get_hit(hit.HITId)[0]
    assert found.Country == "US"
    assert found.Comparator


def test_a_layout_makes_the_question(desk):
    page = '<form name="mturk_form"><img src="${image_url}"><input name="a"></form>'
    layout = layouts.register_layout(desk.scene.store, desk.key.account_id, "pictures", page)
    parameters = layoutparam.LayoutParameters(
        [layoutparam.LayoutParameter("image_url", "https://example.com/a.png?x=1&y=2")]
    )
    hit = desk.hit(question=None, hit_layout=layout, layout_params=parameters)
    assert '<img src="https://example.com/a.png?x=1&y=2">' in desk.conn.get_hit(hit.HITId)[0].Question
    assert hit.HITLayoutId == layout


def test_the_rest_of_what_boto_can_do(desk):
    hit_type = desk.conn.register_hit_type("t", "d", 0.01, 300, keywords="a,b", approval_delay=60)[0].HITTypeId
    hit = desk.hit()
    desk.conn.change_hit_type_of_hit(hit.HITId, hit_type)
    assert desk.conn.get_hit(hit.HITId)[0].HITTypeId == hit_type
    desk.conn.set_email_notification(hit_type, "somebody@example.com", ["AssignmentSubmitted"])
    desk.conn.set_rest_notification(hit_type, "http://example.com/receptor", ["HITReviewable"])
    queue = "https://sqs.us-east-1.amazonaws.com/123456789012/queue"
    desk.conn.set_sqs_notification(hit_type, queue, ["HITReviewable"])
    desk.conn.block_worker("A9WORKER", "reason")
    desk.conn.unblock_worker("A9WORKER", "reason")
    desk.conn.notify_workers(["A1WORKER", "A2WORKER"], "subject", "message")
    assert desk.conn.get_help(["GetHIT"]).status
    assert desk.conn.get_help("Minimal", "ResponseGroup").status
    assignment_id = desk.scene.accept(hit.HITId, "A7WORKER")
    file = type("File", (), {"read": lambda *_: b""})()
    uploads.store_upload(desk.scene.store, "A7WORKER", assignment_id, "file", "a.txt", "text/plain", file)
    assignment_lifecycle.submit(desk.scene.store, "A7WORKER", assignment_id, [GivenAnswer("a", "b")])
    assert desk.conn.get_file_upload_url(assignment_id, "file")[0].FileUploadURL.startswith("http")


def test_every_method_of_boto_is_used_here():
    """boto's connection has no method of the API that no test above calls."""
    used = inspect.getsource(inspect.getmodule(Desk))
    helpers = {"get_price_as_price", "get_keywords_as_string", "duration_as_seconds"}
    others = {"send_test_event_notification"}  # needs a receptor; tests of notifications call it
    methods = {
        name
        for name, function in inspect.getmembers(connection.MTurkConnection, inspect.isfunction)
        if function.__module__ == "boto.mturk.connection" and not name.startswith("_")
    }
    assert {
        name for name in methods - helpers - others if f"conn.{name}(" not in used and f"conn.{name}," not in used
    } == set()


def test_a_wrong_secret_is_told_as_boto_expects(live, live_store):
    conn = connect(live, Scene(live_store, None).requester().key.access_key_id, "wrong")
    assert code_of(conn.get_account_balance) == "AWS.NotAuthorized"
    disconnect(conn)


def test_notifications_of_boto_are_read(desk):
    assert notification.NotificationMessage.EVENT_PATTERN
    assert desk.conn.APIVersion == "2014-08-15"
