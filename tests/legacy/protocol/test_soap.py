"""SOAP messages read into calls, answered and refused, black box through the application."""

from __future__ import annotations

import json
import re
import time

import pytest
from botocore.exceptions import EndpointConnectionError
from lxml import etree

from adapter import create_app
from adapter.core.database import open_store
from adapter.core.errors import LegacyError
from adapter.core.settings import Settings
from adapter.legacy.protocol import soap
from tests.legacy.protocol.envelopes import ENVELOPE, fault_of, message, payload, send
from tests.legacy_client import NAMESPACE, SERVICE, Client, Scene, elements, hmac_sha1, moment, through_flask


@pytest.mark.parametrize("path", ["/", "/onca/soap", "/onca/xml", "/onca/soap?Service=AWSMechanicalTurkRequester"])
@pytest.mark.parametrize(
    "kind",
    ["text/xml", "text/xml; charset=utf-8", "application/soap+xml; charset=utf-8", "application/xml", "", "text/plain"],
)
def test_a_message_is_known_by_its_body_on_every_path_under_every_label(requester, path, kind):
    body = message(requester, "GetAccountBalance", "<Request/>")
    answer = send(requester, body, path, {"Content-Type": kind} if kind else {})
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/xml; charset=UTF-8"
    assert payload(answer).findtext("GetAccountBalanceResult/AvailableBalance/Amount") == "10000.000"


def test_a_form_that_calls_itself_xml_is_still_a_form(requester):
    answer = requester.raw("GetAccountBalance", headers={"Content-Type": "text/xml"})
    assert answer.root.tag == "GetAccountBalanceResponse"


def test_the_reply_is_wrapped_as_recorded(requester):
    body = send(requester, message(requester, "GetAccountBalance", "<Request></Request>")).body.decode()
    assert body.startswith(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<soapenv:Envelope xmlns:soapenv="{ENVELOPE}"><soapenv:Body>'
        f'<GetAccountBalanceResponse xmlns="{NAMESPACE}2014-08-15"><OperationRequest><RequestId>'
    )
    assert "<GetAccountBalanceResult><Request><IsValid>True</IsValid></Request><AvailableBalance>" in body
    assert body.endswith("</GetAccountBalanceResponse></soapenv:Body></soapenv:Envelope>\n")


@pytest.mark.parametrize(
    ("sent", "echoed"),
    [("SOAP-ENV", "SOAP-ENV"), ("soap11", "soap11"), ("env", "env"), ("", "soapenv"), ("x" * 60, "soapenv")],
)
def test_the_callers_envelope_prefix_comes_back(requester, sent, echoed):
    answer = send(requester, message(requester, "GetAccountBalance", "<Request/>", envelope=sent))
    assert f"<{echoed}:Body><GetAccountBalanceResponse xmlns=" in answer.body.decode()


@pytest.mark.parametrize(
    "namespace",
    [
        "http://requester.mturk.amazonaws.com/doc/2007-06-21",
        "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkRequester/2008-08-02",
        "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkRequester/2006-08-23",
        "http://requester.mturk.amazonaws.com/doc/2011-10-01",
    ],
)
def test_both_namespaces_are_served_and_come_back(requester, namespace):
    answer = send(requester, message(requester, "GetAccountBalance", "<Request/>", namespace=namespace))
    assert answer.root[0][0].tag == f"{{{namespace}}}GetAccountBalanceResponse"


def test_a_prefixed_payload_is_answered_without_prefix(requester):
    body = message(requester, "GetAccountBalance", "<n2:Request/>", prefix="n2:")
    answer = send(requester, body)
    assert f'<GetAccountBalanceResponse xmlns="{NAMESPACE}2014-08-15">' in answer.body.decode()
    assert payload(answer).findtext("GetAccountBalanceResult/Request/IsValid") == "True"


def test_an_unknown_version_is_refused_by_name(requester):
    answer = send(requester, message(requester, "GetAccountBalance", "<Request/>", namespace=NAMESPACE + "2010-01-01"))
    assert (answer.status, answer.code) == (200, "AWS.InvalidServiceVersion")
    assert [each.tag for each in payload(answer)] == ["OperationRequest"]


