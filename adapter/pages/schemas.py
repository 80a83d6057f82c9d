"""Descriptions for toolkits that read them at run time: WSDLs and schemas, where they always were (docs/contract.md, Addresses)."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, abort, request

from adapter.core.versions import NEWEST, VERSIONS
from adapter.legacy.operations.registry import OPERATIONS
from adapter.legacy.protocol import wsdl

_NAME = "AWSMechanicalTurkRequester"


def blueprint(data_schema: Callable[[str, str], str | None]) -> Blueprint:
    """The pages; `data_schema` gives the schema of a question document by name and date, or None."""
    pages = Blueprint("schemas", __name__)

    @pages.get(f"/AWSMechanicalTurk/{_NAME}.wsdl")
    @pages.get(f"/AWSMechanicalTurk/<version>/{_NAME}.wsdl")
    def requester(version: str = NEWEST) -> Response:
        return _xml(requester_wsdl(_checked(version), f"{request.host_url}?Service={_NAME}"))

    @pages.get(f"/AWSMechanicalTurk/{_NAME}.xsd")
    @pages.get(f"/AWSMechanicalTurk/<version>/{_NAME}.xsd")
    def messages(version: str = NEWEST) -> Response:
        return _xml(wsdl.xsd(_checked(version)))

    @pages.get(f"/AWSMechanicalTurk/{_NAME}Notification.wsdl")
    @pages.get(f"/AWSMechanicalTurk/<version>/{_NAME}Notification.wsdl")
    def receptor(version: str = wsdl.RECEPTOR_VERSION) -> Response:
        if version != wsdl.RECEPTOR_VERSION:
            abort(404)
        # the address of a receptor is its owner's; this one only shows where it has to stand
        return _xml(wsdl.receptor(f"{request.host_url}your-receptor"))

    @pages.get("/AWSMechanicalTurkDataSchemas/<name>.xsd")
    @pages.get("/AWSMechanicalTurkDataSchemas/<date>/<name>.xsd")
    def documents(name: str, date: str = "") -> Response:
        text = data_schema(name, date)
        if text is None:
            abort(404)
        return _xml(text.encode())

    return pages


def requester_wsdl(version: str, address: str) -> bytes:
    """The WSDL of a version, of the operations in the registry, each with the first line of its documentation."""
    described = {
        name: " ".join((each.function.__doc__ or "").strip().split("\n\n")[0].split())
        for name, each in OPERATIONS.items()
        if each.available(version)
    }
    return wsdl.wsdl(version, address, described)


def _checked(version: str) -> str:
    if version not in VERSIONS:
        abort(404)
    return version


def _xml(body: bytes) -> Response:
    return Response(body, content_type="text/xml; charset=UTF-8", headers={"Vary": "Host"})
