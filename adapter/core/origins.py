"""Which host a browser takes an address for: cookies go to every port of a host, so also those of the worker pages."""

from __future__ import annotations

import ipaddress
import re
import socket
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from adapter.core.settings import Settings

#: Browsers read any number of slashes, of either kind, as the two before the host.
_SLASHES = re.compile(r"(?<=:)[/\\]*")
_PORTS = {"http": 80, "https": 443}


def origin_of(address: str) -> tuple[str, str, int]:
    """Scheme, host and port of an http or https address as browsers understand it, in one spelling; empty where there is none.

    127.1, 2130706433 and 0x7f000001 are 127.0.0.1, and letters of full width, escapes and capitals those they stand for.
    """
    try:
        parts = urlsplit(_SLASHES.sub("//", address, count=1).replace("\\", "/"))
        return parts.scheme, _host(parts.hostname or ""), parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0


def gets_sessions(settings: Settings, address: str, *here: str) -> bool:
    """Whether a requester's page at this address would get the workers' session cookie, and is not trusted with it.

    `here` is where the worker pages are, beside what the settings say.
    """
    if settings.trust_site_host:
        return False
    # a worker of production may be signed in there while looking into the sandbox
    pages = (settings.address, settings.home.address, *here)
    return origin_of(address)[1] in {origin_of(each)[1] for each in pages} - {""}


def _host(host: str) -> str:
    if ":" in host:
        return ipaddress.ip_address(host).compressed
    host = unquote(host)
    with suppress(UnicodeError):
        host = host.encode("idna").decode()
    host = host.lower().rstrip(".")
    with suppress(OSError):
        host = socket.inet_ntoa(socket.inet_aton(host))
    return host