def test_a_foreign_namespace_is_a_fault(requester):
    answer = send(requester, message(requester, "GetAccountBalance", "<Request/>", namespace="urn:other"))
    assert (answer.status, fault_of(answer)) == (500, "aws:Client.AWS.BadRequest")


def test_an_unknown_operation_and_a_wrong_signature_stand_outside_any_result(requester):
    unknown = send(requester, message(requester, "MakeTea", "<Request/>"))
    assert (unknown.status, unknown.code) == (200, "AWS.InvalidOperationParameter")
    wrong = Client(type(requester.key)(**{**vars(requester.key), "secret_access_key": "x"}), requester.send)
    refused = send(wrong, message(wrong, "GetAccountBalance", "<Request/>"))
    assert (refused.status, refused.code) == (200, "AWS.NotAuthorized")
    for each in (unknown, refused):
        assert [part.tag for part in payload(each)] == ["OperationRequest"]


def test_the_time_is_signed_as_its_text_stands(requester):
    for when in (moment()[:-1] + ".321Z", moment()[:-1] + "+00:00", moment()[:-1] + ".123456789Z"):
        answer = send(requester, message(requester, "GetAccountBalance", "<Request/>", when=when))
        assert payload(answer).findtext("GetAccountBalanceResult/Request/IsValid") == "True"


def test_an_operation_error_stands_in_its_result(requester):
    answer = requester.soap("GetHIT", {"HITId": "NONESUCH"})
    result = payload(answer)[1]
    assert (answer.status, result.tag) == (200, "HIT")
    assert [each.tag for each in result] == ["Request"]
    assert result.findtext("Request/IsValid") == "False"
    assert result.findtext("Request/Errors/Error/Code") == "AWS.MechanicalTurk.HITDoesNotExist"


def test_help_needs_no_credentials(requester):
    body = (
        f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Body><Help xmlns="{NAMESPACE}2014-08-15"><Request><About>GetHIT</About>'
        "<HelpType>Operation</HelpType></Request></Help></s:Body></s:Envelope>"
    )
    assert payload(send(requester, body)).findtext("Information/OperationInformation/Name") == "GetHIT"


def test_several_requests_are_answered_in_order_each_with_its_own_error(requester):
    types = [requester.qualification_type(f"Batch {number} {time.time_ns()}") for number in range(3)]
    asked = [types[0], "NOTHING", types[1], types[2]]
    results = payload(requester.soap("GetQualificationType", *({"QualificationTypeId": each} for each in asked)))[1:]
    assert [each.findtext("Request/IsValid") for each in results] == ["True", "False", "True", "True"]
    assert [each.findtext("QualificationTypeId") for each in results] == [types[0], None, types[1], types[2]]


def test_a_response_group_beside_the_requests_holds_for_all(requester):
    ids = [requester.hit(), requester.hit()]
    answer = requester.soap(
        "GetHIT", *({"HITId": each} for each in ids), wrapper="<ResponseGroup>Minimal</ResponseGroup>"
    )
    for result in payload(answer)[1:]:
        assert [each.tag for each in result] == ["Request", "HITId", "HITTypeId"]


def test_an_element_with_nil_counts_as_absent(requester):
    nil = '<{0} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>'
    inner = f"<Request><SortProperty>Enumeration</SortProperty>{nil.format('PageSize')}{nil.format('SortDirection')}</Request>"
    assert payload(send(requester, message(requester, "SearchHITs", inner)))[1].findtext("Request/IsValid") == "True"


def test_validate_checks_and_changes_nothing(requester):
    inner = f"<Validate>true</Validate><Request>{elements({'Name': 'Never', 'Description': 'd'})}</Request>"
    inner = inner.replace("</Request>", "<QualificationTypeStatus>Active</QualificationTypeStatus></Request>")
    result = payload(send(requester, message(requester, "CreateQualificationType", inner)))[1]
    assert [each.tag for each in result] == ["Request"]
    found = requester.call("SearchQualificationTypes", Query="Never", MustBeOwnedByCaller="true")
    assert found.findtext("TotalNumResults") == "0"


