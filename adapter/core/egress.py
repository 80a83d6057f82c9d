"""Which addresses requesters may have this service connect to: they choose the destinations of notifications."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from adapter.core.settings import Settings, SettingsError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LOOPBACK = "127.0.0.0/8,::1/128"
#: Answers virtual machines of one cloud with their secrets, although it is a public address.
_METADATA = ipaddress.ip_address("168.63.129.16")
#: IPv6 addresses that a translator turns into the IPv4 address in their last four bytes.
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True)
class Networks:
    """The networks allowed beside the public internet."""

    listed: tuple[Network, ...]
    anywhere: bool = False

    def permit(self, text: str) -> bool:
        """Whether an address, as getaddrinfo gives it, may be connected to."""
        try:
            address = _target(ipaddress.ip_address(text.partition("%")[0]))
        except ValueError:
            return False
        if self.anywhere or any(address in each for each in self.listed):
            return True
        return address.is_global and not address.is_multicast and address != _METADATA

    def __str__(self) -> str:
        """For people."""
        if self.anywhere:
            return "any address"
        return ", ".join(["public addresses", *map(str, self.listed)])


def networks_of(settings: Settings) -> Networks:
    """What ADAPTER_RECEPTOR_NETWORKS says. Raises SettingsError for what is no network.

    Empty, it lets a service that only this machine can reach deliver to this machine, since who can call it can call its
    neighbours too; one that others can reach delivers to public addresses only.
    """
    text = settings.receptor_networks.strip()
    if text in {"any", "public"}:
        return Networks((), anywhere=text == "any")
    if not text:
        alone = settings.host.strip("[]") in {"127.0.0.1", "::1", "localhost"} and not settings.trusted_proxies
        text = _LOOPBACK if alone else ""
    try:
        return Networks(tuple(ipaddress.ip_network(each.strip()) for each in text.split(",") if each.strip()))
    except ValueError as error:
        raise SettingsError(f"ADAPTER_RECEPTOR_NETWORKS: {error}") from error


def _target(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _TRANSLATED:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address
