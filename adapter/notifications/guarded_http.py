"""One HTTP exchange with an address that a requester chose: checked at connect time, bounded in time, without redirects."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.httpsession import get_cert_path
from urllib3 import exceptions as urllib3_errors
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import SKIP_HEADER

from adapter.core.egress import Networks

#: Seconds for a connection, for each pause of the answer, and for all of it together.
CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
ALL_SECONDS = 20.0
#: Addresses of a name that are tried.
MOST_ADDRESSES = 4


class DeliveryError(Exception):
    """A message did not arrive, or nobody said that it did; the text is for operators and names no secret.

    `repeat` says whether another attempt may help, `sent` whether this one may have arrived all the same, `nameless`
    whether this machine does not know where the receptor is, which may be its own fault.
    """

    def __init__(self, reason: str, *, repeat: bool, sent: bool = False, nameless: bool = False) -> None:
        # a stranger's server may have had a say in it
        super().__init__("".join(each if each.isprintable() else "?" for each in reason[:300]))
        self.repeat = repeat
        self.sent = sent
        self.nameless = nameless


@dataclass(frozen=True)
class Answer:
    """What came back; of the body no more than was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Checked:
    """Connects to an address that was looked at: the name is resolved once, so that it cannot mean another one later."""

    _dns_host: str
    host: str
    port: int
    timeout: Any
    socket_options: Any
    networks: Networks

    def _new_conn(self) -> socket.socket:
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise DeliveryError("the name of the destination is not known", repeat=True, nameless=True) from error
        allowed = [each for each in found if self.networks.permit(str(each[4][0]))]
        if not allowed:
            raise DeliveryError(
                "the destination's address is not public; ADAPTER_RECEPTOR_NETWORKS can allow it", repeat=False
            )
        failure: OSError | None = None
        for family, kind, protocol, _, address in allowed[:MOST_ADDRESSES]:
            made = socket.socket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    made.setsockopt(*option)
                made.settimeout(self.timeout)
                made.connect(address)
            except OSError as error:
                made.close()
                failure = error
            else:
                return made
        reason = "the connection timed out" if isinstance(failure, TimeoutError) else f"no connection: {failure}"
        raise DeliveryError(reason, repeat=True) from failure


class _Plain(_Checked, HTTPConnection):
    """Over TCP."""


class _Secure(_Checked, HTTPSConnection):
    """Over TLS."""


def exchange(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    networks: Networks,
    *,
    most: int = 0,
) -> Answer:
    """Send a request, once, and read its answer with at most `most` bytes of the body.

    A redirect is an answer like any other. A user and password in the URL are sent as Basic credentials. Raises
    DeliveryError when there is no answer.
    """
    try:
        parts = urlsplit(url)
        connection = _connection(parts.scheme, parts.hostname or "", parts.port, networks)
    except ValueError as error:
        raise DeliveryError("the destination is no URL", repeat=False) from error
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fields = {"Accept-Encoding": SKIP_HEADER, **headers}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        fields["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    watch = threading.Timer(ALL_SECONDS, _break_off, [connection])
    watch.daemon = True
    sent = False
    try:
        watch.start()
        connection.connect()
        connection.sock.settimeout(READ_SECONDS)
        connection.timeout = READ_SECONDS
        sent = True
        connection.request(method, target, body, fields, preload_content=False)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read(most, decode_content=False) if most else b"")
    except (ssl.SSLError, urllib3_errors.SSLError) as error:
        raise DeliveryError(f"TLS failed: {_words(error)}", repeat=True, sent=sent) from error
    except TimeoutError as error:
        raise DeliveryError("no answer in time", repeat=True, sent=sent) from error
    except (OSError, http.client.HTTPException, urllib3_errors.HTTPError, ValueError) as error:
        raise DeliveryError(f"the exchange broke off: {_words(error)}", repeat=True, sent=sent) from error
    finally:
        watch.cancel()
        connection.close()


def _connection(scheme: str, host: str, port: int | None, networks: Networks) -> Any:
    made: Any
    if scheme == "https":
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or get_cert_path(True)
        made = _Secure(host, port, timeout=CONNECT_SECONDS, cert_reqs="CERT_REQUIRED", ca_certs=bundle)
    else:
        made = _Plain(host, port, timeout=CONNECT_SECONDS)
    made.networks = networks
    return made


def _break_off(connection: Any) -> None:
    """End an exchange that goes on byte by byte for ever."""
    made = connection.sock
    if made is not None:
        try:
            made.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
