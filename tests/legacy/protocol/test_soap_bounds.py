"""Faults, and messages that nobody should have sent: what is no message of this API costs little and gets an answer."""

from __future__ import annotations

import re
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapter.core import safe_xml
from adapter.core.errors import LegacyError
from adapter.legacy.operations.registry import load
from adapter.legacy.protocol import soap
from tests.counting import calls
from tests.legacy.protocol.envelopes import ENVELOPE, XML, fault_of, message, payload, send
from tests.legacy_client import NAMESPACE


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<",
        "<a",
        "<a/>",
        "<a></b>",
        "not xml at all",
        f'<Envelope xmlns="{ENVELOPE}"/>',
        f'<Envelope xmlns="{ENVELOPE}"><Body/></Envelope>',
        '<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"><Body><a/></Body></Envelope>',
        '<?xml version="1.0" encoding="ebcdic-cp-us"?><a/>',
        b"\xff\xfe<",
        b"<a>\xff</a>",
        "<a>\0</a>",
    ],
)
def test_what_is_no_message_of_this_api_is_a_client_fault(requester, body):
    answer = send(requester, body)
    assert answer.status == 500
    assert fault_of(answer).startswith("aws:Client.")
    assert answer.headers["Content-Type"] == "text/xml; charset=UTF-8"


@pytest.mark.parametrize(("method", "path", "status"), [("POST", "/nowhere", 404), ("POST", "/healthz", 405)])
def test_what_http_refuses_is_a_fault_to_a_soap_caller(requester, method, path, status):
    answer = requester.send(method, path, b"", b"<a/>", XML)
    assert (answer.status, fault_of(answer)) == (status, "aws:Client.AWS.BadRequest")


def test_too_large_a_message_is_a_fault(requester):
    answer = send(requester, b"<a>" + b"x" * 4 * 1024 * 1024)
    assert (answer.status, fault_of(answer)) == (413, "aws:Client.AWS.RequestTooLarge")


def entities(quantity):
    chain = "".join(
        f'<!ENTITY {chr(98 + number)} "{("&" + chr(97 + number) + ";") * 10}">' for number in range(quantity)
    )
    return f'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">{chain}]><l>&{chr(97 + quantity)};</l>'


