"""The WSDL and the schemas: the same as the published ones in structure, and the same as the registry in content."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from lxml import etree

from adapter.core.versions import NEWEST, PUBLISHED, VERSIONS, shape_of
from adapter.legacy.operations.registry import load
from adapter.legacy.protocol import wsdl
from adapter.legacy.protocol.binding import Since, members
from adapter.legacy.protocol.wsdl_operations import OPERATIONS
from adapter.legacy.protocol.wsdl_types import ENUMERATIONS, STRUCTURES

XS = "{http://www.w3.org/2001/XMLSchema}"
W = "{http://schemas.xmlsoap.org/wsdl/}"
SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
ADDRESS = "https://localhost/?Service=AWSMechanicalTurkRequester"
DESCRIBED = {name: f"About {name}." for name in OPERATIONS}


def local(name):
    return name.rpartition(":")[2]


class Schema:
    """A schema, resolved: what an element holds, whatever its types are called."""

    def __init__(self, document):
        self.document = document
        schema = document if document.tag == f"{XS}schema" else document.find(f"{W}types/{XS}schema")
        self.target = schema.get("targetNamespace")
        self.types = {each.get("name"): each for each in schema.iterfind("*") if "Type" in str(each.tag)}
        self.elements = {each.get("name"): each for each in schema.iterfind(f"{XS}element")}

    def holds(self, element, seen=()):
        """(kind or members) of an element's type."""
        if element.get("type"):
            name = local(element.get("type"))
            if name not in self.types:
                return name
            if name in seen:
                return ("again", name)
            return self.content(self.types[name], (*seen, name))
        inner = next((each for each in element.iterfind("*") if "Type" in str(each.tag)), None)
        return self.content(inner, seen)

    def content(self, kind, seen):
        if kind.tag == f"{XS}simpleType":
            return frozenset(each.get("value") for each in kind.iter(f"{XS}enumeration"))
        parts = [
            (
                each.get("name") or local(each.get("ref")),
                each.get("minOccurs", "1"),
                each.get("maxOccurs", "1"),
                self.reference(each, seen),
            )
            for each in kind.iterfind(f"{XS}sequence/{XS}element")
        ]
        return (*parts, *((each.get("name"), "attribute") for each in kind.iterfind(f".//{XS}attribute")))

    def reference(self, element, seen):
        if not element.get("ref"):
            return self.holds(element, seen)
        name = local(element.get("ref"))
        return ("again", name) if name in seen else self.holds(self.elements[name], (*seen, name))

    def messages(self):
        """Operation -> its action, and what its input and its output hold, with the names on the way."""
        parts = {
            each.get("name"): [(part.get("name"), local(part.get("element"))) for part in each.iterfind(f"{W}part")]
            for each in self.document.iterfind(f"{W}message")
        }
        bound = {
            each.get("name"): (
                each.find(f"{SOAP}operation").get("soapAction"),
                [body.get("use") for body in each.iter(f"{SOAP}body")],
            )
            for each in self.document.iterfind(f"{W}binding/{W}operation")
        }
        found = {}
        for each in self.document.iterfind(f"{W}portType/{W}operation"):
            roads = [local(each.find(f"{W}{kind}").get("message")) for kind in ("input", "output")]
            held = [(parts[road], self.holds(self.elements[parts[road][0][1]])) for road in roads]
            found[each.get("name")] = (bound[each.get("name")], roads, held)
        return found


@pytest.mark.parametrize("version", PUBLISHED)
def test_a_published_version_has_the_same_operations_messages_members_order_and_cardinality(version, contract_dir):
    published = Schema(etree.parse(contract_dir / "contract" / "wsdl" / f"{version}.wsdl").getroot())
    ours = Schema(etree.fromstring(wsdl.wsdl(version, ADDRESS, DESCRIBED)))
    assert ours.target == published.target
    theirs, mine = published.messages(), ours.messages()
    assert list(mine) == list(theirs)
    for name, expected in theirs.items():
        assert mine[name] == expected, name
    for tag, attribute in (("service", "name"), ("service/{*}port", "name"), ("binding", "name"), ("portType", "name")):
        assert ours.document.find(W + tag).get(attribute) == published.document.find(W + tag).get(attribute)