@pytest.mark.parametrize(
    ("encoding", "declared", "charset"),
    [
        ("utf-8", "utf-8", ""),
        ("utf-8", "", "utf-8"),
        ("utf-8-sig", "", ""),
        ("utf-16", "utf-16", ""),
        ("utf-16", "", "utf-16"),
        ("utf-16-le", "utf-16", ""),
        ("iso-8859-1", "ISO-8859-1", ""),
        ("iso-8859-1", "", "iso-8859-1"),
        ("windows-1252", "windows-1252", "utf-8"),
        ("utf-8", "utf-16", ""),
    ],
)
def test_the_encoding_is_the_one_declared(requester, encoding, declared, charset):
    name = f"Größe ñ {time.time_ns()}"
    inner = elements({"Name": name, "Description": "d", "QualificationTypeStatus": "Active"})
    text = message(requester, "CreateQualificationType", f"<Request>{inner}</Request>")
    if declared:
        text = f'<?xml version="1.0" encoding="{declared}"?>\n{text}'
    headers = {"Content-Type": "text/xml" + (f"; charset={charset}" if charset else "")}
    answer = send(requester, text.encode(encoding), headers=headers)
    assert payload(answer)[1].findtext("Name") == name


def test_the_code_for_a_foreign_object_is_spelled_as_soap_clients_know_it(scene):
    owner, stranger = scene.requester(), scene.requester()
    type_id = owner.qualification_type(f"Mine {time.time_ns()}")
    members = {"QualificationTypeId": type_id, "WorkerId": "A1EXAMPLEWORKER", "IntegerValue": "1"}
    rest = stranger.error("AssignQualification", **members)
    over_soap = stranger.soap("AssignQualification", members).code
    if rest.endswith("PermissionDenied"):
        assert over_soap == rest + "Exception"
    else:
        assert over_soap == rest
    error = LegacyError("AWS.MechanicalTurk.PermissionDenied", "m")
    assert soap.spelled(error).code == "AWS.MechanicalTurk.PermissionDeniedException"


@pytest.fixture
def cut_off(in_process, monkeypatch):
    """Cut the upstream off for the workers with these ids: no connection, so certainly nothing happened."""
    app, _ = in_process
    upstream = app.extensions["adapter"].upstream
    answer, workers = upstream.answer, set()

    def cut(account_id, operation, body):
        if operation == "AssociateQualificationWithWorker" and json.loads(body)["WorkerId"] in workers:
            raise EndpointConnectionError(endpoint_url="http://marketplace.invalid")
        return answer(account_id, operation, body)

    monkeypatch.setattr(upstream, "answer", cut)
    return workers.update


def test_an_unreachable_upstream_in_a_batch_does_not_lose_what_was_done(requester, cut_off):
    type_id = requester.qualification_type(f"Cut {time.time_ns()}")
    cut_off({"A2"})
    assigned = [{"QualificationTypeId": type_id, "WorkerId": each, "IntegerValue": "5"} for each in ("A1", "A2", "A3")]
    answer = requester.soap("AssignQualification", *assigned)
    assert answer.status == 200
    results = payload(answer)[1:]
    assert [each.findtext("Request/IsValid") for each in results] == ["True", "False", "True"]
    assert results[1].findtext("Request/Errors/Error/Code") == "AWS.ServiceUnavailable"
    listed = requester.call("GetQualificationsForQualificationType", QualificationTypeId=type_id)
    assert sorted(each.findtext("SubjectId") for each in listed.iter("Qualification")) == ["A1", "A3"]


def test_an_unreachable_upstream_is_a_fault_on_which_old_clients_repeat(requester, cut_off):
    type_id = requester.qualification_type(f"Cut off {time.time_ns()}")
    cut_off({"A1", "A2"})
    assigned = [{"QualificationTypeId": type_id, "WorkerId": each, "IntegerValue": "5"} for each in ("A1", "A2")]
    for batch in (assigned[:1], assigned):
        answer = requester.soap("AssignQualification", *batch)
        assert (answer.status, fault_of(answer)) == (500, "aws:Server.ServiceUnavailable")


