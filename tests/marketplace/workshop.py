"""What tests of the worker's side share: questions, HITs, and a clock that can be moved."""

from __future__ import annotations

from datetime import UTC, datetime

from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.questions.documents import GivenAnswer

EXTERNAL = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/'
    'ExternalQuestion.xsd"><ExternalURL>https://example.com/task</ExternalURL><FrameHeight>400</FrameHeight>'
    "</ExternalQuestion>"
)
FORM = (
    '<QuestionForm xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionForm.xsd">'
    "<Question><QuestionIdentifier>q1</QuestionIdentifier><IsRequired>true</IsRequired>"
    "<QuestionContent><Text>Name a colour</Text></QuestionContent>"
    "<AnswerSpecification><FreeTextAnswer/></AnswerSpecification></Question>"
    "<Question><QuestionIdentifier>q2</QuestionIdentifier><QuestionContent><Text>Which?</Text></QuestionContent>"
    "<AnswerSpecification><SelectionAnswer><Selections>"
    "<Selection><SelectionIdentifier>a</SelectionIdentifier><Text>A</Text></Selection>"
    "<Selection><SelectionIdentifier>b</SelectionIdentifier><Text>B</Text></Selection>"
    "</Selections></SelectionAnswer></AnswerSpecification></Question>{more}</QuestionForm>"
)
FILE = (
    "<Question><QuestionIdentifier>file</QuestionIdentifier><QuestionContent><Text>Send it</Text></QuestionContent>"
    "<AnswerSpecification><FileUploadAnswer><MaxFileSizeInBytes>1000</MaxFileSizeInBytes>"
    "<MinFileSizeInBytes>1</MinFileSizeInBytes></FileUploadAnswer></AnswerSpecification></Question>"
)
DAY = 24 * 3600


def html_question(html):
    """An HTMLQuestion with this HTML."""
    schema = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd"
    page = f"<!DOCTYPE html><html><head><title>x</title></head><body>{html}</body></html>"
    content = f"<HTMLContent><![CDATA[{page}]]></HTMLContent><FrameHeight>400</FrameHeight>"
    return f'<HTMLQuestion xmlns="{schema}">{content}</HTMLQuestion>'


def a_hit(mturk, **members):
    """Create a HIT; returns its id."""
    defaults = {
        "Title": "A task",
        "Description": "Do it",
        "Reward": "0.50",
        "AssignmentDurationInSeconds": 600,
        "LifetimeInSeconds": 3600,
        "Question": EXTERNAL,
    }
    return mturk.create_hit(**{**defaults, **members})["HIT"]["HITId"]


def worker(number):
    return f"AWORKER{number:06d}"


def done(store, hit_id, worker_id, *answers):
    """The worker accepts the HIT and submits; returns the assignment's id."""
    assignment_id = assignment_lifecycle.accept(store, worker_id, hit_id).assignment_id
    given = [GivenAnswer(name, text) for name, text in answers or [("q", "yes")]]
    assignment_lifecycle.submit(store, worker_id, assignment_id, given)
    return assignment_id


def seconds_of(moment: datetime) -> float:
    return moment.astimezone(UTC).timestamp()
