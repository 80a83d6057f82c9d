"""An old client for tests: one interface over REST (both signature schemes) and SOAP, in process and over HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import requests
from lxml import etree

from adapter.core.store import accounts
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.questions.documents import GivenAnswer

SERVICE = "AWSMechanicalTurkRequester"
NAMESPACE = "http://requester.mturk.amazonaws.com/doc/"
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"

EXTERNAL = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/'
    'ExternalQuestion.xsd"><ExternalURL>https://example.com/task</ExternalURL><FrameHeight>400</FrameHeight>'
    "</ExternalQuestion>"
)
FORM = (
    '<QuestionForm xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionForm.xsd">'
    "<Question><QuestionIdentifier>q1</QuestionIdentifier><IsRequired>true</IsRequired>"
    "<QuestionContent><Text>Name a colour</Text></QuestionContent>"
    "<AnswerSpecification><FreeTextAnswer/></AnswerSpecification></Question></QuestionForm>"
)
HTML = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd">'
    "<HTMLContent><![CDATA[<!DOCTYPE html><html><head><title>t</title></head><body>"
    '<form name="mturk_form" method="post" action="https://workersandbox.mturk.com/mturk/externalSubmit">'
    '<input type="hidden" name="assignmentId" value=""><input name="q1"></form></body></html>]]></HTMLContent>'
    "<FrameHeight>450</FrameHeight></HTMLQuestion>"
)

#: What CreateHIT and RegisterHITType need at least.
HIT_TYPE = {
    "Title": "A task",
    "Description": "Do it",
    "Reward": {"Amount": "0.05", "CurrencyCode": "USD"},
    "AssignmentDurationInSeconds": "600",
}
A_HIT = {**HIT_TYPE, "Question": EXTERNAL, "LifetimeInSeconds": "3600"}


class NotValidError(AssertionError):
    """The call was answered with an error where the test expected success."""

    def __init__(self, code: str, message: str, operation: str):
        super().__init__(f"{operation}: {code}: {message}")
        self.code = code
        self.message = message


@dataclass
class Http:
    """One HTTP answer."""

    status: int
    headers: dict
    body: bytes

    @property
    def root(self):
        return etree.fromstring(self.body)

    @property
    def code(self) -> str:
        """The first error code, wherever it stands; empty without one."""
        return next((each.text for each in self.root.iter("{*}Code")), "")


def moment(shift: float = 0) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + shift))


def hmac_sha1(secret: str, text: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def flatten(members: dict, prefix: str = "") -> list[tuple[str, str]]:
    """Nested members as REST spells them: `Reward.1.Amount`, `WorkerId.1`, `WorkerId.2`."""
    found = []
    for name, value in members.items():
        if isinstance(value, dict):
            found += flatten(value, f"{prefix}{name}.1.")
        elif isinstance(value, list):
            for number, each in enumerate(value, 1):
                if isinstance(each, dict):
                    found += flatten(each, f"{prefix}{name}.{number}.")
                else:
                    found.append((f"{prefix}{name}.{number}", str(each)))
        else:
            found.append((prefix + name, str(value)))
    return found


def elements(members: dict) -> str:
    """Nested members as SOAP spells them."""
    text = ""
    for name, value in members.items():
        for each in value if isinstance(value, list) else [value]:
            text += f"<{name}>{elements(each) if isinstance(each, dict) else escape(str(each))}</{name}>"
    return text


def signed(key, operation: str, parameters: list[tuple[str, str]], scheme: str = "0", when: str | None = None):
    """All parameters of a REST call, signed by scheme `0` (Service+Operation+Timestamp) or `1` (boto 2)."""
    when = moment() if when is None else when
    pairs = [("Operation", operation), ("AWSAccessKeyId", key.access_key_id), ("Timestamp", when), *parameters]
    if scheme == "1":
        pairs.append(("SignatureVersion", "1"))
        text = "".join(name + value for name, value in sorted(pairs, key=lambda pair: pair[0].lower()))
    else:
        pairs.insert(0, ("Service", SERVICE))
        text = SERVICE + operation + when
    return [*pairs, ("Signature", hmac_sha1(key.secret_access_key, text))]


@dataclass
class Client:
    """An old client with its key pair. `send(method, path, query, body, headers) -> Http` is the road to the server."""

    key: object
    send: object
    scheme: str = "0"
    version: str = "2014-08-15"
    method: str = "POST"
    path: str = "/"
    last: Http | None = field(default=None, repr=False)

    def at(self, version: str) -> Client:
        return replace(self, version=version)

    def raw(self, operation: str, parameters=(), *, method=None, when=None, headers=None) -> Http:
        """Send the given pairs, signed; no check of the answer."""
        pairs = list(parameters)
        if self.version and not any(name == "Version" for name, _ in pairs):
            pairs.append(("Version", self.version))
        text = urlencode(signed(self.key, operation, pairs, self.scheme, when)).encode()
        if (method or self.method) == "GET":
            self.last = self.send("GET", self.path, text, b"", headers or {})
        else:
            form = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8", **(headers or {})}
            self.last = self.send("POST", self.path, b"", text, form)
        return self.last

    def soap(self, operation: str, *requests_: dict, wrapper: str = "") -> Http:
        """Send one SOAP message with a Request for each of the given members."""
        when = moment()
        signature = hmac_sha1(self.key.secret_access_key, SERVICE + operation + when)
        inner = "".join(f"<Request>{elements(each)}</Request>" for each in requests_)
        text = (
            '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
            'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
            f'<{operation} xmlns="{NAMESPACE}{self.version}"><AWSAccessKeyId>{self.key.access_key_id}</AWSAccessKeyId>'
            f"<Timestamp>{when}</Timestamp><Signature>{signature}</Signature>{wrapper}{inner}</{operation}>"
            "</soapenv:Body></soapenv:Envelope>"
        )
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '"http://soap.amazon.com"'}
        self.last = self.send("POST", self.path, b"", text.encode(), headers)
        return self.last

    def answer(self, operation: str, **members):
        """The response element, its names without namespace, whichever protocol this client speaks."""
        if self.scheme == "soap":
            root = without_namespace(self.soap(operation, members).root)
            body = root.find("Body")
            return body[0]
        return self.raw(operation, flatten(members)).root

    def call(self, operation: str, **members):
        """The result element of a call that succeeds. Raises NotValidError otherwise."""
        root = self.answer(operation, **members)
        error = next(root.iter("Error", "faultcode"), None)
        if error is not None:
            raise NotValidError(error.findtext("Code") or error.text, error.findtext("Message") or "", operation)
        assert root.tag == f"{operation}Response", root.tag
        assert root[0].tag == "OperationRequest"
        assert root.findtext("OperationRequest/RequestId")
        assert root[1].findtext("Request/IsValid") == "True"
        return root[1]

    def error(self, operation: str, **members) -> str:
        """The code of a call that fails."""
        try:
            self.call(operation, **members)
        except NotValidError as error:
            return error.code
        raise AssertionError(f"{operation} succeeded: {self.last.body[:500]}")

    def hit(self, **members) -> str:
        """The id of a new HIT."""
        return self.call("CreateHIT", **{**A_HIT, **members}).findtext("HITId")

    def qualification_type(self, name: str, **members) -> str:
        """The id of a new Qualification type."""
        made = self.call(
            "CreateQualificationType", Name=name, Description="d", QualificationTypeStatus="Active", **members
        )
        return made.findtext("QualificationTypeId")


def without_namespace(root):
    for each in root.iter():
        if isinstance(each.tag, str):
            each.tag = each.tag.rpartition("}")[2]
    return root


def through_flask(app):
    """The road to an application in this process."""
    client = app.test_client()

    def send(method, path, query, body, headers):
        answer = client.open(path, method=method, query_string=query.decode("latin-1"), data=body, headers=headers)
        return Http(answer.status_code, dict(answer.headers), answer.get_data())

    return send


def through_http(url: str, verify=True):
    """The road to a server."""
    session = requests.Session()
    session.trust_env = False

    def send(method, path, query, body, headers):
        address = url.rstrip("/") + path + ("?" + query.decode("latin-1") if query else "")
        answer = session.request(method, address, data=body or None, headers=headers, verify=verify, timeout=60)
        return Http(answer.status_code, dict(answer.headers), answer.content)

    return send


@dataclass
class Scene:
    """A server with its store: makes accounts, and lets workers work."""

    store: object
    send: object
    scheme: str = "0"
    method: str = "POST"

    def requester(self, **more) -> Client:
        """A client with an account of its own."""
        key = accounts.create_account(self.store, "Requester")
        path = "/onca/soap" if self.scheme == "soap" else "/"
        return Client(key, self.send, **{"scheme": self.scheme, "method": self.method, "path": path, **more})

    def accept(self, hit_id: str, worker_id: str) -> str:
        """A worker accepts, whatever the HIT requires; the id of the assignment."""
        return assignment_lifecycle.accept(self.store, worker_id, hit_id, ignore_requirements=True).assignment_id

    def work(self, hit_id: str, worker_id: str, **answers: str) -> str:
        """A worker accepts and submits; the id of the assignment."""
        assignment_id = self.accept(hit_id, worker_id)
        given = [GivenAnswer(name, text) for name, text in (answers or {"q1": "yes"}).items()]
        assignment_lifecycle.submit(self.store, worker_id, assignment_id, given)
        return assignment_id
