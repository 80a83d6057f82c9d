"""What clients in Clojure, MATLAB, C and JavaScript put on the wire, and how they find their way through the answers."""

from __future__ import annotations

import time
import uuid
import xml.sax
import xml.sax.saxutils
from urllib.parse import quote, urlencode

from lxml import etree

from tests.legacy_client import EXTERNAL, FORM, SERVICE, hmac_sha1, moment

TASK = {
    "Title": "t",
    "Description": "d",
    "Question": EXTERNAL,
    "AssignmentDurationInSeconds": "300",
    "LifetimeInSeconds": "3600",
}


def common(client, operation, when=None):
    when = when or moment()
    return {
        "AWSAccessKeyId": client.key.access_key_id,
        "Operation": operation,
        "Timestamp": when,
        "Signature": hmac_sha1(client.key.secret_access_key, SERVICE + operation + when),
    }


# ---- Clojure: lists from 0, the local time with its offset, one path to everything ------------------------------------


def clojure(client, operation, **members):
    """Lists count from 0; the result stands at /OperationResponse/Result, errors at Request/Errors/Error/Code."""
    when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 6 * 3600)) + "-0600"
    query = {"Service": SERVICE, "Version": "2012-03-25", **common(client, operation, when), **members}
    root = client.send("GET", "/", urlencode(query).encode(), b"", {}).root
    assert root.tag == f"{operation}Response"
    assert root[1].findtext("Request/IsValid") == "True", [each.text for each in root.iter("Code", "Message")]
    return root


def test_lists_that_count_from_zero_make_a_hit_for_people_of_one_country(requester):
    made = clojure(
        requester,
        "RegisterHITType",
        **{name: value for name, value in TASK.items() if name not in {"Question", "LifetimeInSeconds"}},
        **{
            "Reward.0.Amount": "0.02",
            "Reward.0.CurrencyCode": "USD",
            "QualificationRequirement.0.QualificationTypeId": "00000000000000000071",
            "QualificationRequirement.0.Comparator": "EqualTo",
            "QualificationRequirement.0.LocaleValue.0.Country": "IN",
        },
    )
    (type_id,) = made.xpath("/RegisterHITTypeResponse/RegisterHITTypeResult/HITTypeId/text()")
    made = clojure(requester, "CreateHIT", HITTypeId=type_id, Question=EXTERNAL, LifetimeInSeconds="3600")
    (hit_id,) = made.xpath("/CreateHITResponse/HIT/HITId/text()")
    found = clojure(requester, "GetHIT", HITId=hit_id)
    assert found.xpath("/GetHITResponse/HIT/QualificationRequirement/LocaleValue/Country/text()") == ["IN"]
    listed = clojure(requester, "GetHITsForQualificationType", QualificationTypeId="00000000000000000071")
    assert hit_id in listed.xpath(
        "/GetHITsForQualificationTypeResponse/GetHITsForQualificationTypeResult/HIT/HITId/text()"
    )
    clojure(requester, "DisableHIT", HITId=hit_id)


def test_a_worker_is_blocked_listed_and_unblocked(scene):
    client = scene.requester()
    path = "/GetBlockedWorkersResponse/GetBlockedWorkersResult/WorkerBlock"
    clojure(client, "BlockWorker", WorkerId="A1CLOJURE", Reason="testing")
    found = clojure(client, "GetBlockedWorkers")
    assert found.xpath(f"{path}/WorkerId/text()") == ["A1CLOJURE"]
    assert found.xpath(f"{path}/Reason/text()") == ["testing"]
    clojure(client, "UnblockWorker", WorkerId="A1CLOJURE", Reason="tested")
    assert clojure(client, "GetBlockedWorkers").xpath(f"{path}/WorkerId/text()") == []


# ---- MATLAB: SOAP with a type on everything, the operation once more inside the Request -------------------------------

MESSAGE = (
    '<?xml version="1.0" encoding="utf-8"?>\n<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
    '   <soap:Body soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">\n'
    '      <n:{operation} xmlns:n="http://requester.mturk.amazonaws.com/doc/2012-03-25">\n{members}'
    "      </n:{operation}>\n   </soap:Body>\n</soap:Envelope>\n"
)


