"""Whatever text an old client sends, it gets back: through the form, boto3's JSON, the store, and XML."""

from __future__ import annotations

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.questions.answers import read_answers
from adapter.marketplace.questions.documents import GivenAnswer
from tests.legacy_client import EXTERNAL, FORM, Scene, through_flask

#: What XML 1.0 and the service carry; `None` alone means nothing.
CHARACTERS = st.characters(
    codec="utf-8", exclude_characters="".join(map(chr, {*range(32)} - {9, 10, 13})) + "\ufffe\uffff"
)
TEXT = st.text(CHARACTERS, min_size=1, max_size=40).filter(lambda text: text.strip() and text != "None")
CENTS = st.integers(1, 99999)

#: Each example makes HITs, so even long runs stay at some hundreds.
bounded = hypothesis_settings(max_examples=min(hypothesis_settings.default.max_examples, 500))
_CLIENTS: dict[tuple[int, str], object] = {}


def client_of(in_process, scheme):
    """One account for all examples of a scheme: making one costs more than a call."""
    app, store = in_process
    key = (id(store), scheme)
    if key not in _CLIENTS:
        _CLIENTS[key] = Scene(store, through_flask(app), scheme=scheme).requester()
    return _CLIENTS[key]


def as_xml(text, scheme):
    """SOAP itself turns carriage returns into line feeds, unless the client escapes them."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if scheme == "soap" else text


@bounded
@given(
    scheme=st.sampled_from(["0", "1", "soap"]),
    title=TEXT,
    description=TEXT,
    keywords=TEXT,
    annotation=TEXT,
    comment=TEXT.filter(lambda text: "--" not in text and not text.endswith("-")),
    cents=CENTS,
)
def test_a_hit_comes_back_as_it_was_sent(in_process, scheme, title, description, keywords, annotation, comment, cents):
    client = client_of(in_process, scheme)
    question = EXTERNAL.replace("<FrameHeight>", f"<!--{comment}--><FrameHeight>")
    amount = f"{cents // 100}.{cents % 100:02}"
    hit_id = client.hit(
        Title=title,
        Description=description,
        Keywords=keywords,
        RequesterAnnotation=annotation,
        Question=question,
        Reward={"Amount": amount, "CurrencyCode": "USD"},
    )
    hit = client.call("GetHIT", HITId=hit_id)
    assert hit.findtext("Title") == as_xml(title, scheme)
    assert hit.findtext("Description") == as_xml(description, scheme)
    assert hit.findtext("Keywords") == as_xml(keywords, scheme)
    assert hit.findtext("RequesterAnnotation") == as_xml(annotation, scheme)
    assert hit.findtext("Question") == as_xml(question, scheme)
    assert hit.findtext("Reward/Amount") == amount
    assert hit.findtext("Reward/FormattedPrice") == f"${amount}"
    client.call("DisableHIT", HITId=hit_id)


@bounded
@given(
    answers=st.lists(TEXT, min_size=1, max_size=3), feedback=st.text(CHARACTERS.filter(str.isprintable), max_size=40)
)
def test_answers_and_feedback_come_back_as_they_were_given(in_process, answers, feedback):
    _, store = in_process
    client = client_of(in_process, "0")
    hit_id = client.hit(Question=FORM)
    assignment_id = assignment_lifecycle.accept(store, "A1WORKER", hit_id).assignment_id
    assignment_lifecycle.submit(
        store, "A1WORKER", assignment_id, [GivenAnswer(f"q{n}", text) for n, text in enumerate(answers)]
    )
    client.call("ApproveAssignment", AssignmentId=assignment_id, RequesterFeedback=feedback)
    shown = client.call("GetAssignmentsForHIT", HITId=hit_id, ResponseGroup=["AssignmentFeedback"]).find("Assignment")
    found = read_answers(shown.findtext("Answer"))
    assert [each.free_text for each in found] == answers
    if feedback not in {"", "None"}:
        assert shown.findtext("RequesterFeedback") == feedback
