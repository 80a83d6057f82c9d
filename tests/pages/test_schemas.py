"""WSDLs and schemas over HTTP, where toolkits look for them at run time."""

from __future__ import annotations

import os

import pytest
from lxml import etree

from adapter.core.versions import NEWEST, VERSIONS
from tests import processes
from tests.fixtures_live import ROOT

ADDRESS = "{http://schemas.xmlsoap.org/wsdl/soap/}address"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
XS = "{http://www.w3.org/2001/XMLSchema}"
BASE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"


def get(scene, path, **headers):
    answer = scene.send("GET", path, b"", b"", {name.replace("_", "-"): value for name, value in headers.items()})
    if answer.status == 200:
        assert answer.headers["Content-Type"] == "text/xml; charset=UTF-8"
    return answer


def location(document):
    return document.find(f".//{ADDRESS}").get("location")


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_has_its_wsdl_and_its_message_schema(scene, version):
    document = get(scene, f"/AWSMechanicalTurk/{version}/AWSMechanicalTurkRequester.wsdl").root
    assert document.get("targetNamespace").endswith(f"/{version}")
    assert len(document.find(f"{WSDL}portType")) >= 39
    schema = get(scene, f"/AWSMechanicalTurk/{version}/AWSMechanicalTurkRequester.xsd").root
    assert schema.get("targetNamespace") == document.get("targetNamespace")


def test_without_a_version_it_is_the_newest(scene):
    for suffix in ("wsdl", "xsd"):
        undated = get(scene, f"/AWSMechanicalTurk/AWSMechanicalTurkRequester.{suffix}").body
        assert undated == get(scene, f"/AWSMechanicalTurk/{NEWEST}/AWSMechanicalTurkRequester.{suffix}").body


def test_the_address_is_the_host_that_was_asked(scene):
    path = "/AWSMechanicalTurk/2012-03-25/AWSMechanicalTurkRequester.wsdl"
    asked = get(scene, path, Host="mechanicalturk.sandbox.amazonaws.com")
    assert location(asked.root) == "http://mechanicalturk.sandbox.amazonaws.com/?Service=AWSMechanicalTurkRequester"


def test_behind_a_proxy_with_tls_the_address_is_the_one_outside(proxied, live_through_proxy):
    answer = live_through_proxy("GET", "/AWSMechanicalTurk/2008-08-02/AWSMechanicalTurkRequester.wsdl", b"", b"", {})
    assert location(answer.root) == f"{proxied.url}/?Service=AWSMechanicalTurkRequester"


@pytest.fixture
def live_through_proxy(proxied):
    from tests.legacy_client import through_http

    return through_http(proxied.url, verify=str(proxied.ca))


def test_the_receptor_has_a_wsdl_of_its_own(scene):
    for path in ("/2006-05-05", ""):
        document = get(scene, f"/AWSMechanicalTurk{path}/AWSMechanicalTurkRequesterNotification.wsdl").root
        assert document.get("targetNamespace") == "http://requester.mturk.amazonaws.com/doc/2006-05-05"
        assert [each.get("name") for each in document.find(f"{WSDL}portType")] == ["Notify"]
        etree.XMLSchema(document.find(f"{WSDL}types/{XS}schema"))


DOCUMENTS = [
    ("2005-10-01", "QuestionForm"),
    ("2005-10-01", "QuestionFormAnswers"),
    ("2005-10-01", "AnswerKey"),
    ("2006-07-14", "ExternalQuestion"),
    ("2011-11-11", "HTMLQuestion"),
]


@pytest.mark.parametrize(("date", "name"), DOCUMENTS)
def test_the_schemas_of_documents_are_served_by_date_and_without(scene, date, name):
    for part in (f"{date}/", ""):
        schema = get(scene, f"/AWSMechanicalTurkDataSchemas/{part}{name}.xsd").root
        assert schema.get("targetNamespace") == f"{BASE}/{part}{name}.xsd"
        etree.XMLSchema(schema)


def test_the_subset_of_xhtml_is_a_schema_that_judges_as_the_gateway_does(scene):
    schema = etree.XMLSchema(
        get(scene, "/AWSMechanicalTurkDataSchemas/2006-07-14/FormattedContentXHTMLSubset.xsd").root
    )
    good = '<p xmlns="http://www.w3.org/1999/xhtml">a <b title="t">b</b> <img src="http://a/b" alt=""/></p>'
    assert schema.validate(etree.fromstring(good))
    for bad in ('<p xmlns="http://www.w3.org/1999/xhtml"><script/></p>', good.replace(' alt=""', "")):
        assert not schema.validate(etree.fromstring(bad))


@pytest.mark.parametrize(
    "path",
    [
        "/AWSMechanicalTurk/2012-03-26/AWSMechanicalTurkRequester.wsdl",
        "/AWSMechanicalTurk/../AWSMechanicalTurkRequester.wsdl",
        "/AWSMechanicalTurk/2014-08-15/AWSMechanicalTurkRequesterNotification.wsdl",
        "/AWSMechanicalTurkDataSchemas/2005-10-01/HTMLQuestion.xsd",
        "/AWSMechanicalTurkDataSchemas/2005-10-01/..%2f..%2fxml.xsd",
        "/AWSMechanicalTurkDataSchemas/xml.xsd",
    ],
)
def test_what_is_not_there_is_not_found_in_xml(scene, path):
    answer = get(scene, path)
    assert (answer.status, answer.root.tag) == (404, "Response")


def test_the_command_prints_what_is_served(scene):
    def run(*arguments):
        return processes.run("-m", "adapter.cli", "wsdl", *arguments, env=os.environ, cwd=ROOT)

    served = get(scene, "/AWSMechanicalTurk/2013-11-15/AWSMechanicalTurkRequester.wsdl").body
    address = "http://localhost/?Service=AWSMechanicalTurkRequester"
    assert run("2013-11-15", "--address", address).stdout.encode() == served
    assert (
        run("--schema").stdout.encode()
        == get(scene, f"/AWSMechanicalTurk/{NEWEST}/AWSMechanicalTurkRequester.xsd").body
    )
    refused = run("1999-01-01")
    assert refused.returncode == 2
    assert "1999-01-01 is no version of the API" in refused.stderr
