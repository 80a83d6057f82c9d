"""The host of requesters' HTML, if there is one: an origin for each requester, at addresses that only the worker pages can make."""

from __future__ import annotations

import hmac
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

from adapter.core import clock
from adapter.core.database import Store
from adapter.core.origins import origin_of
from adapter.core.settings import Settings, SettingsError

#: What stands in ADAPTER_CONTENT_URL for a name of each requester's own.
REQUESTER = "{requester}"
#: An address works for so long after the page that has it in its frame was made.
SECONDS = 3600

_NAME_CHARACTERS = 20
_SIGNATURE_CHARACTERS = 32
_DEFAULT_PORTS = {("http", 80), ("https", 443)}


def host_pattern(settings: Settings) -> re.Pattern[str]:
    """What the Host header says in a request for requesters' HTML, the requester's name as its group; matches nothing without one.

    Raises SettingsError where ADAPTER_CONTENT_URL cannot be used.
    """
    if not settings.content_url:
        return re.compile("(?!)()")
    scheme, host, port = origin_of(settings.content_url)
    name = f"({'[0-9a-f]' * _NAME_CHARACTERS})"
    pattern = re.escape(f"[{host}]" if ":" in host else host).replace(re.escape(REQUESTER), name)
    pattern += f"(?::{port})" + ("?" if (scheme, port) in _DEFAULT_PORTS else "") + ("" if REQUESTER in host else "()")
    found = re.compile(pattern, re.IGNORECASE)
    site = urlsplit(settings.site_url)
    if not settings.site_url:
        problem = "needs ADAPTER_SITE_URL, the address of the worker pages"
    elif found.fullmatch(site.netloc):
        problem = "must have another host or port than ADAPTER_SITE_URL"
    elif site.scheme.lower() == "https" != scheme:
        problem = "must be an https address, as browsers load no other into the worker pages"
    else:
        return found
    raise SettingsError(f"ADAPTER_CONTENT_URL {problem}")


def content_address(store: Store, account_id: str, path: str, parameters: dict[str, str]) -> str:
    """The address of a requester's HTML, with these parameters: of that requester's host, signed, and good for SECONDS."""
    settings = store.settings
    name = _name(store, account_id) if REQUESTER in settings.content_url else ""
    query = urlencode({**parameters, "expires": str(clock.milliseconds() // 1000 + SECONDS)})
    origin = settings.content_url.rstrip("/").replace(REQUESTER, name)
    return f"{origin}{path}?{query}&signature={_signature(store, name, query)}"


def signed_parameters(store: Store, name: str, query: str) -> dict[str, str] | None:
    """The parameters of an address that content_address() made for the host with this name, or None for any other or an old one.

    What a page has added behind them is passed over.
    """
    signed, _, rest = query.partition("&signature=")
    signature, more = rest[:_SIGNATURE_CHARACTERS], rest[_SIGNATURE_CHARACTERS:]
    right = signature.isascii() and hmac.compare_digest(signature, _signature(store, name, signed))
    if not right or (more and not more.startswith("&")):
        return None
    parameters = dict(parse_qsl(signed))
    return parameters if int(parameters["expires"]) * 1000 > clock.milliseconds() else None


def _name(store: Store, account_id: str) -> str:
    """A requester's name in host names; it does not tell who it is."""
    key = store.secrets.derive("content-hosts")
    return hmac.digest(key, account_id.encode(), "sha256").hex()[:_NAME_CHARACTERS]


def _signature(store: Store, name: str, query: str) -> str:
    key = store.secrets.derive("content-addresses")
    return hmac.digest(key, f"{name}?{query}".encode(), "sha256").hex()[:_SIGNATURE_CHARACTERS]
