"""A call of an old client in every form in which somebody may have it at hand."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlencode

from adapter.legacy.explain.explanation import explain
from adapter.marketplace.model import path
from tests.legacy_client import Client, signed

MEMBERS = [("HITId", "3EXAMPLE"), ("Title", "Say & do it")]


@dataclass
class Key:
    access_key_id: str = "AKIAIOSFODNN7EXAMPLE"
    secret_access_key: str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def explained(text, settings, **more):
    return explain(text, settings, path(), **more)


def form_of(operation, members, key=None, scheme="0", when=None) -> str:
    """A signed form's body."""
    return urlencode(signed(key or Key(), operation, [*members, ("Version", "2014-08-15")], scheme, when))


def message_of(operation, *requests, key=None) -> str:
    """A signed SOAP message."""
    sent = []
    Client(key or Key(), lambda *call: sent.append(call[3].decode()), scheme="soap").soap(operation, *requests)
    return sent[0]


def bracketed(text) -> str:
    """Text as the wire log of Java's HTTP clients shows it."""
    lines = text.replace("\r\n", "[\r][\n]\n").split("\n")
    escaped = (line.replace("\r", "\\r").replace("[\n]", "[\\n]") for line in lines)
    return "\n".join(f'2010-01-01 DEBUG httpclient.wire.header - >> "{line}"' for line in escaped)


def all_forms(form: str, message: str) -> dict[str, str]:
    """The same calls (a form's body, and a SOAP message) as people find them."""
    head = "Host: mechanicalturk.amazonaws.com\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n"
    posted = f"POST / HTTP/1.1\r\n{head}{form}"
    soap_head = 'Host: mechanicalturk.amazonaws.com\r\nContent-Type: text/xml\r\nSOAPAction: ""\r\n\r\n'
    query, _, signature = form.rpartition("&Signature=")
    boto = f"query_string: {query} Signature: {unquote(signature)}"
    python = f"send: {posted.removesuffix(form).encode()!r}\nsend: {form.encode()!r}\nreply: 'HTTP/1.1 200 OK'"
    curl = (
        "$ curl -s -X POST -H 'Content-Type: application/x-www-form-urlencoded' https://mechanicalturk.amazonaws.com/"
    )
    return {
        "an address": f"https://mechanicalturk.amazonaws.com/?{form}",
        "an address in a sentence": f"We fetch <http://mechanicalturk.amazonaws.com/onca/xml?{form}>, and it fails",
        "an address without its host": f"/onca/xml?{form}",
        "an address without its scheme": f"mechanicalturk.amazonaws.com/?{form}",
        "a query": f"?{form}",
        "a form": form,
        "a form in a log": f"2011-02-03 12:00:00 INFO posting '{form}'",
        "GET": f"GET /?{form} HTTP/1.1\r\nHost: mechanicalturk.amazonaws.com\r\n\r\n",
        "POST": posted,
        "POST with bare line ends": posted.replace("\r\n", "\n") + "\n",
        "an access log": f'10.0.0.1 - - [01/Jan/2012:00:00:00 +0000] "GET /?{form} HTTP/1.1" 200 512 "-" "Perl"',
        "an access log with a POST": f'10.0.0.1 - - [01/Jan/2012:00:00:00 +0000] "POST /?{form} HTTP/1.0" 200 512',
        "boto": f"2012-01-01 boto DEBUG:{boto}",
        "Python": python,
        "Java": bracketed(posted),
        "curl -d": f"{curl} -d '{form}'",
        "curl -G": f"curl -sG https://mechanicalturk.amazonaws.com/ \\\n  --data '{form}'",
        "SOAP": message,
        "SOAP in a log": f"12:00 sent: {message.partition('?>')[2]} and waited",
        "SOAP over HTTP": f"POST /onca/soap HTTP/1.1\r\n{soap_head}{message}",
        "SOAP by curl": f"curl -H 'Content-Type: text/xml' --data-binary '{message}' https://mechanicalturk.amazonaws.com/",
    }
