"""No secret stays in what is kept of calls, however it is spelled."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.legacy import masking

SECRET = "hu5h/+hu5h="


@pytest.mark.parametrize(
    "text",
    [
        f"Operation=GetHIT&Signature={SECRET}&HITId=kept",
        f"signature={SECRET}&HITId=kept",
        f"HITId=kept&%53ignature={SECRET}",
        f"HITId=kept&Signature+={SECRET}",
        f"HITId=kept&GetHIT.1.Signature={SECRET}",
        f"HITId=kept&Credential={SECRET}",
        f"HITId=kept&MyPassword={SECRET}&aws_secret_access_key={SECRET}",
        f"HITId=kept&Notification.1.Destination=http%3A%2F%2Fuser%3A{SECRET}%40example.org%2F{SECRET}",
        f"HITId=kept&Notification.1.Destination.1=http%3A%2F%2Fexample.org%2F{SECRET}",
        f"HITId=kept&Signature.1={SECRET}",
        f"HITId=kept&X-Amz-Signature={SECRET}&X-Amz-Credential={SECRET}&X-Amz-Security-Token={SECRET}",
        f"HITId=kept&SecurityToken={SECRET}&SessionToken={SECRET}",
    ],
)
def test_secret_parameters_of_a_form_are_replaced_and_the_others_stay(text):
    masked = masking.mask_form(text)
    assert "hu5h" not in masked
    assert "HITId=kept" in masked


@pytest.mark.parametrize(
    "text",
    [
        f"<a:Signature>{SECRET}</a:Signature>",
        f'<Signature xsi:type="string">{SECRET}',
        f"<SIGNATURE\n>\n{SECRET}</SIGNATURE>",
        f"<Signature><![CDATA[{SECRET}]]></Signature>",
        f'<wsse:Password Type="text">{SECRET}</wsse:Password>',
        f"<ds:SignatureValue>{SECRET}</ds:SignatureValue>",
        f"<Destination>https://user:hu5h@example.org/{SECRET}</Destination>",
        f"<FileUploadURL>https://example.org/f?{SECRET}</FileUploadURL>",
        f"<Signature><!-- signed --><?by us?>{SECRET}</Signature>",
        f"<Signature>hu5h<!-- signed -->{SECRET}</Signature>",
        f"<wsse:Password><![CDATA[a<b{SECRET}]]>{SECRET}</wsse:Password>",
        f"<Destination><!-- there -->https://example.org/{SECRET}</Destination>",
        f"<Destination><![CDATA[https://example.org/{SECRET}]]></Destination>",
        f"<Destination>https&#58;//example.org/{SECRET}</Destination>",
        f"<SecurityToken>{SECRET}</SecurityToken>",
    ],
)
def test_secret_elements_are_replaced_and_the_others_stay(text):
    masked = masking.mask_xml(f"<x><HITId>kept</HITId>{text}")
    assert "hu5h" not in masked
    assert "<HITId>kept</HITId>" in masked


def test_a_destination_in_json_is_shown_by_its_host():
    masked = masking.mask_json('{"Destination": "https://example.org/hush\\"hush", "Subject": "https://kept.org/a"}')
    assert masked == '{"Destination": "https://example.org/(masked)", "Subject": "https://kept.org/a"}'


def test_members_are_masked_at_any_depth():
    tree = {"Notification": [{"Destination": ["https://h/hush"], "Password": ["hush"]}], "Title": ["kept"]}
    assert masking.mask_tree(tree) == {
        "Notification": [{"Destination": ["https://h/(masked)"], "Password": ["(masked)"]}],
        "Title": ["kept"],
    }


def test_headers_that_are_not_common_are_replaced():
    environ = {
        "HTTP_COOKIE": "hush",
        "HTTP_AUTHORIZATION": "hush",
        "HTTP_USER_AGENT": "boto",
        "CONTENT_TYPE": "text/xml",
    }
    assert masking.mask_headers(environ) == [
        ("Authorization", "(masked)"),
        ("Content-Type", "text/xml"),
        ("Cookie", "(masked)"),
        ("User-Agent", "boto"),
    ]


@pytest.mark.parametrize("spelled", ["ab+cd/ef==", "ab%2Bcd%2Fef%3D%3D", "ab%2bcd%2fef%3d%3d"])
def test_a_known_signature_stands_nowhere_however_it_is_spelled(spelled):
    assert spelled in masking.spellings("ab+cd/ef==")


def test_a_text_too_short_to_be_a_signature_is_not_looked_for():
    assert not masking.spellings("short")


@given(st.text())
def test_any_text_can_be_masked(text):
    for mask in (masking.mask_form, masking.mask_xml, masking.mask_json, masking.mask_address):
        assert isinstance(mask(text), str)


@pytest.mark.parametrize(
    "piece",
    [
        "<Signature>",
        "<a",
        "<passwordpassword",
        "&Signature",
        '"Destination":"',
        "<x ",
        "<Signature><!--",
        "<Destination><![CDATA[",
        "Signature.",
    ],
)
def test_masking_costs_no_more_than_it_is_long(piece):
    text = piece * (32_768 // len(piece))
    started = time.process_time()
    for mask in (masking.mask_form, masking.mask_xml, masking.mask_json):
        mask(text)
    assert time.process_time() - started < 2