def typed(members, depth=9):
    """Everything is written as a string, structures too, one element a line."""
    text = ""
    for name, value in members.items():
        inner = (
            f"\n{typed(value, depth + 3)}{' ' * depth}" if isinstance(value, dict) else xml.sax.saxutils.escape(value)
        )
        text += f'{" " * depth}<{name} xsi:type="xs:string">{inner}</{name}>\n'
    return text


def matlab(client, operation, **members):
    given = common(client, operation)
    body = MESSAGE.format(operation=operation, members=typed({**given, "Request": {"Operation": operation, **members}}))
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f"http://soap.amazon.com/{operation}"}
    answer = client.send("POST", "/onca/soap", b"", body.encode(), headers)
    assert answer.status == 200
    (content,) = answer.root.find("{*}Body")
    result = content[1]
    assert result.findtext("{*}Request/{*}IsValid") == "True", answer.body
    return result


def test_a_message_in_which_everything_is_a_string_is_understood(scene):
    client = scene.requester()
    made = matlab(client, "CreateHIT", **TASK, Reward={"Amount": "0.03", "CurrencyCode": "USD"}, MaxAssignments="2")
    hit_id = made.findtext("{*}HITId")
    assignment_id = scene.work(hit_id, "A1MATLAB")
    found = matlab(client, "GetAssignmentsForHIT", HITId=hit_id, PageSize="10")
    assert found.findtext("{*}Assignment/{*}AssignmentId") == assignment_id
    matlab(client, "ApproveAssignment", AssignmentId=assignment_id)
    matlab(client, "ForceExpireHIT", HITId=hit_id)
    assert float(matlab(client, "GetAccountBalance").findtext("{*}AvailableBalance/{*}Amount")) > 0


# ---- C: a form without a Version, names compared in small letters -----------------------------------------------------


class Small(xml.sax.ContentHandler):
    """A parser that compares names in small letters and joins what stands in each."""

    def __init__(self):
        super().__init__()
        self.inside: list[str] = []
        self.texts: dict[str, str] = {}

    def startElement(self, name, _attributes):
        self.inside.append(name.lower())

    def endElement(self, _name):
        self.inside.pop()

    def characters(self, content):
        name = self.inside[-1]
        self.texts[name] = self.texts.get(name, "") + content


def in_c(client, operation, **members):
    given = {"Service": SERVICE, **common(client, operation), **members}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "*/*", "Expect": "100-continue"}
    answer = client.send(
        "POST", "/", b"", "&".join(f"{k}={quote(v, safe='')}" for k, v in given.items()).encode(), headers
    )
    found = Small()
    xml.sax.parseString(answer.body, found)  # noqa: S317 - the answer of the server under test
    return found.texts


def test_a_form_of_libcurl_without_a_version_makes_a_hit_with_three_requirements(requester):
    asked = {
        "Reward.1.Amount": "0.50",
        "Reward.1.CurrencyCode": "USD",
        "Keywords": "game,experiment",
        "MaxAssignments": "20",
        "QualificationRequirement.1.QualificationTypeId": "00000000000000000040",
        "QualificationRequirement.1.Comparator": "GreaterThanOrEqualTo",
        "QualificationRequirement.1.IntegerValue.1": "50",
        "QualificationRequirement.2.QualificationTypeId": "000000000000000000L0",
        "QualificationRequirement.2.Comparator": "GreaterThanOrEqualTo",
        "QualificationRequirement.2.IntegerValue.1": "95",
        "QualificationRequirement.3.QualificationTypeId": "00000000000000000071",
        "QualificationRequirement.3.Comparator": "EqualTo",
        "QualificationRequirement.3.LocaleValue.1.Country": "US",
    }
    made = in_c(requester, "CreateHIT", **TASK, **asked)
    assert "errors" not in made
    assert "message" not in made
    assert made["hitid"]
    assert "errors" not in in_c(requester, "DisableHIT", HITId=made["hitid"])
    refused = in_c(requester, "DisableHIT", HITId="NONSENSE")
    assert refused["code"]
    assert refused["message"]


# ---- JavaScript: documents cut into pieces, all work through one retry loop -------------------------------------------


