"""Answers of a modern endpoint, which writes them in one line, in the form that old clients cut and count."""

from __future__ import annotations

import json

import pytest
from lxml import etree

from adapter.legacy.operations.answers import in_lines

SPACE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd"
MODERN = (
    f'<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="{SPACE}"><Answer><QuestionIdentifier>a'
    "</QuestionIdentifier><FreeText>x&gt;&lt;y </FreeText></Answer><Answer><QuestionIdentifier>b</QuestionIdentifier>"
    "<FreeText></FreeText></Answer><Answer><QuestionIdentifier>c</QuestionIdentifier><FreeText/></Answer>"
    "<Answer><QuestionIdentifier>d</QuestionIdentifier><SelectionIdentifier>1</SelectionIdentifier>"
    "<SelectionIdentifier>2</SelectionIdentifier></Answer></QuestionFormAnswers>"
)


def values(document):
    """Every element that holds no other, and its text."""
    return [(each.tag, each.text or "") for each in etree.fromstring(document.encode()).iter() if not len(each)]


def nodes(element):
    """Elements and the texts between them, as a document object model or Perl's tree counts them."""
    return [element.text, *(node for each in element for node in (each, each.tail))]


def check(document):
    """`TurKit` cuts after the declaration's end of line; a script of 2010 finds answers at every second node."""
    head, _, rest = document.partition("?>\n")
    assert head.startswith("<?xml ")
    assert rest.startswith("<QuestionFormAnswers")
    assert values(document) == values(MODERN)
    root = etree.fromstring(document.encode())
    for each in (root, *root):
        assert set(nodes(each)[::2]) == {"\n"}


def test_answers_in_one_line_get_their_ends_of_lines(world):
    hit_id = world.client.hit()
    assignment_id = world.scene.work(hit_id, "A1LINES")
    found = world.there.get_assignment(AssignmentId=assignment_id)
    row = {name: found["Assignment"][name] for name in ("AssignmentId", "HITId", "WorkerId", "AssignmentStatus")} | {
        "SubmitTime": 1700000000,
        "AcceptTime": 1700000000,
        "Answer": MODERN,
    }
    hit = {"HITId": hit_id, "HITStatus": "Reviewable"}
    world.faulty.faults["ListAssignmentsForHIT"] = [(200, json.dumps({"NumResults": 1, "Assignments": [row]}).encode())]
    check(world.client.call("GetAssignmentsForHIT", HITId=hit_id).findtext("Assignment/Answer"))
    world.faulty.faults["GetAssignment"] = [(200, json.dumps({"Assignment": row, "HIT": hit}).encode())]
    check(world.client.call("GetAssignment", AssignmentId=assignment_id).findtext("Assignment/Answer"))


def test_the_answer_of_a_qualification_request_is_laid_out_too(world):
    row = {
        "QualificationRequestId": "3REQUEST",
        "QualificationTypeId": "3TYPE",
        "WorkerId": "A1",
        "Test": "<QuestionForm/>",
        "Answer": MODERN,
        "SubmitTime": 1700000000,
    }
    content = json.dumps({"NumResults": 1, "QualificationRequests": [row]}).encode()
    world.faulty.faults["ListQualificationRequests"] = [(200, content)]
    found = world.client.call("GetQualificationRequests")
    check(found.findtext("QualificationRequest/Answer"))
    assert found.findtext("QualificationRequest/Test") == "<QuestionForm/>"


@pytest.mark.parametrize(
    "document",
    [
        in_lines(MODERN),
        "",
        "not XML",
        f'<QuestionFormAnswers xmlns="{SPACE}">\n  <Answer>\n  </Answer>\n</QuestionFormAnswers>',
        "<QuestionFormAnswers><Answer><FreeText><![CDATA[</a><b>]]></FreeText></Answer></QuestionFormAnswers>",
        "<q:QuestionFormAnswers><q:Answer></q:Answer></q:QuestionFormAnswers>",
    ],
)
def test_whatever_else_an_endpoint_sends_stays_as_it_is(document):
    assert in_lines(document) == document
