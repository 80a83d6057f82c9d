"""The schemas of question documents as old toolkits fetch them: by date and name, or by name alone."""

from __future__ import annotations

from functools import cache

from adapter.marketplace.questions.formatted import _ALLOWED, _CONTENT, _REQUIRED, XHTML
from adapter.marketplace.questions.xml import VERSIONS, namespace, namespaces, schema_text

FORMATTED = ("2006-07-14", "FormattedContentXHTMLSubset")


def data_schema(name: str, date: str = "") -> str | None:
    """The schema of this name and date as text, or None where there is none; without a date, in the undated namespace."""
    if name == FORMATTED[1] and date in {"", FORMATTED[0]}:
        return formatted_schema()
    if name not in VERSIONS or (date and date not in VERSIONS[name]):
        return None
    return schema_text(name, namespace(name, date) if date else namespaces(name)[-1])


@cache
def formatted_schema() -> str:
    """The subset of XHTML that FormattedContent may hold, from the tables that check it."""
    elements = []
    for name, (children, mixed) in sorted(_CONTENT.items()):
        inner = "".join(f'<xs:element ref="{child}"/>' for child in sorted(children))
        choice = f'<xs:choice minOccurs="0" maxOccurs="unbounded">{inner}</xs:choice>' if children else ""
        attributes = "".join(
            f'<xs:attribute name="{attribute}" type="xs:string"'
            + (' use="required"/>' if attribute in _REQUIRED.get(name, ()) else "/>")
            for attribute in sorted(_ALLOWED[name])
            if not attribute.startswith("{")
        )
        # xml:space and xml:lang, without a schema of the xml namespace to fetch
        own = '<xs:anyAttribute namespace="http://www.w3.org/XML/1998/namespace" processContents="skip"/>'
        mark = ' mixed="true"' if mixed else ""
        elements.append(
            f'<xs:element name="{name}"><xs:complexType{mark}>{choice}{attributes}{own}</xs:complexType></xs:element>'
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        f' targetNamespace="{XHTML}" xmlns="{XHTML}" elementFormDefault="qualified">\n'
        + "\n".join(elements)
        + "\n</xs:schema>\n"
    )
