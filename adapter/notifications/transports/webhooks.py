"""Calls of a requester's own web service: REST by GET, SOAP by POST, with the headers that the reference shows."""

from __future__ import annotations

from adapter.core.egress import Networks
from adapter.notifications.guarded_http import DeliveryError, exchange
from adapter.notifications.messages import rest_url, soap_body
from adapter.notifications.store.deliveries import Message

_HEADERS = {
    "Content-Type": "text/xml",
    "Accept": "application/soap+xml, application/dime, multipart/related, text/*",
    "SOAPAction": "http://soap.amazon.com",
    "User-Agent": "Jakarta Commons-HttpClient/2.0final",
}


def call(message: Message, timestamp: str, signed: str | None, networks: Networks) -> None:
    """Call the receptor once; what it answers does not matter below status 300.

    Raises DeliveryError.
    """
    if message.transport == "REST":
        url = rest_url(message.destination, message.version, message.events, timestamp, signed)
        answer = exchange("GET", url, _HEADERS, None, networks)
    else:
        body = soap_body(message.version, message.events, timestamp, signed)
        headers = {**_HEADERS, "Content-Type": "text/xml; charset=utf-8"}
        answer = exchange("POST", message.destination, headers, body, networks)
    if answer.status >= 300:
        why = ", and redirects are not followed" if answer.status < 400 else ""
        raise DeliveryError(
            f"the receptor answered with status {answer.status}{why}", repeat=answer.status >= 500, sent=True
        )
