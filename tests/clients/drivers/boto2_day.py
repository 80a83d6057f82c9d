"""A requester's working day through boto 1.9b to 2.38 under Python 2.7."""

import datetime as dt

import boto
from boto.mturk.connection import MTurkConnection
from boto.mturk.price import Price
from boto.mturk.qualification import (
    LocaleRequirement,
    PercentAssignmentsApprovedRequirement,
    Qualifications,
)
from boto.mturk.question import (
    AnswerSpecification,
    ExternalQuestion,
    FreeTextAnswer,
    Overview,
    Question,
    QuestionContent,
    QuestionForm,
    SelectionAnswer,
)
from common import ask_for_qualification, finish, note, work

try:
    from boto.mturk.connection import MTurkRequestError
except ImportError:  # boto 1.9b
    from boto.exception import EC2ResponseError as MTurkRequestError

OLDEST = boto.Version.startswith("1.")


def seconds(number):
    """Durations became timedeltas in boto 2."""
    return number if OLDEST else dt.timedelta(seconds=number)


def fill(content, **fields):
    """Put titles and texts into a part of a question; the method was renamed in boto 2."""
    for name in sorted(fields, reverse=True):
        getattr(content, "append" if OLDEST else "append_field")(name, fields[name])
    return content


def form():
    """A question document with a free text and a selection."""
    asked = fill(QuestionContent(), Title="Colour", Text="Which &amp; why?")
    free = Question("colour", asked, AnswerSpecification(FreeTextAnswer()))
    choice = SelectionAnswer(min=1, max=1, style="radiobutton", selections=[("Yes", "y"), ("No", "n")])
    chosen = Question("sure", fill(QuestionContent(), Text="Are you sure?"), AnswerSpecification(choice))
    overview = fill(Overview(), Title="A form")
    if OLDEST:
        return {"question": QuestionForm([free, chosen], overview)}
    made = QuestionForm()
    made.append(overview)
    made.append(free)
    made.append(chosen)
    return {"questions": made}


def refused(function, *arguments, **named):
    """The code and message that the client's user sees."""
    try:
        result = function(*arguments, **named)
    except MTurkRequestError as error:
        return [getattr(error, "error_code", None) or getattr(error, "Code", None), error.status, error.body]
    return ["no exception", result.status, repr(result)]


conn = MTurkConnection()
note("balance", str(conn.get_account_balance()[0]))

# types and HITs with questions of every kind
registered = conn.register_hit_type(
    "Old title", "Old description", Price(0.05), seconds(600), keywords=["old", "client"], approval_delay=seconds(86400)
)
hit_type = registered[0].HITTypeId if len(registered) else registered.HITTypeId
again = conn.register_hit_type(
    "Old title", "Old description", Price(0.05), seconds(600), keywords=["old", "client"], approval_delay=seconds(86400)
)
note("same_type", hit_type == (again[0].HITTypeId if len(again) else again.HITTypeId))
note("notification", conn.set_rest_notification(str(hit_type), "http://127.0.0.1:9/", ["AssignmentSubmitted"]).status)
note("email", conn.set_email_notification(str(hit_type), "me@example.com", ["HITExpired"]).status)

wanted = {
    "hit_type": hit_type,
    "lifetime": seconds(3600),
    "max_assignments": 2,
    "annotation": "batch & <1>",
    "response_groups": ["Minimal", "HITDetail", "HITQuestion", "HITAssignmentSummary"],
}
wanted.update(form())
created = conn.create_hit(**wanted)
first = created[0].HITId
fields = "Title Description Keywords HITStatus MaxAssignments Amount CurrencyCode FormattedPrice HITReviewStatus"
fields += " AutoApprovalDelayInSeconds AssignmentDurationInSeconds RequesterAnnotation HITTypeId"
note("created", {name: str(getattr(created[0], name)) for name in fields.split()})
note("times", [created[0].CreationTime, created[0].Expiration])
note("hit_type", hit_type)

needed = Qualifications()
needed.add(PercentAssignmentsApprovedRequirement("GreaterThanOrEqualTo", "95"))
needed.add(LocaleRequirement("EqualTo", "US"))
wanted = {
    "question": ExternalQuestion("https://example.com/task", 600),
    "lifetime": seconds(3600),
    "max_assignments": 1,
    "title": "External",
    "keywords": ["a", "b"],
    "reward": 0.05,
    "duration": seconds(360),
    "approval_delay": seconds(3600),
    "annotation": "no description",
    "qualifications": needed,
}
second = conn.create_hit(**wanted)[0].HITId
third = conn.create_hit(hit_type=hit_type, question=ExternalQuestion("https://example.com/task", 400))[0].HITId

