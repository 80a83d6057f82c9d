"""What SOAP clients in Java, .NET, Ruby, Go and JavaScript send and need back, word for word."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

import pytest
import requests
from lxml import etree

from adapter.core.store import accounts
from tests.clients.wire import Wire, clock, hit_members, matches
from tests.fixtures_live import ask
from tests.legacy_client import EXTERNAL, Scene

DOC = "http://requester.mturk.amazonaws.com/doc/"
TURKIT = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkRequester/2008-08-02"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"


@pytest.fixture
def wire(live, live_store) -> Wire:
    """A client with an account of its own at the running server."""
    return Wire(live, accounts.create_account(live_store, "Requester"))


@pytest.fixture
def scene(live_store) -> Scene:
    """Where workers work."""
    return Scene(live_store, None)


def message(operation, inner, namespace, prefix="soapenv", header="", before=False):
    """An envelope with the credentials still to fill in; `before` puts the requests first."""
    who = "<AWSAccessKeyId>{key}</AWSAccessKeyId><Timestamp>{when}</Timestamp><Signature>{signature}</Signature>"
    parts = inner + who if before else who + inner
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{prefix}:Envelope xmlns:{prefix}="{ENVELOPE}">{header}<{prefix}:Body>'
        f'<{operation} xmlns="{namespace}">{parts}</{operation}></{prefix}:Body></{prefix}:Envelope>'
    )


def local(element):
    return etree.QName(element).localname


def found(payload, name):
    """The text of the first element of this name."""
    return next((each.text for each in payload.iter() if local(each) == name), None)


def creation(**more):
    members = {"Title": "A task", "Description": "Do it", "AssignmentDurationInSeconds": "600", **more}
    text = "".join(f"<{name}>{value}</{name}>" for name, value in members.items())
    reward = "<Reward><Amount>0.05</Amount><CurrencyCode>USD</CurrencyCode></Reward>"
    question = f"<Question>{escape(EXTERNAL)}</Question><LifetimeInSeconds>3600</LifetimeInSeconds>"
    return f"<Request>{text}{reward}{question}</Request>"


def test_turkit_sends_no_action_a_namespace_of_its_own_and_any_order_and_reads_by_expressions(wire, scene):
    kind = {"Content-Type": "application/soap+xml; charset=utf-8"}
    # MaxAssignments before Title breaks the schema's order, as TurKit does.
    inner = creation().replace("<Request>", "<Request><MaxAssignments>2</MaxAssignments>")
    payload = wire.soap(message("CreateHIT", inner, TURKIT), "CreateHIT", **kind)
    assert etree.QName(payload).namespace == TURKIT
    hit_id = re.search(r"<HITId>(.*?)</HITId>", wire.text)[1]
    assert matches(r"<soapenv:Envelope[^>]*><soapenv:Body><CreateHITResponse xmlns=", wire.text)
    assert wire.text.count("<IsValid>True</IsValid>") == 1
    scene.work(hit_id, "AWORKERONE1")
    inner = f"<Request><PageSize>100</PageSize><HITId>{hit_id}</HITId><PageNumber>1</PageNumber></Request>"
    wire.soap(message("GetAssignmentsForHIT", inner, TURKIT), "GetAssignmentsForHIT", **kind)
    for name in ("TotalNumResults", "NumResults", "PageNumber"):
        assert re.search(rf"<{name}>(\d+)</{name}>", wire.text)[1] == "1"
    assert all(matches(r"^[-\dT:]{19}Z$", each) for each in re.findall(r"<\w+Time>(.*?)</\w+Time>", wire.text))
    inner = (
        "<Request><PageNumber>1</PageNumber><SortDirection>Descending</SortDirection><PageSize>100</PageSize></Request>"
    )
    wire.soap(message("SearchHITs", inner, TURKIT), "SearchHITs", **kind)
    assert re.findall(r"<HIT>.*?<HITId>(.*?)</HITId>", wire.text) == [hit_id]


def test_go_puts_namespaces_on_envelope_and_body_and_times_of_nine_digits(wire):
    text = message("GetAccountBalance", "<Request></Request>", DOC + "2012-03-25")
    text = text.replace("soapenv:", "").replace(":soapenv", "").replace("<Body>", f'<Body xmlns="{ENVELOPE}">')
    when = clock("%Y-%m-%dT%H:%M:%S.123456789Z")
    kind = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": "http://soap.amazon.com"}
    payload = wire.soap(text, "GetAccountBalance", when, **kind)
    assert [local(each) for each in payload] == ["OperationRequest", "GetAccountBalanceResult"]
    assert found(payload, "RequestId")
    assert found(payload, "FormattedPrice") == "$10,000.00"


def test_ruby_aws_sends_a_header_and_prefixes_and_finds_a_request_id(wire):
    software = (
        '<X-Amazon-Software env:mustUnderstand="0" xmlns="http://amazonaws.com/header">ruby-aws/1.6</X-Amazon-Software>'
    )
    text = message("GetHIT", "<Request><HITId>NONSENSE</HITId></Request>", DOC + "2012-03-25", "env")
    text = text.replace("<env:Body>", f"<env:Header>{software}</env:Header><env:Body>")
    text = re.sub(r"<(/?)(?!env|\?xml|X-Amazon|/env|/X-Amazon)(\w)", r"<\1n2:\2", text).replace(
        "n2:GetHIT xmlns", "n2:GetHIT xmlns:n2"
    )
    payload = wire.soap(text, "GetHIT")
    assert local(payload) == "GetHITResponse"
    assert found(payload, "RequestId")
    assert [local(each) for each in payload] == ["OperationRequest", "HIT"], "an error inside the result, no fault"
    assert found(payload, "Code") == "AWS.MechanicalTurk.HITDoesNotExist"


@pytest.mark.parametrize("version", ["2011-10-01", "2012-03-25"])
def test_files_that_are_fetched_at_run_time_are_there(live, version):
    wsdl = requests.get(f"{live.url}/AWSMechanicalTurk/{version}/AWSMechanicalTurkRequester.wsdl", timeout=20)
    assert wsdl.status_code == 200
    root = etree.fromstring(wsdl.content)
    assert local(root) == "definitions"
    operations = {each.get("name") for each in root.iter("{http://schemas.xmlsoap.org/wsdl/}operation")}
    assert {"CreateHIT", "GetHIT", "SearchHITs", "GetAccountBalance"} <= operations
    for name in ("2005-10-01/QuestionForm", "2006-07-14/FormattedContentXHTMLSubset"):
        answer = requests.get(f"{live.url}/AWSMechanicalTurkDataSchemas/{name}.xsd", timeout=20)
        assert answer.status_code == 200
        assert local(etree.fromstring(answer.content)) == "schema"


def test_dotnet_expects_100_continue_and_sends_several_requests_in_one_call(wire):
    first = wire.get("CreateHIT", hit_members()).findtext("HIT/HITId")
    inner = f"<Request><HITId>{first}</HITId></Request><Request><HITId>NONSENSE</HITId></Request>"
    text = message("GetHIT", inner, DOC + "2012-03-25", "soap")
    when = clock("%Y-%m-%dT%H:%M:%S.321Z")
    body = text.format(key=wire.key.access_key_id, when=when, signature=wire.signature("GetHIT", when)).encode()
    head = b"POST / HTTP/1.1\r\nHost: mechanicalturk.amazonaws.com\r\nContent-Type: text/xml; charset=utf-8\r\n"
    head += b'SOAPAction: "http://soap.amazon.com"\r\nExpect: 100-continue\r\nConnection: close\r\n'
    answer = ask(wire.live, head + b"Content-Length: %d\r\n\r\n" % len(body), body, pause=0.3).decode()
    assert answer.startswith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")
    assert matches(r"(?i)\r\ncontent-type: text/xml", answer), "the .NET SDK refuses application/xml"
    root = etree.fromstring(answer.rpartition("\r\n\r\n")[2].encode())
    hits = root.findall(f".//{{{DOC}2012-03-25}}HIT")
    assert [each[0][0].text for each in hits] == ["True", "False"]
    assert found(hits[0], "HITId") == first


@pytest.mark.parametrize("chunked", [True, False])
def test_java_sends_chunked_bodies_or_http_1_0_with_characters_as_references(wire, chunked):
    inner = creation(Keywords="caf&#xE9;", RequesterAnnotation="&#xED;")
    text = message("CreateHIT", inner, DOC + "2014-08-15")
    when = clock("%Y-%m-%dT%H:%M:%S.321Z")
    body = text.format(key=wire.key.access_key_id, when=when, signature=wire.signature("CreateHIT", when)).encode()
    kind = b'Content-Type: text/xml; charset=utf-8\r\nSOAPAction: "http://soap.amazon.com"\r\n'
    if chunked:
        head = b"POST /?Service=AWSMechanicalTurkRequester HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        half = len(body) // 2
        pieces = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in (body[:half], body[half:], b""))
        answer = ask(wire.live, head + kind + b"Connection: close\r\n\r\n" + pieces)
    else:
        head = b"POST /?Service=AWSMechanicalTurkRequester HTTP/1.0\r\nHost: x\r\n"
        answer = ask(wire.live, head + kind + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    payload = etree.fromstring(answer.rpartition(b"\r\n\r\n")[2])
    hit_id = found(payload, "HITId")
    hit = wire.get("GetHIT", f"HITId={hit_id}").find("HIT")
    assert hit.findtext("Keywords") == "caf\N{LATIN SMALL LETTER E WITH ACUTE}"
    assert hit.findtext("RequesterAnnotation") == "\N{LATIN SMALL LETTER I WITH ACUTE}"


@pytest.mark.parametrize(
    ("version", "without"),
    [
        ("2007-06-21", {"HITGroupId", "HITLayoutId"}),
        ("2008-08-02", {"HITGroupId", "HITLayoutId"}),
        ("2012-03-25", {"NumberOfSimilarHITs"}),
        ("2014-08-15", {"NumberOfSimilarHITs"}),
    ],
)
def test_java_meets_no_element_that_its_version_lacked_in_the_namespace_of_the_request(wire, version, without):
    inner = creation().replace("</Request>", "<ResponseGroup>HITDetail</ResponseGroup></Request>")
    payload = wire.soap(message("CreateHIT", inner, DOC + version), "CreateHIT")
    assert {etree.QName(each).namespace for each in payload.iter()} == {DOC + version}
    assert found(payload, "HITStatus") == "Assignable"
    assert not without & {local(each) for each in payload.iter()}
    asked = "<Request><Statistic>NumberHITsCreated</Statistic><TimePeriod>LifeToDate</TimePeriod></Request>"
    payload = wire.soap(message("GetRequesterStatistic", asked, DOC + version), "GetRequesterStatistic")
    members = ["Request", "DataPoint"] + (["Statistic", "TimePeriod"] if version >= "2012" else [])
    assert [local(payload[1]), *map(local, payload[1])] == ["GetStatisticResult", *members]


@pytest.mark.parametrize("before", [True, False])
def test_requests_may_stand_before_the_credentials_and_may_be_empty(wire, before):
    payload = wire.soap(
        message("GetAccountBalance", "<Request/>", DOC + "2013-11-15", before=before), "GetAccountBalance"
    )
    assert found(payload, "IsValid") == "True"


def test_a_wrong_signature_and_an_unknown_operation_leave_no_result_element(wire, live):
    stranger = Wire(live, accounts.Key(wire.key.account_id, wire.key.access_key_id, "another"))
    payload = stranger.soap(message("GetAccountBalance", "<Request/>", DOC + "2012-03-25"), "GetAccountBalance")
    assert [local(each) for each in payload] == ["OperationRequest"]
    assert found(payload, "Code") == "AWS.NotAuthorized"