def test_what_half_of_the_servers_time_did_not_suffice_for_is_refused_and_not_lost(tmp_path):
    settings = Settings(data=tmp_path / "data", sqlite_synchronous="NORMAL", request_timeout=1)
    store = open_store(settings)
    store.migrate()
    app = create_app(settings)
    client = Scene(store, through_flask(app)).requester()
    type_id = client.qualification_type("Slow")
    upstream = app.extensions["adapter"].upstream
    answer = upstream.answer

    def slow(account_id, operation, body):
        time.sleep(0.3)
        return answer(account_id, operation, body)

    upstream.answer = slow
    assigned = [{"QualificationTypeId": type_id, "WorkerId": f"A{number}", "IntegerValue": "5"} for number in range(5)]
    results = payload(client.soap("AssignQualification", *assigned))[1:]
    valid = [each.findtext("Request/IsValid") for each in results]
    assert valid == sorted(valid, reverse=True)
    assert {"True", "False"} == set(valid)
    assert {each.text for each in results[-1].iter("Code")} == {"AWS.ServiceUnavailable"}
    listed = client.call("GetQualificationsForQualificationType", QualificationTypeId=type_id)
    assert listed.findtext("TotalNumResults") == str(valid.count("True"))
    store.close()


# ---- what was captured of real clients -------------------------------------------------------------------------------


@pytest.mark.parametrize("capture", ["ruby_aws_soap", "turk50"])
def test_messages_of_real_clients_are_understood(requester, contract_dir, capture):
    lines = (contract_dir / "clients" / "captures" / f"{capture}.jsonl").read_text().splitlines()
    seen = 0
    for line in lines:
        call = json.loads(line)
        if call["method"] != "POST" or not call.get("signature_ok"):
            continue
        when = moment()
        signature = hmac_sha1(requester.key.secret_access_key, SERVICE + call["operation"] + when)
        body = call["body"].replace(call["timestamp"], when).replace(call["signature"], signature)
        body = re.sub(r"(AWSAccessKeyId>)[^<]+<", rf"\g<1>{requester.key.access_key_id}<", body)
        headers = {
            name: value for name, value in call["headers"] if name not in {"Host", "Content-Length", "Connection"}
        }
        answer = send(requester, body, call["path"], headers)
        recorded = etree.fromstring(call["response"].encode())
        assert answer.status == 200
        assert answer.root[0][0].tag == recorded[0][0].tag, call["operation"]
        outside = [each.text for each in answer.root[0][0][0].iter("{*}Code")]
        assert not outside, (call["operation"], outside)
        assert answer.root[0][0][1].tag == recorded[0][0][1].tag
        seen += 1
    assert seen > 20


@pytest.mark.parametrize(
    "sample",
    ["santacruz_php.soap.CreateHIT", "turk50_php.soap.SetHITTypeNotification", "turkit.soap.GetReviewableHITs"],
)
def test_documented_messages_are_understood(requester, contract_dir, sample):
    text = (contract_dir / "contract" / "samples" / "requests" / f"{sample}.txt").read_text()
    head, _, body = text.partition("\n\n")
    path = head.split()[1]
    kind = re.search(r"(?i)content-type: (.*)", head)[1]
    operation = sample.rpartition(".")[2]
    when = moment()
    body = re.sub(r"(AWSAccessKeyId>)[^<]+<", rf"\g<1>{requester.key.access_key_id}<", body)
    body = re.sub(r"(Timestamp>)[^<]+<", rf"\g<1>{when}<", body)
    body = re.sub(
        r"(Signature>)[^<]+<",
        rf"\g<1>{hmac_sha1(requester.key.secret_access_key, SERVICE + operation + when)}<",
        body,
    )
    answer = send(requester, body, path, {"Content-Type": kind})
    assert answer.status == 200
    reply = payload(answer)
    assert reply.tag == f"{operation}Response"
    assert reply.find("OperationRequest/Errors") is None
