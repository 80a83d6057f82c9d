"""Every failure is answered in XML with a code that old clients can read, and tells nothing of the inside."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lxml import etree

from adapter.core.versions import VERSIONS
from adapter.legacy import view
from adapter.legacy.operations import registry
from adapter.legacy.protocol.binding import members
from tests.counting import calls
from tests.legacy_client import A_HIT, SERVICE, flatten, moment, signed

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TURK = "AWS.MechanicalTurk."


def top(answer, status, code):
    """The shape outside of any operation's envelope."""
    assert answer.status == status
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert answer.root.tag == "Response"
    assert answer.root.findtext("Errors/Error/Code") == code
    assert "Traceback" not in answer.body.decode()


def platform(answer, code):
    """An error of the whole call: under 200, in OperationRequest, without a result."""
    assert answer.status == 200
    assert [each.tag for each in answer.root] == ["OperationRequest"]
    assert answer.root.findtext("OperationRequest/Errors/Error/Code") == code


@pytest.mark.parametrize("path", ["/nothing", "/onca/xml/more", "/onca", "/../etc/passwd", "/%00"])
def test_an_unknown_path_is_404_in_xml(scene, path):
    top(scene.send("GET", path, b"", b"", {}), 404, "AWS.BadRequest")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_405_in_xml(scene, method):
    answer = scene.send(method, "/", b"Operation=GetHIT", b"", {})
    top(answer, 405, "AWS.BadRequest")
    assert "POST" in answer.headers["Allow"]


def test_a_body_over_the_limit_is_413_in_xml(scene):
    top(
        scene.send("POST", "/", b"", b"Operation=GetHIT&x=" + b"a" * (4 * 1024 * 1024), FORM),
        413,
        "AWS.RequestTooLarge",
    )


def test_a_question_of_64_kb_fits_in_a_get_and_in_a_post(any_scene):
    client = any_scene.requester()
    filler = "<!--" + "x" * (65535 - len(A_HIT["Question"]) - 7) + "-->"
    question = A_HIT["Question"].replace("<ExternalURL>", filler + "<ExternalURL>")
    assert len(question) == 65535
    hit_id = client.hit(Question=question)
    assert client.call("GetHIT", HITId=hit_id).findtext("Question") == question
    assert client.error("CreateHIT", **{**A_HIT, "Question": question + " "}) == TURK + "InvalidParameterValue"


def test_more_parameters_than_allowed_are_refused(requester):
    answer = requester.raw("GetHIT", [(f"a{number}", "b") for number in range(6000)])
    assert answer.code == "AWS.MaximumParameterRequirement"


def test_a_joined_list_beyond_all_measure_is_refused(requester):
    members = [("MessageText", "m"), ("WorkerId", "A1," * 2000)]
    assert requester.raw("NotifyWorkers", members).code == "AWS.MaximumParameterRequirement"


def test_help_is_bounded_for_strangers(scene):
    asked = ",".join(["GetHIT"] * 51)
    assert scene.send("POST", "/", b"", f"Operation=Help&About={asked}".encode(), FORM).code == (
        "AWS.MaximumParameterRequirement"
    )
    batch = "&".join(f"Help.{number}.About=GetHIT" for number in range(11))
    answer = scene.send("POST", "/", b"", f"Operation=Help&{batch}".encode(), FORM)
    platform(answer, "AWS.MaximumParameterRequirement")


