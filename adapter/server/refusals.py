"""What the server itself answers when a request never reaches the application, in the protocol of whoever asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class RefusalPage:
    """One HTTP answer."""

    status: int
    reason: str
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Refusal:
    """Why a request is not served: the HTTP status with its name, the legacy code, and a message for people.

    `unknown` says that the call may have been executed. Old clients repeat a call by themselves on HTTP 500, 502, 503
    and 504 (boto does so six times, POST included), so such an answer must carry 200, under which every client looks
    into the body; 503 is only for calls that certainly did not happen.
    """

    status: int
    reason: str
    code: str
    message: str
    unknown: bool = False

    def answer(self, protocol: str, identifier: str) -> RefusalPage:
        """The answer with this request id in a protocol: REST, SOAP or JSON."""
        if protocol == "JSON":
            status, reason = (500, "Internal Server Error") if self.unknown else (self.status, self.reason)
            kind = "ServiceFault" if status >= 500 else "RequestError"
            body = json.dumps({"__type": kind, "Message": self.message})
            return RefusalPage(status, reason, "application/x-amz-json-1.1", body.encode())
        code, message = escape(self.code), escape(self.message)
        status, reason = self.status, self.reason
        if protocol == "SOAP":
            if status == 503:
                # a Fault travels under 500 (SOAP 1.1 section 6.2), and old toolkits repeat on its code
                status, reason = 500, "Internal Server Error"
            side = "Server" if self.unknown or self.status >= 500 else "Client"
            text = (
                '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><soapenv:Fault>'
                f'<faultcode xmlns:aws="http://webservices.amazon.com/AWSFault/2005-15-09">aws:{side}.{code}</faultcode>'
                f"<faultstring>{message}</faultstring><detail><aws:RequestId"
                f' xmlns:aws="http://webservices.amazon.com/AWSFault/2005-15-09">{identifier}</aws:RequestId></detail>'
                "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
            )
        else:
            errors = f"<Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
            text = (
                f"<Response><OperationRequest><RequestId>{identifier}</RequestId>{errors}</OperationRequest></Response>"
                if self.unknown
                else f"<Response>{errors}<RequestID>{identifier}</RequestID></Response>"
            )
        body = f'<?xml version="1.0"?>\n{text}'
        return RefusalPage(status, reason, "text/xml; charset=utf-8", body.encode())


def protocol_of(environ: Mapping[str, str]) -> str:
    """The protocol that the headers of a request speak of, under their WSGI names: REST, SOAP or JSON."""
    if "HTTP_X_AMZ_TARGET" in environ:
        return "JSON"
    return "SOAP" if "HTTP_SOAPACTION" in environ or "xml" in environ.get("CONTENT_TYPE", "") else "REST"


_BAD = "AWS.BadRequest"

OVERLOADED = Refusal(
    503,
    "Service Unavailable",
    "ServiceUnavailable",
    "Service AWSMechanicalTurkRequester is currently unavailable. Please try again later",
)
UNKNOWN = Refusal(200, "OK", "AWS.ServiceUnavailable", "There was an error with this request.", unknown=True)
INCOMPLETE = Refusal(408, "Request Timeout", _BAD, "The request did not arrive completely in time.")
LINE = Refusal(
    414,
    "URI Too Long",
    "AWS.RequestTooLarge",
    "The request line is too long; send the parameters as the body of a POST.",
)
HEADERS = Refusal(431, "Request Header Fields Too Large", _BAD, "The headers of the request are too large.")
EXPECTATION = Refusal(417, "Expectation Failed", _BAD, "The only expectation that can be met is 100-continue.")
CODING = Refusal(501, "Not Implemented", _BAD, "The only transfer coding that can be read is chunked.")
NO_SANDBOX = Refusal(
    403, "Forbidden", _BAD, "This host name is of the sandbox, and there is none here (ADAPTER_SANDBOX is never)."
)
CHUNKS = Refusal(400, "Bad Request", _BAD, "The body comes in too many and too small chunks.")
MALFORMED = Refusal(400, "Bad Request", _BAD, "The request is not well-formed HTTP.")