@pytest.mark.parametrize("version", ["2007-06-21", "2013-11-15", "2014-08-15"])
def test_the_message_schema_has_the_published_elements(version, contract_dir):
    path = contract_dir / "contract" / "wsdl" / f"{version}.messages.xsd"
    published, ours = Schema(etree.parse(path).getroot()), Schema(etree.fromstring(wsdl.xsd(version)))
    assert ours.elements.keys() == published.elements.keys()
    for name, element in published.elements.items():
        assert ours.holds(ours.elements[name]) == published.holds(element), name


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_a_valid_schema_in_its_own_namespace(version):
    document = etree.fromstring(wsdl.xsd(version))
    assert document.get("targetNamespace").endswith(version)
    etree.XMLSchema(document)
    assert Schema(etree.fromstring(wsdl.wsdl(version, ADDRESS, DESCRIBED))).messages()


def test_an_uncertain_version_takes_the_shape_of_its_only_client():
    assert wsdl.xsd("2011-10-01").replace(b"2011-10-01", b"2012-03-25") == wsdl.xsd("2012-03-25")


def test_the_address_is_escaped():
    document = etree.fromstring(wsdl.wsdl(NEWEST, 'https://a/?b=1&c="<', DESCRIBED))
    assert document.find(f".//{SOAP}address").get("location") == 'https://a/?b=1&c="<'


def test_a_mistake_in_the_notation_is_found():
    with pytest.raises(ValueError, match="no member"):
        list(wsdl.members("Name:string? -", NEWEST))


# ---- the tables and the registry ---------------------------------------------------------------------------------------


def published(versions):
    return [version for version in PUBLISHED if versions(version)]


def test_the_tables_know_the_operations_of_the_registry():
    registry = load()
    assert OPERATIONS.keys() == registry.keys()
    for name, described in OPERATIONS.items():
        assert published(lambda version, at=described: at.since <= version <= at.until) == published(
            registry[name].available
        ), name
        assert (described.element.lstrip("&") or f"{name}Result") == registry[name].element


@pytest.mark.parametrize("version", PUBLISHED)
def test_functions_take_what_the_schema_declares_and_need_nothing_more(version):
    registry = load()
    for name, described in wsdl.operations(version).items():
        taken = {member.name: member for member in members(registry[name].function)}
        declared = {each.name: each for each in wsdl.members(described.request, shape_of(version))}
        assert declared.keys() - {"ResponseGroup"} <= taken.keys(), name
        for member in taken.values():
            if member.name not in declared:
                assert not member.required
                continue
            assert not (member.required and declared[member.name].occurs[0] == "0") or name in LENIENT_SCHEMA, (
                name,
                member.name,
            )
            if declared[member.name].occurs[1] != "1":
                assert member.is_list, (name, member.name)


#: The schemas let the id be left out, which makes no sense.
LENIENT_SCHEMA = {"DisposeQualificationType"}


def test_structures_of_requests_agree_with_the_dataclasses():
    seen = set()
    for operation in load().values():
        _structures(operation.function, seen)
    assert {"Price", "Locale", "QualificationRequirement", "ReviewPolicy", "HITLayoutParameter"} <= seen


def _structures(target, seen):
    for member in members(target):
        name = {"Notification": "NotificationSpecification"}.get(member.kind.__name__, member.kind.__name__)
        if name in STRUCTURES and name not in seen and hasattr(member.kind, "__dataclass_fields__"):
            seen.add(name)
            declared = {each.name for each in wsdl.members(STRUCTURES[name], NEWEST)}
            taken = {each.name: each for each in members(member.kind)}
            assert declared - {"FormattedPrice"} <= taken.keys(), name
            for each in taken.values():
                since = each.mark(Since)
                for version in PUBLISHED:
                    has = any(found.name == each.name for found in wsdl.members(STRUCTURES[name], version))
                    assert not since or has == (version >= since.version), (name, each.name, version)
            _structures(member.kind, seen)


def test_enumerations_are_accepted_by_the_functions():
    for name, described in OPERATIONS.items():
        taken = {member.name: member for member in members(load()[name].function)}
        for each in wsdl.members(described.request, shape_of(described.until)):
            values = get_args(taken[each.name].kind) if each.name in taken else ()
            if each.kind in ENUMERATIONS and values:
                declared = set(re.findall(r"[A-Za-z]+", re.sub(r"[@~][\d-]+", "", ENUMERATIONS[each.kind])))
                assert declared <= set(values), (name, each.name)
