"""Where a request comes from, as tries to sign in are counted."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address, ip_network


def network_of(address: str) -> str:
    """The address, or of IPv6 the network of which one customer has every address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(parsed, IPv4Address):
        return address
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
