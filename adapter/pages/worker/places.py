"""Countries and time zones to choose from, as the IANA's time zone database lists them."""

from __future__ import annotations

import functools
from importlib import resources


@functools.cache
def countries() -> dict[str, str]:
    """The names of all countries by their ISO 3166 codes, in the order of the names."""
    pairs = dict(fields[:2] for fields in _rows("iso3166.tab"))
    return dict(sorted(pairs.items(), key=lambda pair: pair[1]))


@functools.cache
def time_zones() -> tuple[str, ...]:
    """The names of the time zones in which people live, and UTC first."""
    return ("UTC", *sorted(fields[2] for fields in _rows("zone.tab")))


def _rows(name: str) -> list[list[str]]:
    text = resources.files("tzdata").joinpath("zoneinfo", name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
