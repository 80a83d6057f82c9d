"""XML from strangers: parsed without entities, DOCTYPE or network, and bounded in size, depth and number of nodes."""

from __future__ import annotations

from typing import Any, cast

from lxml import etree

MAX_DEPTH = 64
MAX_ATTRIBUTES = 64


class XmlError(ValueError):
    """The document is refused; the message says why, and where when the parser knows."""


class _Guard:
    """A SAX-like target that stops a hostile document while it is read, before it has grown in memory."""

    def __init__(self, max_elements: int) -> None:
        self._left = max_elements
        self._depth = 0
        self._builder: Any = etree.TreeBuilder()

    def start(self, tag: str, attributes: dict[str, str], namespaces: dict[str, str] | None = None) -> None:
        self._left -= 1
        self._depth += 1
        if self._left < 0:
            raise XmlError("too many elements")
        if self._depth > MAX_DEPTH:
            raise XmlError("elements are nested too deeply")
        if len(attributes) > MAX_ATTRIBUTES:
            raise XmlError("too many attributes")
        self._builder.start(tag, attributes, namespaces or {})

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._builder.end(tag)

    def data(self, text: str) -> None:
        self._builder.data(text)

    def doctype(self, name: str, public: str | None, system: str | None) -> None:  # noqa: ARG002 - lxml's signature
        raise XmlError("a document type declaration is not allowed")

    def pi(self, target: str, data: str | None = None) -> None:
        """Processing instructions are passed over: they carry nothing of a request."""

    def comment(self, text: str) -> None:
        """Comments are passed over."""

    def close(self) -> etree._Element:
        root: etree._Element = self._builder.close()
        return root


def parse(document: bytes, max_elements: int = 5000) -> etree._Element:
    """The root element of a document.

    The encoding is the one declared (or UTF-8, or UTF-16 by its byte order mark). Raises XmlError for anything that is
    not well formed, and for entities, DOCTYPE, or more elements or depth than allowed.
    """
    if b"<!DOCTYPE" in document[:4096] or b"<!ENTITY" in document[:4096]:
        raise XmlError("a document type declaration is not allowed")
    parser = etree.XMLParser(
        target=cast("Any", _Guard(max_elements)),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(document.lstrip(b" \t\r\n"), parser)
    except etree.XMLSyntaxError as error:
        raise XmlError(error.msg or "not well-formed XML") from error
    except (ValueError, LookupError, AssertionError) as error:
        raise XmlError(str(error) or "not well-formed XML") from error
    if not etree.iselement(root):
        raise XmlError("no root element")
    return root
