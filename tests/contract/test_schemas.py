"""Replies of every operation in every version are valid by Amazon's own message schemas."""

from __future__ import annotations

import functools

import pytest
from lxml import etree

from adapter.core.versions import VERSIONS, shape_of
from adapter.legacy.operations import registry
from tests.contract.day import Day
from tests.legacy_client import NAMESPACE, Scene, through_flask

XS = "{http://www.w3.org/2001/XMLSchema}"
PAGED = {"PageNumber", "NumResults", "TotalNumResults"}


@pytest.fixture(scope="module")
def schema_of(contract_dir):
    """The message schema of a published version, out of its WSDL."""

    @functools.cache
    def read(version):
        wsdl = etree.parse(contract_dir / "contract" / "wsdl" / f"{version}.wsdl")
        found = wsdl.find(f".//{XS}schema")
        # taken out of the WSDL, a schema keeps the prefixes that are declared outside of it
        return etree.XMLSchema(etree.fromstring(etree.tostring(found))), counters_by_element(found)

    return read


def counters_by_element(schema) -> dict[str, list[str]]:
    """In which order the schema has the counters of a page, by the name of the element they stand in."""
    by_type = {}
    for each in schema.findall(f"{XS}complexType"):
        names = [member.get("name") for member in each.iter(f"{XS}element") if member.get("name") in PAGED]
        if names:
            by_type[each.get("name")] = names
    elements = [(each.get("name"), (each.get("type") or "").rpartition(":")[2]) for each in schema.iter(f"{XS}element")]
    return {name: by_type[kind] for name, kind in elements if kind in by_type}


def as_published(root, version: str, orders):
    """The response in the namespace of its version, with the counters of a page in the schema's order.

    Recorded replies have NumResults, TotalNumResults, PageNumber, and are followed here; most types of the schema have
    PageNumber first.
    """
    copy = etree.Element(f"{{{NAMESPACE}{version}}}{root.tag}", nsmap={None: NAMESPACE + version})

    def fill(target, source):
        target.text = source.text
        for name, value in source.attrib.items():
            target.set(name, value)
        children = list(source)
        counters = [each for each in children if each.tag in PAGED]
        if counters and source.tag in orders:
            at = children.index(counters[0])
            children = [each for each in children if each.tag not in PAGED]
            children[at:at] = sorted(counters, key=lambda each: orders[source.tag].index(each.tag))
        for child in children:
            fill(etree.SubElement(target, f"{{{NAMESPACE}{version}}}{child.tag}"), child)

    fill(copy, root)
    return copy


def without_echo(root):
    """REST echoes carry what no schema has (Operation, `tag` attributes); they are checked by recorded replies."""
    for request in root.iter("Request"):
        for each in list(request):
            if each.tag.endswith("Request"):
                request.remove(each)
    return root


@pytest.mark.parametrize("scheme", ["0", "soap"], ids=["rest", "soap"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_reply_of_a_whole_day_is_valid(in_process, schema_of, version, scheme):
    app, store = in_process
    scene = Scene(store, through_flask(app), scheme=scheme)
    day = Day(scene, scene.requester(version=version))
    day.run()
    schema, orders = schema_of(shape_of(version))
    wrong = []
    for operation, root in day.said:
        document = as_published(without_echo(root) if scheme == "0" else root, shape_of(version), orders)
        if not schema.validate(document):
            wrong.append(f"{operation}: {schema.error_log.last_error.message}")
    assert wrong == [], "\n".join(wrong)
    answered = {operation for operation, _ in day.said}
    assert answered | day.refused == set(registry.load())
