"""REST calls as old clients encode them become one tree of members."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.core.errors import LegacyError, Place
from adapter.legacy.protocol import rest


def parsed(text: str):
    return rest.parse(rest.pairs(text.encode(), 100))


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("Reward.1.Amount=5&Reward.1.CurrencyCode=USD", {"Reward": [{"Amount": ["5"], "CurrencyCode": ["USD"]}]}),
        ("Reward.Amount=5", {"Reward": [{"Amount": ["5"]}]}),
        ("WorkerId.0=A&WorkerId.1=B", {"WorkerId": ["A", "B"]}),
        ("WorkerId.2=B&WorkerId.1=A&WorkerId.10=C", {"WorkerId": ["A", "B", "C"]}),
        ("ResponseGroup0=Minimal&ResponseGroup1=HITDetail", {"ResponseGroup": ["Minimal", "HITDetail"]}),
        ("ResponseGroup=a&ResponseGroup=b", {"ResponseGroup": ["a", "b"]}),
        (
            "Notification.1.EventType=a&Notification.1.EventType=b&Notification.1.Transport=REST",
            {"Notification": [{"EventType": ["a", "b"], "Transport": ["REST"]}]},
        ),
        (
            "Notification.1.EventType.1=a&Notification.1.EventType.2=b",
            {"Notification": [{"EventType": ["a", "b"]}]},
        ),
        (
            "QualificationRequirement.1.LocaleValue.1.Country=US",
            {"QualificationRequirement": [{"LocaleValue": [{"Country": ["US"]}]}]},
        ),
        (
            "P.1.Parameter.1.MapEntry.2.Key=b&P.1.Parameter.1.MapEntry.1.Key=a",
            {"P": [{"Parameter": [{"MapEntry": [{"Key": ["a"]}, {"Key": ["b"]}]}]}]},
        ),
        ("Reward.1=&Reward.1.Amount=5", {"Reward": [{"Amount": ["5"]}]}),
        ("Question=a=b;c=d", {"Question": ["a=b;c=d"]}),
        ("Title=caf%C3%A9+au+lait", {"Title": ["café au lait"]}),
        ("Title=caf%E9", {"Title": ["café"]}),
        ("&&Title=t&", {"Title": ["t"]}),
        ("Title", {"Title": [""]}),
        ("Title=100%", {"Title": ["100%"]}),
    ],
)
def test_every_encoding_of_members_is_understood(query, tree):
    assert parsed("Operation=X&" + query).requests == [tree]


def test_action_is_another_name_of_operation_and_an_absent_version_is_the_newest():
    request = parsed("Action=CreateHIT&Title=t")
    assert request.operation == "CreateHIT"
    assert request.version == "2014-08-15"


def test_several_requests_of_the_perl_sdk_are_kept_apart():
    request = parsed("Operation=GetHIT&GetHIT.1.HITId=A&GetHIT.2.HITId=B&ResponseGroup=Minimal")
    assert request.requests == [
        {"HITId": ["A"], "ResponseGroup": ["Minimal"]},
        {"HITId": ["B"], "ResponseGroup": ["Minimal"]},
    ]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("Title=t", "AWS.MissingParameters"),
        ("Operation=X&Service=AlexaTopSites", "AWS.InvalidServiceParameter"),
        ("Operation=X&" + "a." * 20 + "b=1", "AWS.InvalidParameterValue"),
        ("Operation=X&" + "a" * 500 + "=1", "AWS.InvalidParameterValue"),
        ("Operation=X&" + "&".join(f"a{n}=1" for n in range(200)), "AWS.MaximumParameterRequirement"),
    ],
)
def test_what_is_no_call_is_refused_as_a_whole(query, code):
    with pytest.raises(LegacyError) as refused:
        parsed(query)
    assert refused.value.code == code
    assert refused.value.place is Place.PLATFORM


def test_the_signed_text_of_boto_holds_every_parameter_in_order_of_lower_case_names():
    request = parsed(
        "Version=v&AutoGrantedValue=2&AutoGranted=1&SignatureVersion=1&Operation=X&AWSAccessKeyId=k&Signature=s"
    )
    expected = "AutoGranted1AutoGrantedValue2AWSAccessKeyIdkOperationXSignatureVersion1Versionv"
    assert request.credentials.signed_text == expected


def test_the_signed_text_of_everybody_else_is_service_operation_and_timestamp_as_sent():
    request = parsed("Operation=X&Timestamp=2012-01-01T00%3A00%3A00.770Z")
    assert request.credentials.signed_text == "AWSMechanicalTurkRequesterX2012-01-01T00:00:00.770Z"


def test_the_plus_of_an_offset_that_arrived_as_a_space_is_put_back():
    request = parsed("Operation=X&Timestamp=2012-01-01T00:00:00+01:00")
    assert request.credentials.timestamp == "2012-01-01T00:00:00+01:00"


names = st.from_regex(r"[A-Z][A-Za-z]{0,8}", fullmatch=True).filter(
    lambda name: name.lower() not in {"service", "operation", "action", "version", "timestamp", "signature", "validate"}
)


@given(st.dictionaries(names, st.lists(st.text(st.characters(codec="utf-8"), max_size=20), min_size=1, max_size=4)))
def test_whatever_is_encoded_comes_back(members):
    pairs = [(f"{name}.{number}", text) for name, texts in members.items() for number, text in enumerate(texts, 1)]
    tree = rest.tree(rest.pairs(urlencode(pairs).encode(), 1000))
    assert tree == members


@given(st.text("%4aAfF0gZ+", max_size=30))
def test_escapes_are_undone_as_forms_have_them(text):
    expected = unquote_to_bytes(text.replace("+", " "))
    [(name, value)] = rest.pairs(b"x=" + text.encode(), 10)
    assert name == "x"
    if expected.isascii():
        assert value.encode() == expected


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_the_legacy_vocabulary(raw):
    code = ""
    try:
        rest.parse(rest.pairs(raw, 50))
    except LegacyError as error:
        code = error.code
    assert code == "" or code.startswith("AWS.")
