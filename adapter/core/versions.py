"""The versions of the legacy API and their namespaces."""

from __future__ import annotations

import re

VERSIONS = (
    "2005-10-01",
    "2006-05-05",
    "2006-06-20",
    "2006-08-23",
    "2006-10-31",
    "2007-03-12",
    "2007-06-21",
    "2008-04-01",
    "2008-08-02",
    "2011-10-01",
    "2012-03-25",
    "2013-11-15",
    "2014-08-15",
)
NEWEST = VERSIONS[-1]

#: Versions whose schema is known; any other version answers in the shape of one of these.
PUBLISHED = ("2007-06-21", "2008-08-02", "2012-03-25", "2013-11-15", "2014-08-15")

#: The namespaces of the SOAP body: Amazon's schemas, and those that older third-party clients send.
NAMESPACES = (
    "http://requester.mturk.amazonaws.com/doc/",
    "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkRequester/",
    "http://mechanicalturk.sandbox.amazonaws.com/AWSMechanicalTurkRequester/",
)
_NAMESPACE = re.compile("^(?:" + "|".join(re.escape(each) for each in NAMESPACES) + r")(\d{4}-\d{2}-\d{2})/?$")


def shape_of(version: str) -> str:
    """The published version whose shape a version answers in.

    Versions before 2007-06-21 take that oldest published shape; 2011-10-01 takes 2012-03-25, because its only known
    client (the Perl SDK) uses the members of 2012-03-25; the others take the nearest older one.
    """
    if version == "2011-10-01":
        return "2012-03-25"
    older = [each for each in PUBLISHED if each <= version]
    return older[-1] if older else PUBLISHED[0]


def from_namespace(namespace: str) -> str | None:
    """The version that a SOAP body namespace names, or None for a foreign namespace."""
    match = _NAMESPACE.match(namespace)
    return match[1] if match else None
