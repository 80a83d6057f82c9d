"""Countries, states and time zones to choose from; countries and zones as the IANA's time zone database lists them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources


@functools.cache
def countries() -> dict[str, str]:
    """The names of all countries by their ISO 3166 codes, in the order of the names."""
    pairs = dict(fields[:2] for fields in _rows("iso3166.tab"))
    return dict(sorted(pairs.items(), key=lambda pair: pair[1]))


#: The parts of the United States by their ISO 3166-2 codes, in the order of the names.
STATES = {
    "AL": "Alabama",
    "AK": "Alaska",
    "AS": "American Samoa",
    "AZ": "Arizona",
    "AR": "Arkansas",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DE": "Delaware",
    "DC": "District of Columbia",
    "FL": "Florida",
    "GA": "Georgia",
    "GU": "Guam",
    "HI": "Hawaii",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "IA": "Iowa",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "ME": "Maine",
    "MD": "Maryland",
    "MA": "Massachusetts",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MS": "Mississippi",
    "MO": "Missouri",
    "MT": "Montana",
    "NE": "Nebraska",
    "NV": "Nevada",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico",
    "NY": "New York",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "MP": "Northern Mariana Islands",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "PR": "Puerto Rico",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TN": "Tennessee",
    "TX": "Texas",
    "UM": "U.S. Outlying Islands",
    "VI": "U.S. Virgin Islands",
    "UT": "Utah",
    "VT": "Vermont",
    "VA": "Virginia",
    "WA": "Washington",
    "WV": "West Virginia",
    "WI": "Wisconsin",
    "WY": "Wyoming",
}


def state_or_province(form: Mapping[str, str]) -> str:
    """The code that a form with a country says: chosen from the list of states in the United States, written elsewhere."""
    listed = form.get("country", "").strip().upper() == "US" and "state" in form
    return form.get("state" if listed else "subdivision", "").strip()[:100]


@functools.cache
def time_zones() -> tuple[str, ...]:
    """The names of the time zones in which people live, and UTC first."""
    return ("UTC", *sorted(fields[2] for fields in _rows("zone.tab")))


def _rows(name: str) -> list[list[str]]:
    text = resources.files("tzdata").joinpath("zoneinfo", name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