class Script:
    """The functions of an interpreter of JavaScript that keeps its whole state in what the service tells it."""

    def __init__(self, client):
        self.client = client

    def request(self, operation, **members):
        """The answer without its declaration; errors as LookupError."""
        given = {"Service": SERVICE, "Version": "2008-08-02", **common(self.client, operation), **members}
        text = self.client.send("POST", "/", b"", urlencode(given).encode(), {}).body.decode()
        _, declaration, rest = text.partition("?>\n")
        assert declaration
        root = etree.fromstring(rest.encode())
        assert all(each.nsmap == {} for each in root.iter())
        code = next(root.iter("Code"), None)
        if code is not None:
            raise LookupError(code.text)
        return root

    def create(self, **more):
        made = self.request("CreateHIT", **TASK, **{"Reward.1.Amount": "0.01", "Reward.1.CurrencyCode": "USD"}, **more)
        return made.findtext("HIT/HITId")

    def assignments(self, hit_id):
        """Pages until as many were processed as there are."""
        page, met = 0, []
        while True:
            page += 1
            found = self.request("GetAssignmentsForHIT", HITId=hit_id, PageSize="2", PageNumber=str(page))[1]
            met += found.findall("Assignment")
            if len(met) >= int(found.findtext("TotalNumResults")) or not int(found.findtext("NumResults")):
                return met

    def delete(self, hit_id):
        """Disable; where that is refused, approve what was submitted and dispose."""
        try:
            self.request("DisableHIT", HITId=hit_id)
        except LookupError:
            if self.request("GetHIT", HITId=hit_id).findtext("HIT/HITStatus") == "Disposed":
                return
            for each in self.assignments(hit_id):
                if each.findtext("AssignmentStatus") == "Submitted":
                    self.request("ApproveAssignment", AssignmentId=each.findtext("AssignmentId"))
            self.request("DisposeHIT", HITId=hit_id)

    def read(self, element):
        """The answer, without its declaration and its namespace."""
        _, declaration, rest = element.findtext("Answer").partition("?>\n")
        assert declaration
        answers = etree.fromstring(rest.encode())
        return {each[0].text: each[1].text for each in answers}


def test_work_is_read_page_by_page_and_hits_are_deleted_in_every_state(scene):
    script = Script(scene.requester())
    hit_id = script.create(MaxAssignments="3")
    for number in range(3):
        scene.work(hit_id, f"A1SCRIPT{number}", newText=f"text {number}")
    assert [script.read(each) for each in script.assignments(hit_id)] == [{"newText": f"text {n}"} for n in range(3)]
    script.delete(hit_id)
    assert script.request("GetHIT", HITId=hit_id).findtext("HIT/HITStatus") == "Disposed"
    script.delete(hit_id)
    half = script.create(MaxAssignments="2")
    scene.work(half, "A1SCRIPT0")
    script.delete(half)
    assert {each.findtext("AssignmentStatus") for each in script.assignments(script.create())} == set()
    # what was asked for twice was done once
    script.request("DisableHIT", HITId=hit_id)


def test_numbered_from_zero_in_a_form_of_node(requester):
    """A module that flattens lists by their index, so from 0, and posts them as a form with its length in bytes."""
    members = {
        **TASK,
        "Title": "Ünïcode",
        "Question": FORM,
        "Reward.0.Amount": "0.01",
        "Reward.0.CurrencyCode": "USD",
        "QualificationRequirement.0.QualificationTypeId": "000000000000000000L0",
        "QualificationRequirement.0.Comparator": "GreaterThan",
        "QualificationRequirement.0.IntegerValue": "90",
        "UniqueRequestToken": uuid.uuid4().hex,
    }
    given = {"Service": SERVICE, "Version": "2012-03-25", **common(requester, "CreateHIT"), **members}
    body = urlencode(given).encode()
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8", "content-length": str(len(body))}
    made = requester.send("POST", "/", b"", body, headers).root
    found = requester.call("GetHIT", HITId=made.findtext("HIT/HITId"))
    assert found.findtext("Title") == "Ünïcode"
    assert found.findtext("QualificationRequirement/IntegerValue") == "90"