OPENED = f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Body>'
BOMBS = {
    "entities": entities(9).encode(),
    "entities after a long comment": f"<!--{'x' * 5000}-->{entities(9)}".encode(),
    "entities in UTF-16": entities(9).encode("utf-16"),
    "an external entity": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "an external document type": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>',
    "depth": b"<a>" * 1_300_000,
    "closed depth": b"<a>" * 4000 + b"</a>" * 4000,
    "elements": (OPENED + "<a/>" * 1_000_000).encode(),
    "attributes": ("<a " + " ".join(f'a{number}=""' for number in range(300_000)) + "/>").encode(),
    "attributes behind a sham comment": ('<a b="<!--" ' + " ".join(f'a{n}=""' for n in range(300_000)) + "/>").encode(),
    "namespaces": ("<a " + " ".join(f'xmlns:a{number}="u:{number}"' for number in range(150_000)) + "/>").encode(),
    "a long name": b"<" + b"a" * 4_000_000 + b"/>",
    "instructions": (OPENED + "<?a b?>" * 500_000).encode(),
    "comments": (OPENED + "<!---->" * 500_000).encode(),
    "open comments": (OPENED + "<!--" * 900_000).encode(),
    "open CDATA": (OPENED + "<![CDATA[" * 400_000).encode(),
    "an open quotation": b'<a b="' + b"x" * 4_000_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_cheap_and_gets_a_fault(requester, name, monkeypatch):
    bomb = BOMBS[name]
    tracemalloc.start()
    _refused(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * 2**20
    assert (_bytes_parsed(bomb, monkeypatch) <= 100_000, calls(lambda: _refused(bomb)) < 200) == (True, True)
    answer = send(requester, bomb)
    assert (answer.status, fault_of(answer)) == (500, "aws:Client.AWS.BadRequest")
    assert b"root:" not in answer.body


def _refused(bomb):
    with pytest.raises(LegacyError):
        soap.parse(bomb, "", 5000)


def _bytes_parsed(bomb, monkeypatch):
    """How much of it ever reaches libxml2, whose time grows faster than what it reads."""
    read, real = [0], safe_xml.etree.fromstring

    def fromstring(text, *more):
        read.append(len(text))
        return real(text, *more)

    with monkeypatch.context() as patch:
        patch.setattr(safe_xml.etree, "fromstring", fromstring)
        _refused(bomb)
    return sum(read)


def test_a_page_in_cdata_may_have_its_own_document_type(requester):
    page = (
        '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/'
        'HTMLQuestion.xsd"><HTMLContent>&lt;!DOCTYPE html>&lt;html>&lt;head>&lt;title>t&lt;/title>&lt;/head>&lt;body>'
        '&lt;form name="mturk_form" method="post" action="https://workersandbox.mturk.com/mturk/externalSubmit">'
        '&lt;input type="hidden" name="assignmentId" value="">&lt;input name="q1">&lt;/form>&lt;/body>&lt;/html>'
        "</HTMLContent><FrameHeight>450</FrameHeight></HTMLQuestion>"
    )
    inner = (
        f"<Request><Title>t</Title><Description>d</Description><Question><![CDATA[{page}<!-- <!DOCTYPE a> -->]]></Question>"
        "<Reward><Amount>0.05</Amount><CurrencyCode>USD</CurrencyCode></Reward><LifetimeInSeconds>3600</LifetimeInSeconds>"
        "<AssignmentDurationInSeconds>60</AssignmentDurationInSeconds></Request>"
    )
    result = payload(send(requester, message(requester, "CreateHIT", inner)))[1]
    assert result.findtext("Request/IsValid") == "True", etree.tostring(result)


def test_a_message_of_two_megabytes_with_a_hundred_requests_is_answered_in_order(requester):
    wide = "x" * 20_000
    ids = [f"ABSENT{number}" for number in range(100)]
    answer = requester.soap("GetHIT", *({"HITId": each, "Unknown": wide} for each in ids))
    messages = [each.text for each in answer.root.iter("{*}Message")]
    assert [re.search(r"ABSENT\d+", each)[0] for each in messages] == ids
    half = calls(lambda: requester.soap("GetHIT", *({"HITId": each, "Unknown": wide} for each in ids[:50])))
    assert calls(lambda: requester.soap("GetHIT", *({"HITId": each, "Unknown": wide} for each in ids))) < 3 * half


@given(st.one_of(st.binary(max_size=300), st.text(alphabet="<>&;/!?[]-='\" abCDATDOTYPE:\0\ufffe", max_size=200)))
def test_no_bytes_sent_as_soap_yield_anything_but_xml(in_process, body):
    app, _ = in_process
    body = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    answer = app.test_client().post("/onca/soap", data=body, headers=XML)
    assert answer.status_code in {200, 500}
    etree.fromstring(answer.get_data())


NAMES = st.sampled_from(["Request", "HITId", "PageSize", "Operation", "Signature", "Timestamp", "Validate", "a-b", "é"])
TREES = st.recursive(
    st.text(alphabet="aZ09 é&", max_size=8).map(lambda text: text.replace("&", "&amp;")),
    lambda inner: st.lists(st.tuples(NAMES, inner), max_size=4).map(
        lambda parts: "".join(f"<{name}>{text}</{name}>" for name, text in parts)
    ),
    max_leaves=12,
)


@given(st.sampled_from([*sorted(load()), "Nope", "x.y", "é"]), TREES)
def test_no_message_yields_anything_but_an_envelope(in_process, operation, inner):
    app, _ = in_process
    body = f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Body><{operation} xmlns="{NAMESPACE}2014-08-15">{inner}</{operation}>'
    answer = app.test_client().post("/", data=f"{body}</e:Body></e:Envelope>".encode(), headers=XML)
    assert etree.fromstring(answer.get_data()).tag == f"{{{ENVELOPE}}}Envelope"


def test_a_message_holds_a_hundred_requests(requester):
    def asked(times):
        return send(requester, message(requester, "GetAccountBalance", "<Request></Request>" * times))

    assert asked(100).body.count(b"<AvailableBalance>") == 100
    refused = asked(101)
    assert refused.body.count(b"<AvailableBalance>") == 0
    assert b"AWS.MaximumParameterRequirement" in refused.body
