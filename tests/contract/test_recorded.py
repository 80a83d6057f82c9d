"""Replies that Amazon's old service once gave are reproduced element for element from the same data."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from lxml import etree

from adapter import create_app
from adapter.core.database import open_store
from adapter.core.settings import Settings
from tests.flaky import flaky
from tests.legacy_client import EXTERNAL, Scene, flatten, through_flask, without_namespace

TIMES = {"CreationTime", "Expiration", "AutoApprovalTime", "AcceptTime", "SubmitTime", "ApprovalTime", "RejectionTime"}
NUMBERS = {"MaxAssignments", "AutoApprovalDelayInSeconds", "AssignmentDurationInSeconds", "IntegerValue"}


def no_marketplace(_environ, _start_response):
    raise AssertionError("every answer is given by the test")


@pytest.fixture(scope="module")
def upstream(tmp_path_factory):
    """A gateway whose upstream answers what the test says."""
    with flaky(no_marketplace) as (answers, url):
        settings = Settings(
            data=tmp_path_factory.mktemp("recorded") / "data", sqlite_synchronous="NORMAL", threads=8, upstream=url
        )
        store = open_store(settings)
        store.migrate()
        yield answers, Scene(store, through_flask(create_app(settings)))
        store.close()


@pytest.fixture(scope="module")
def recorded(contract_dir):
    folder = contract_dir / "contract" / "samples" / "recorded"
    return lambda name: without_namespace(etree.fromstring((folder / name).read_bytes()))


def modern(element):
    """The 2017-01-17 object that a legacy element shows."""
    found = {}
    for child in element:
        text = (child.text or "").strip() if child.tag != "Question" else child.text
        if child.tag in TIMES:
            found[child.tag] = datetime.fromisoformat(text).timestamp()
        elif child.tag in NUMBERS or child.tag.startswith("NumberOf"):
            found[child.tag] = int(text)
        elif child.tag == "Reward":
            found["Reward"] = child.findtext("Amount").strip()
        elif child.tag == "QualificationRequirement":
            found.setdefault("QualificationRequirements", []).append(
                {
                    "QualificationTypeId": child.findtext("QualificationTypeId"),
                    "Comparator": child.findtext("Comparator"),
                    "IntegerValues": [int(child.findtext("IntegerValue"))],
                    "ActionsGuarded": "PreviewAndAccept" if child.findtext("RequiredToPreview") == "1" else "Accept",
                }
            )
        elif child.tag != "Request":
            found[child.tag] = child.text
    return found


def shape(element, path=""):
    """Every element with its path and text, in order; without what differs from call to call."""
    here = f"{path}/{element.tag}"
    rows = [] if element.tag == "RequestId" else [(here, dict(element.attrib), (element.text or "").strip())]
    for child in element:
        rows += shape(child, here)
    return rows


def without_empty_keywords(rows):
    """Keywords are always shown here, empty ones too, because Dallinger splits them."""
    return [row for row in rows if not (row[0].endswith("/Keywords") and row[2] == "")]


def said(client, operation, **members):
    return without_namespace(client.answer(operation, **members))


def gives(answers, operation, **answer):
    answers.faults[operation] = [(200, json.dumps(answer).encode())]


CASES = [
    ("goamz.GetAssignmentsForHIT.answer.xml", "ListAssignmentsForHIT", "Assignments", "Assignment"),
    ("goamz.GetAssignmentsForHIT.empty.xml", "ListAssignmentsForHIT", "Assignments", "Assignment"),
    ("jeffcrouse.GetAssignmentsForHIT.xml", "ListAssignmentsForHIT", "Assignments", "Assignment"),
    ("jeffcrouse.GetReviewableHITs.xml", "ListReviewableHITs", "HITs", "HIT"),
    ("goamz.SearchHITs.2011.xml", "ListHITs", "HITs", "HIT"),
]


@pytest.mark.parametrize(("name", "call", "member", "item"), CASES, ids=[case[0] for case in CASES])
def test_a_recorded_list_is_reproduced(upstream, recorded, name, call, member, item):
    answers, scene = upstream
    expected = recorded(name)
    rows = [modern(each) for each in expected[1].findall(item)]
    gives(answers, call, NumResults=len(rows), **{member: rows})
    hit_id = rows[0]["HITId"] if rows else "3NOTHING"
    operation = expected.tag.removesuffix("Response")
    members = {"HITId": hit_id} if operation == "GetAssignmentsForHIT" else {}
    found = said(scene.requester(), operation, **members)
    assert without_empty_keywords(shape(found)) == shape(expected)


def test_a_recorded_hit_is_reproduced(upstream, recorded):
    answers, scene = upstream
    expected = recorded("jeffcrouse.GetHIT.xml")
    gives(answers, "GetHIT", HIT=modern(expected[1]))
    found = said(scene.requester(), "GetHIT", HITId=expected.findtext("HIT/HITId"))
    assert shape(found) == shape(expected)


def test_a_recorded_creation_is_reproduced(upstream, recorded):
    answers, scene = upstream
    expected = recorded("goamz.CreateHIT.xml")
    gives(answers, "CreateHITWithHITType", HIT=modern(expected[1]))
    members = {"HITTypeId": "2XZ7", "Question": EXTERNAL, "LifetimeInSeconds": "60"}
    assert shape(said(scene.requester(), "CreateHIT", **members)) == shape(expected)


def test_a_recorded_registration_is_reproduced(upstream, recorded):
    answers, scene = upstream
    expected = recorded("jeffcrouse.RegisterHITType.xml")
    gives(answers, "CreateHITType", HITTypeId=expected.findtext(".//HITTypeId"))
    members = {
        "Title": "t",
        "Description": "d",
        "AssignmentDurationInSeconds": "60",
        "Reward": {"Amount": "1", "CurrencyCode": "USD"},
    }
    assert shape(said(scene.requester(), "RegisterHITType", **members)) == shape(expected)


def test_a_recorded_soap_search_is_reproduced(upstream, recorded):
    answers, scene = upstream
    expected = recorded("scala.SearchHITs.soap.2012-03-25.xml")
    rows = [modern(each) for each in expected.iter("HIT")]
    gives(answers, "ListHITs", NumResults=len(rows), HITs=rows)
    found = said(scene.requester(scheme="soap", version="2012-03-25"), "SearchHITs")
    # the recording was cut to one of its 52 HITs
    counted = {
        "/SearchHITsResponse/SearchHITsResult/NumResults",
        "/SearchHITsResponse/SearchHITsResult/TotalNumResults",
    }
    assert [row for row in without_empty_keywords(shape(found)) if row[0] not in counted] == [
        row for row in shape(expected) if row[0] not in counted
    ]


def test_the_recorded_echo_of_a_request_is_reproduced(upstream, recorded):
    answers, scene = upstream
    expected = recorded("breadboard.CreateHIT.ResponseGroup-Request.condensed.xml")
    echo = expected.find(".//CreateHITRequest")
    sent = {
        each.tag: {member.tag: member.text for member in each} if len(each) else each.text
        for each in echo
        if each.tag != "Operation"
    }
    gives(answers, "CreateHIT", HIT={"HITId": "3H", "HITTypeId": "3T"})
    found = scene.requester(version="").raw("CreateHIT", [*flatten({**sent, "Question": EXTERNAL})]).root

    def comparable(root):
        return [row for row in shape(root) if not row[0].endswith("/Question")]

    assert comparable(found) == comparable(expected)
    assert found.findtext(".//CreateHITRequest/Question") == EXTERNAL
