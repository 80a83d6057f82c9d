"""SOAP messages as old clients send them, and what is read from the answers."""

from __future__ import annotations

from tests.legacy_client import NAMESPACE, SERVICE, hmac_sha1, moment, without_namespace

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
XML = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '"http://soap.amazon.com"'}
SUBJECT = {"SubjectId": "A1EXAMPLEWORKER"}


def message(client, operation, inner, *, namespace="", envelope="soapenv", when=None, prefix=""):
    """A signed message whose operation element holds `inner` after the credentials."""
    when = when or moment()
    signature = hmac_sha1(client.key.secret_access_key, SERVICE + operation + when)
    namespace = namespace or NAMESPACE + client.version
    declared = f'xmlns:{prefix[:-1]}="{namespace}"' if prefix else f'xmlns="{namespace}"'
    common = "".join(
        f"<{prefix}{name}>{value}</{prefix}{name}>"
        for name, value in (
            ("Signature", signature),
            ("Timestamp", when),
            ("AWSAccessKeyId", client.key.access_key_id),
        )
    )
    start = f"{envelope}:" if envelope else ""
    bound = f"xmlns:{envelope}" if envelope else "xmlns"
    return (
        f'<{start}Envelope {bound}="{ENVELOPE}"><{start}Header><X xmlns="u:x">1</X></{start}Header><{start}Body>'
        f"<{prefix}{operation} {declared}>{common}{inner}</{prefix}{operation}></{start}Body></{start}Envelope>"
    )


def send(client, body, path="/", headers=None):
    body = body.encode() if isinstance(body, str) else body
    path, _, query = path.partition("?")
    return client.send("POST", path, query.encode(), body, XML if headers is None else headers)


def payload(answer):
    return without_namespace(answer.root).find("Body")[0]


def fault_of(answer):
    """The Fault's code, having seen that its prefix is declared."""
    fault = answer.root.find(f"{{{ENVELOPE}}}Body/{{{ENVELOPE}}}Fault")
    code = fault.find("faultcode")
    assert code.nsmap["aws"]
    assert fault.findtext("faultstring")
    return code.text
