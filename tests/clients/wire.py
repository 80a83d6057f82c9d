"""Requests as old clients write them, byte by byte, to a running server."""

from __future__ import annotations

import http.client
import re
import time
from dataclasses import dataclass
from urllib.parse import quote_plus

from lxml import etree

from tests.legacy_client import SERVICE, hmac_sha1

SOAP_NAMES = {"e": "http://schemas.xmlsoap.org/soap/envelope/"}


def clock(form: str = "%Y-%m-%dT%H:%M:%SZ", shift: float = 0) -> str:
    return time.strftime(form, time.gmtime(time.time() + shift))


@dataclass
class Wire:
    """A client of one account that says what it is told to say."""

    live: object
    key: object
    text: str = ""
    headers: dict | None = None

    def signature(self, operation: str, when: str) -> str:
        return hmac_sha1(self.key.secret_access_key, SERVICE + operation + when)

    def credentials(self, operation: str, when: str | None = None) -> str:
        """The part of every REST call that says who asks, encoded."""
        when = when or clock()
        parts = {"AWSAccessKeyId": self.key.access_key_id, "Timestamp": when, "Operation": operation}
        parts["Signature"] = self.signature(operation, when)
        return "&".join(f"{name}={quote_plus(value)}" for name, value in parts.items())

    def send(self, method: str, target: str, body: bytes | None = None, headers: dict | None = None):
        """One request; the document of the answer. The status is 200, also for errors."""
        connection = http.client.HTTPConnection(self.live.host, self.live.port, timeout=30)
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        self.text, self.headers = answer.read().decode(), dict(answer.headers)
        connection.close()
        assert answer.status == 200, self.text
        return etree.fromstring(self.text.encode())

    def get(self, operation: str, members: str = "", *, when: str | None = None, path: str = "/", **headers: str):
        query = f"Service={SERVICE}&{self.credentials(operation, when)}&{members}"
        return self.send("GET", f"{path}?{query}", headers=headers)

    def post(self, operation: str, members: str = "", *, when: str | None = None, path: str = "/", start: str = ""):
        body = f"{start}{self.credentials(operation, when)}&{members}".encode()
        return self.send("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def code(self, operation: str, members: str = "") -> str:
        """The code of the error inside the operation's result."""
        root = self.get(operation, members)
        assert root[1].findtext("Request/IsValid") == "False", self.text
        return root[1].findtext("Request/Errors/Error/Code")

    def soap(self, envelope: str, operation: str, when: str | None = None, **headers: str):
        """Send an envelope in which `{when}`, `{key}` and `{signature}` are filled in; the payload of the answer."""
        when = when or clock()
        filled = envelope.format(when=when, key=self.key.access_key_id, signature=self.signature(operation, when))
        kind = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '"http://soap.amazon.com"'}
        root = self.send("POST", "/", filled.encode(), headers or kind)
        return root.find("e:Body", SOAP_NAMES)[0]


def hit_members(**more: str) -> str:
    """The members of CreateHIT with no type, encoded."""
    question = (
        '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/'
        'ExternalQuestion.xsd"><ExternalURL>https://example.com/task?a=1&amp;b=2</ExternalURL>'
        "<FrameHeight>400</FrameHeight></ExternalQuestion>"
    )
    members = {
        "Title": "A task",
        "Description": "Do it",
        "Reward.1.Amount": "0.05",
        "Reward.1.CurrencyCode": "USD",
        "AssignmentDurationInSeconds": "600",
        "LifetimeInSeconds": "3600",
        "Question": question,
        **more,
    }
    return "&".join(f"{name}={quote_plus(value)}" for name, value in members.items())


def matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None
