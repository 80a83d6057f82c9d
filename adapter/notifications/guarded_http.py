"""One HTTP exchange with an address that a requester chose: checked at connect time, bounded in time, without redirects."""

from __future__ import annotations

import io
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

import certifi
import pycurl

from adapter.core.egress import Networks
from adapter.core.libcurl import TLS_ERRORS, handle_for

#: Seconds for a connection, for each pause of the answer (whole ones), and for all of it together.
CONNECT_SECONDS = 5.0
READ_SECONDS = 10
ALL_SECONDS = 20.0
#: Addresses of a name that are tried.
MOST_ADDRESSES = 4


class DeliveryError(Exception):
    """A message did not arrive, or nobody said that it did; the text is for operators and names no secret.

    `repeat` says whether another attempt may help, `sent` whether this one may have arrived all the same, `unresolved`
    whether the name of the receptor could not be resolved, which may be the fault of this machine.
    """

    def __init__(self, reason: str, *, repeat: bool, sent: bool = False, unresolved: bool = False) -> None:
        # a stranger's server may have had a say in it
        super().__init__("".join(each if each.isprintable() else "?" for each in reason[:300]))
        self.repeat = repeat
        self.sent = sent
        self.unresolved = unresolved


@dataclass(frozen=True)
class HttpAnswer:
    """What came back; of the body no more than was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class _Incoming:
    """An answer on its way in, as libcurl's callbacks see it."""

    #: How many bytes of the body are wanted.
    most: int
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: io.BytesIO = field(default_factory=io.BytesIO)
    #: Whether all that is wanted has come.
    done: bool = False

    def header(self, line: bytes) -> int:
        """Take in a line of the headers; 0 ends the exchange."""
        text = line.decode("latin-1").strip()
        name, colon, value = text.partition(":")
        if text.startswith("HTTP/"):
            number = text.split()[1:2]
            self.status = int(number[0]) if number and number[0].isdigit() else 0
        elif colon:
            self.headers[name.strip().lower()] = value.strip()
        elif not text and self.status >= 200 and not self.most:
            self.done = True
            return 0
        return len(line)

    def content(self, part: bytes) -> int:
        """Take in a part of the body; 0 ends the exchange."""
        self.body.write(part[: self.most - self.body.tell()])
        self.done = self.body.tell() >= self.most
        return 0 if self.done else len(part)


def exchange(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    networks: Networks,
    *,
    most: int = 0,
) -> HttpAnswer:
    """Send a request, once, and read its answer with at most `most` bytes of the body.

    A redirect is an answer like any other. A user and password in the URL are sent as Basic credentials. Raises
    DeliveryError when there is no answer.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port or (443 if parts.scheme == "https" else 80)
        plain = _url(parts, host)
    except ValueError as error:
        raise DeliveryError("the destination is no URL", repeat=False) from error
    failure: DeliveryError | None = None
    for address in _addresses(host, port, networks):
        answer = _Incoming(most)
        handle = handle_for(
            plain,
            os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where(),
            connect_seconds=CONNECT_SECONDS,
            all_seconds=ALL_SECONDS,
        )
        try:
            _prepare(handle, method, parts, headers, body)
            # the name was resolved once, so that it cannot mean another address later
            handle.setopt(pycurl.CONNECT_TO, [f"::[{address}]:{port}" if ":" in address else f"::{address}:{port}"])
            handle.setopt(pycurl.HEADERFUNCTION, answer.header)
            handle.setopt(pycurl.WRITEFUNCTION, answer.content)
            handle.perform()
        except pycurl.error as error:
            sent = handle.getinfo(pycurl.REQUEST_SIZE) > 0
            if not answer.done and not (answer.status >= 200 and not most):
                failure = _failed(error, sent=sent)
                if sent:
                    raise failure from error
                continue
        except UnicodeError as error:
            raise DeliveryError("the destination is no URL", repeat=False) from error
        finally:
            handle.close()
        return HttpAnswer(answer.status, answer.headers, answer.body.getvalue())
    raise failure or DeliveryError("no connection", repeat=True)


def _addresses(host: str, port: int, networks: Networks) -> list[str]:
    """The addresses of a name that may be connected to, at most MOST_ADDRESSES."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DeliveryError("the name of the destination is not known", repeat=True, unresolved=True) from error
    allowed = [str(each[4][0]) for each in found if networks.permit(str(each[4][0]))]
    if not allowed:
        raise DeliveryError(
            "the destination's address is not public; ADAPTER_RECEPTOR_NETWORKS can allow it", repeat=False
        )
    return allowed[:MOST_ADDRESSES]


def _url(parts: SplitResult, host: str) -> bytes:
    """The URL without user and password, which are sent as credentials."""
    place = f"[{host}]" if ":" in host else host
    port = "" if parts.port is None else f":{parts.port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{place}{port}{parts.path or '/'}{query}".encode()


def _prepare(
    handle: pycurl.Curl,
    method: str,
    parts: SplitResult,
    headers: Mapping[str, str],
    body: bytes | None,
) -> None:
    handle.setopt(pycurl.PATH_AS_IS, 1)
    handle.setopt(pycurl.CUSTOMREQUEST, method)
    if body is not None:
        handle.setopt(pycurl.POSTFIELDS, body)
    # what libcurl would add by itself, unless it is given
    fields = {"Accept": None, "Expect": None, "Content-Type": None, **headers}
    handle.setopt(
        pycurl.HTTPHEADER,
        [f"{name}:" if value is None else f"{name}: {value}".encode("latin-1") for name, value in fields.items()],
    )
    if parts.username is not None:
        handle.setopt(pycurl.USERNAME, unquote(parts.username))
        handle.setopt(pycurl.PASSWORD, unquote(parts.password or ""))
    handle.setopt(pycurl.LOW_SPEED_LIMIT, 1)
    handle.setopt(pycurl.LOW_SPEED_TIME, READ_SECONDS)


def _failed(error: pycurl.error, *, sent: bool) -> DeliveryError:
    code, words = error.args
    if code in TLS_ERRORS:
        reason = f"TLS failed: {words}"
    elif not sent and code in {pycurl.E_URL_MALFORMAT, pycurl.E_UNSUPPORTED_PROTOCOL}:
        return DeliveryError("the destination is no URL", repeat=False)
    elif code == pycurl.E_OPERATION_TIMEDOUT:
        reason = "no answer in time" if sent else "the connection timed out"
    else:
        reason = f"the exchange broke off: {words}" if sent else f"no connection: {words}"
    return DeliveryError(reason, repeat=True, sent=sent)
