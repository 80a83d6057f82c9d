"""The project's schemas and readers, held against Amazon's schemas and what old clients really sent."""

from __future__ import annotations

import copy
import json
from urllib.parse import unquote_plus

import pytest
from lxml import etree

from adapter.marketplace.questions.answers import write_answers
from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import GivenAnswer, QuestionError
from adapter.marketplace.questions.keys import check_answer_key
from adapter.marketplace.questions.xml import VERSIONS, namespace, schema_text
from tests.marketplace.questions.documents import FULL_FORM, answer_key, external, form, html, seeded, shared

RANGES = (
    "<RangeMapping><SummedScoreRange><InclusiveLowerBound>1</InclusiveLowerBound><InclusiveUpperBound>2"
    "</InclusiveUpperBound><QualificationValue>3</QualificationValue></SummedScoreRange>"
    "<OutOfRangeQualificationValue>0</OutOfRangeQualificationValue></RangeMapping>"
)
PERCENTAGE = "<PercentageMapping><MaximumSummedScore>15</MaximumSummedScore></PercentageMapping>"
SCALE = "<ScaleMapping><SummedScoreMultiplier>1.5</SummedScoreMultiplier></ScaleMapping>"
CORPUS = {
    "QuestionForm": [FULL_FORM],
    "AnswerKey": [answer_key(mapping, default=1) for mapping in (RANGES, PERCENTAGE, SCALE)],
    "ExternalQuestion": [external()],
    "HTMLQuestion": [html("<p>x</p>")],
    "QuestionFormAnswers": [
        write_answers(
            [
                GivenAnswer("a", "b"),
                GivenAnswer("c", selections=("d", "e"), other_text="f"),
                GivenAnswer("g", file_key="h", file_size=9),
                GivenAnswer("i", selections=("d",)),
            ]
        )
    ],
}
TEXTS = ["", "x", "1", "-1", "0", "true", "2000000001", "http://example.com/", "ftp://x", "image", "checkbox", " 5 "]


def mutated(root, rng):
    """A copy of a document with one or two changes that a schema may or may not mind."""
    root = copy.deepcopy(root)
    for _ in range(rng.randint(1, 2)):
        elements = list(root.iter())
        element = rng.choice(elements)
        parent = element.getparent()
        change = rng.choice(["drop", "twice", "move", "text", "rename", "attribute", "insert", "value"])
        if change == "drop" and parent is not None:
            parent.remove(element)
        elif change == "twice" and parent is not None:
            parent.insert(parent.index(element), copy.deepcopy(element))
        elif change == "move" and parent is not None:
            parent.insert(rng.randint(0, len(parent)), element)
        elif change == "text":
            element.text = rng.choice(TEXTS)
        elif change == "rename":
            element.tag = rng.choice(elements).tag
        elif change == "attribute":
            element.set(rng.choice(["minLength", "maxLength", "minValue", "regex", "flags", "x"]), rng.choice(TEXTS))
        elif change == "insert":
            element.append(copy.deepcopy(rng.choice(elements)))
        elif change == "value" and element.attrib:
            name = rng.choice(sorted(element.attrib))
            if rng.random() < 1 / 2:
                del element.attrib[name]
            else:
                element.set(name, rng.choice(TEXTS))
    return root


@pytest.mark.parametrize("name", CORPUS)
def test_our_schema_and_amazons_accept_and_refuse_the_same(name):
    theirs = etree.XMLSchema(etree.parse(shared("contract", "xsd", VERSIONS[name][0], f"{name}.xsd")))
    ours = etree.XMLSchema(etree.fromstring(schema_text(name, namespace(name)).encode()))
    rng = seeded(name)
    verdicts = {True: 0, False: 0}
    for document in CORPUS[name]:
        root = etree.fromstring(document.encode())
        assert ours.validate(root)
        assert theirs.validate(root)
        for _ in range(600 // len(CORPUS[name])):
            changed = mutated(root, rng)
            if name == "QuestionFormAnswers" and not len(changed):
                continue  # a page without fields is allowed here on purpose
            verdict = theirs.validate(changed)
            verdicts[verdict] += 1
            assert ours.validate(changed) == verdict, etree.tostring(changed).decode()
    assert min(verdicts.values()) > 20  # the corpus has both kinds


def test_a_schema_can_be_published_in_every_namespace_it_had():
    for name, versions in VERSIONS.items():
        for version in versions:
            target = namespace(name, version)
            assert etree.fromstring(schema_text(name, target).encode()).get("targetNamespace") == target


def sent_values(record):
    """(parameter, text) of every question document in a recorded request, REST or SOAP."""
    body = record.get("body") or ""
    if body.lstrip().startswith("<"):
        for element in etree.fromstring(body.encode()).iter():
            name = etree.QName(element).localname
            if name in {"Question", "Test", "AnswerKey"} and (element.text or "").strip():
                yield name, element.text
        return
    query = (record.get("target") or record.get("path") or "").partition("?")[2]
    for pair in f"{query}&{body}".split("&"):
        name, _, value = pair.partition("=")
        if name in {"Question", "Test", "AnswerKey"}:
            yield name, unquote_plus(value)


def test_everything_old_clients_sent_with_success_is_accepted():
    seen = set()
    for path in sorted(shared("clients", "captures").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            record = json.loads(line)
            answer = str(record.get("response"))
            if "<IsValid>True" in answer and "<Errors>" not in answer:
                seen.update(sent_values(record))
    assert {name for name, _ in seen} == {"Question", "Test", "AnswerKey"}
    for name, text in seen:
        if name == "AnswerKey":
            assert check_answer_key(text, None).questions
        else:
            checked = check_question(text, allow_html=name == "Question", what=name)
            assert checked.questions or checked.external_url or checked.html_content


def reference_blocks(name):
    text = shared("contract", "samples", "docs_2008-08-02", name).read_text("utf-8")
    return [block for block in text.split("===== next block =====") if "[...]" not in block]


def test_the_forms_and_keys_of_the_old_reference_are_accepted():
    page = "QuestionFormDataStructureArticle.txt"
    found = 0
    for block in reference_blocks(page):
        text = block.strip().replace("[the QuestionForm schema URL]", namespace("QuestionForm"))
        text = text.replace("<Name>game_id<Name>", "<Name>game_id</Name>")  # the page's own misprint
        root = text[1:].split(">")[0].split()[0]
        if root in {"FreeTextAnswer", "SelectionAnswer", "FileUploadAnswer"}:
            text = (
                "<Question><QuestionIdentifier>q</QuestionIdentifier><QuestionContent><Text>x</Text></QuestionContent>"
                f"<AnswerSpecification>{text}</AnswerSpecification></Question>"
            )
        elif root != "QuestionForm":
            text = f"<Overview>{text}</Overview>"
        try:
            assert check_question(text if root == "QuestionForm" else form(text)).form
            found += 1
        except QuestionError as error:
            pytest.fail(f"{error.message}\n{text}")
    assert found >= 15
    (key,) = [b for b in reference_blocks("AnswerKeyDataStructureArticle.txt") if "<AnswerKey" in b]
    assert len(check_answer_key(key.replace("[the AnswerKey schema URL]", namespace("AnswerKey")), None).questions) == 2