@pytest.mark.parametrize("piece", [b"%41", b"%41a", b"=", b"+", b"%", b"%z", b"&", b"a&", b"\xe9", b"%C3%A9"])
def test_megabytes_from_strangers_cost_no_more_steps_than_a_few_bytes(requester, piece):
    def send(times):
        requester.send("POST", "/", b"", b"Operation=GetHIT&HITId=" + piece * times, FORM)

    send(1)
    assert calls(lambda: send(4_000_000 // len(piece))) < 3 * calls(lambda: send(1))


def test_percent_signs_that_begin_no_escape_are_read_unless_there_are_thousands_of_them(requester):
    body = b"Operation=GetHIT&HITId=" + b"%" * 20_000
    assert requester.send("POST", "/", b"", body, FORM).code == "AWS.BadCredentialSupplied"
    assert requester.send("POST", "/", b"", body + b"%z", FORM).code == "AWS.MaximumParameterRequirement"


def test_a_batch_holds_a_hundred_requests(requester):
    whole = [(f"GetAccountBalance.{number}.Nothing", "") for number in range(1, 101)]
    assert len(requester.raw("GetAccountBalance", whole).root.findall("GetAccountBalanceResult")) == 100
    answer = requester.raw("GetAccountBalance", [*whole, ("GetAccountBalance.101.Nothing", "")])
    platform(answer, "AWS.MaximumParameterRequirement")


def test_a_batch_that_asks_for_more_text_than_an_answer_holds_is_refused_from_there_on(requester, monkeypatch):
    hit_id = requester.hit()
    whole = [(f"GetHIT.{number}.HITId", hit_id) for number in range(1, 5)]
    assert requester.raw("GetHIT", whole).code == ""
    monkeypatch.setattr(view, "MOST_LETTERS", 2 * len(A_HIT["Question"]))
    results = requester.raw("GetHIT", whole).root.findall("HIT")
    assert [each.findtext("Request/IsValid") for each in results] == ["True", "True", "False", "False"]
    assert results[-1].findtext("Request/Errors/Error/Code") == "AWS.ServiceUnavailable"


def test_a_name_nested_too_deeply_is_refused(requester):
    assert requester.raw("GetHIT", [("a." * 30 + "b", "c")]).code == "AWS.InvalidParameterValue"


def test_an_unknown_operation_is_refused_as_a_whole(requester):
    platform(requester.raw("RaiseTheDead"), "AWS.InvalidOperationParameter")


def test_an_operation_whose_name_is_no_name_gets_the_shape_without_it(scene):
    answer = scene.send("POST", "/", b"", b"Operation=%3Cscript%3E", FORM)
    assert answer.code == "AWS.InvalidOperationParameter"
    assert answer.root.tag == "Response"


def test_an_unknown_version_is_refused_and_the_known_ones_are_named(requester):
    answer = requester.at("2017-01-17").raw("GetHIT", [("HITId", "X")])
    platform(answer, "AWS.InvalidServiceVersion")
    assert all(version in answer.body.decode() for version in VERSIONS)


def test_another_service_is_refused(requester):
    answer = requester.raw("GetHIT", [("Service", "AWSECommerceService"), ("HITId", "X")])
    # the client itself sends the right name first; the first one counts
    assert answer.code == TURK + "HITDoesNotExist"
    query = urlencode([("Service", "AWSECommerceService"), ("Operation", "GetHIT")]).encode()
    assert requester.send("GET", "/", query, b"", {}).code == "AWS.InvalidServiceParameter"


def test_a_call_without_an_operation_names_what_is_missing(scene):
    answer = scene.send("POST", "/", b"", b"Service=" + SERVICE.encode(), FORM)
    assert answer.code == "AWS.MissingParameters"
    assert "Operation" in answer.body.decode()


@pytest.mark.parametrize("body", [b"", b"\xc3\x28\x00", b"%", b"=", b"&&&&", b"Operation", b"{}", b"a" * 5000])
def test_what_is_no_call_at_all_is_answered_in_xml(scene, body):
    answer = scene.send("POST", "/", b"", body, FORM)
    assert answer.code == "AWS.MissingParameters"


def test_the_signature_and_the_time_are_told_apart(scene):
    client = scene.requester()
    platform(client.raw("GetAccountBalance", when=moment(-7200)), "RequestExpired")
    other = scene.requester()
    mixed = type(client)(
        key=type(other.key)(other.key.account_id, client.key.access_key_id, "another secret"), send=client.send
    )
    platform(mixed.raw("GetAccountBalance"), "AWS.NotAuthorized")
    stranger = type(client)(key=type(other.key)("-", "AKIANOBODY", "secret"), send=client.send)
    platform(stranger.raw("GetAccountBalance"), "AWS.NotAuthorized")


def test_a_stranger_learns_nothing_about_arguments(scene):
    answer = scene.send("POST", "/", b"", b"Operation=GetHIT&HITId=&MaxAssignments=green", FORM)
    platform(answer, "AWS.BadCredentialSupplied")


def test_a_parameter_that_was_signed_by_boto_may_not_be_changed(scene):
    client = scene.requester(scheme="1")
    pairs = signed(client.key, "GetHIT", [("HITId", "3A"), ("Version", "2014-08-15")], "1")
    changed = [(name, "3B" if name == "HITId" else value) for name, value in pairs]
    platform(client.send("POST", "/", b"", urlencode(changed).encode(), FORM), "AWS.NotAuthorized")


def test_messages_end_in_the_millisecond_token(requester):
    requester.error("GetHIT", HITId="3NOBODY")
    assert re.search(r"\(\d{13}( s)?\)$", requester.last.root.findtext(".//Message"))


def test_a_failure_inside_tells_a_reference_and_nothing_else(in_process, requester, monkeypatch, caplog):
    app, _ = in_process
    monkeypatch.setattr(app.extensions["adapter"].upstream, "client", lambda *_, **__: 1 / 0)
    assert requester.error("GetAccountBalance") == "AWS.ServiceUnavailable"
    text = requester.last.body.decode()
    assert requester.last.status == 200
    assert requester.last.headers["x-amzn-RequestId"] in text
    assert "division" not in text
    assert "ZeroDivisionError" in caplog.text
    assert requester.key.secret_access_key not in caplog.text


# ---- any parameters at all -------------------------------------------------------------------------------------------

NAMES = sorted(
    {member.name for each in registry.load().values() for member in members(each.function)}
    | {"Reward.1.Amount", "Reward.Amount", "Notification.1.EventType.1", "QualificationRequirement.1.Comparator"}
    | {"ResponseGroup", "ResponseGroup0", "Version", "Validate", "SignatureVersion", "Timestamp", "Service"}
)
VALUES = st.one_of(
    st.sampled_from(
        [
            "",
            "None",
            "true",
            "1",
            "-1",
            "0",
            "0.05",
            "US",
            "Minimal",
            "Request",
            "HITDetail",
            "2006-10-31",
            "Descending",
        ]
    ),
    st.sampled_from(sorted({value for _, value in flatten(A_HIT)})),
    st.text(max_size=30),
    st.integers().map(str),
)
PARAMETERS = st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), st.text(max_size=12)), VALUES), max_size=8)