# finding
found = conn.search_hits(page_size=2)
note("page", [len(found), found.NumResults, found.TotalNumResults, found.PageNumber])
note("past_the_end", len(conn.search_hits(page_size=2, page_number=9)))
note(
    "search",
    sorted(hit.HITId for hit in conn.search_hits(sort_by="Title", sort_direction="Descending"))
    == sorted([first, second, third]),
)
note("expired", [str(hit.expired) for hit in conn.search_hits()] if hasattr(found[0], "expired") else [])
if hasattr(conn, "get_hit"):
    got = conn.get_hit(first, response_groups=["Minimal", "HITQuestion"]) if not OLDEST else conn.get_hit(first)
    note("got", [got[0].HITId, "colour" in getattr(got[0], "Question", "")])
if hasattr(conn, "get_all_hits"):
    note("all", len(list(conn.get_all_hits())))

# working and deciding
one = work(first, "AWORKERONE1", "colour=blue & <green>")
two = work(first, "AWORKERTWO2")
note("reviewable", [hit.HITId for hit in conn.get_reviewable_hits(hit_type=hit_type)] == [first])
results = conn.get_assignments(first, status="Submitted", sort_by="SubmitTime", page_size=10)
note("assignments", [results.TotalNumResults, [str(each.WorkerId) for each in results]])
answers = results[0].answers[0]
note("answer", answers[0].FreeText if OLDEST else answers[0].fields[0])
note("reviewing", conn.set_reviewing(first).status)
note("reviewing_back", conn.set_reviewing(first, revert=True).status)
note("approve", conn.approve_assignment(one, "Thank you").status)
note("reject", conn.reject_assignment(two).status)
if hasattr(conn, "approve_rejected_assignment"):
    note("second_thought", conn.approve_rejected_assignment(two, "Sorry").status)
note("twice", refused(conn.approve_assignment, one))
note("bonus", conn.grant_bonus("AWORKERONE1", one, Price(0.25), "Great work").status)
if hasattr(conn, "get_assignment"):
    assignment = conn.get_assignment(one)[0]
    note("get_assignment", [assignment.WorkerId, assignment.AssignmentStatus])
note("statuses", sorted(str(each.AssignmentStatus) for each in conn.get_assignments(first)))
if not OLDEST:
    note("block", [conn.block_worker("AWORKERTWO2", "spam").status, conn.unblock_worker("AWORKERTWO2", "").status])
    note("notify", conn.notify_workers(["AWORKERONE1"], "Hello", "There is more").status)

# the life of HITs
extended = conn.extend_hit(third, assignments_increment=4)
note("extend", extended.status)
note("extend_time", conn.extend_hit(third, expiration_increment=7200).status)
if hasattr(conn, "change_hit_type_of_hit"):
    note("change", conn.change_hit_type_of_hit(second, hit_type).status)
note("expire", conn.expire_hit(third).status)
note("dispose_early", refused(conn.dispose_hit, second)[0])
note("disable", conn.disable_hit(second).status)
note("dispose", [conn.dispose_hit(first).status, conn.dispose_hit(third).status])
note("left", conn.search_hits().TotalNumResults)
note("unknown", refused(conn.disable_hit, "NOSUCHHITNOSUCHHITNOSUCHHITNOS")[0])

# Qualifications
if hasattr(conn, "create_qualification_type"):
    made = conn.create_qualification_type("Old skill", "A skill", "Active", keywords=["x"], retry_delay=60)[0]
    type_id = made.QualificationTypeId
    note("qualification_type", [made.IsValid, made.Name, made.QualificationTypeStatus, made.IsRequestable])
    twin = refused(conn.create_qualification_type, "Old skill", "A skill", "Active")
    note("twin", [twin[0], "already created a QualificationType with this name" in twin[2]])
    note("find_types", [each.Name for each in conn.search_qualification_types(query="OLD SKILL")])
    note("requests", ask_for_qualification(type_id, "AWORKERONE1") != "granted")
    waiting = conn.get_qualification_requests(type_id)
    note("waiting", [len(waiting), waiting[0].SubjectId])
    note("grant", conn.grant_qualification(waiting[0].QualificationRequestId, 7).status)
    note("score", conn.get_qualification_score(type_id, "AWORKERONE1")[0].IntegerValue)
    note("assign", conn.assign_qualification(type_id, "AWORKERTWO2", 3, False).status)
    note("update", conn.update_qualification_score(type_id, "AWORKERTWO2", 4).status)
    note("revoke", conn.revoke_qualification("AWORKERTWO2", type_id, "bye").status)
    note("no_score", refused(conn.get_qualification_score, type_id, "AWORKERTWO2")[0])
    note("update_type", conn.update_qualification_type(type_id, description="Better").status)
    note("dispose_type", conn.dispose_qualification_type(type_id).status)
finish()