@pytest.fixture(scope="module")
def codes(contract_dir):
    """All codes of the contract, and those of this gateway that the contract leaves open."""
    catalog = json.loads((contract_dir / "contract" / "catalog.json").read_text())
    named = {each["code"] for each in catalog["error_codes"]} | set(catalog["error_codes_unconfirmed"])
    return named | {"RequestExpired", "AWS.BadRequest", "AWS.InvalidServiceVersion", "AWS.RequestTooLarge"}


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    operation=st.one_of(st.sampled_from(sorted(registry.load())), st.text(max_size=12)),
    parameters=PARAMETERS,
    sign=st.booleans(),
    get=st.booleans(),
)
def test_no_parameters_yield_anything_but_xml_with_a_known_code(scene, codes, operation, parameters, sign, get):
    client = _one(scene)
    pairs = signed(client.key, operation, parameters) if sign else [("Operation", operation), *parameters]
    text = urlencode([(name, value.encode("utf-8", "surrogatepass")) for name, value in pairs]).encode()
    answer = scene.send("GET", "/", text, b"", {}) if get else scene.send("POST", "/", b"", text, FORM)
    assert answer.status == 200
    root = etree.fromstring(answer.body)
    assert answer.body.startswith(b'<?xml version="1.0"?>\n')
    code = answer.code
    assert code in codes or (code == "" and root[1].findtext("Request/IsValid") == "True"), (code, answer.body)
    assert code != "AWS.ServiceUnavailable", answer.body


_CLIENTS: dict[int, object] = {}


def _one(scene):
    """One account for all examples: making one costs more than a call."""
    return _CLIENTS.setdefault(id(scene.store), scene.requester())
