"""bind(): the signature of a function is the check of its arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import pytest

from adapter.core.errors import LegacyError
from adapter.legacy.protocol.binding import Also, AtMost, Between, Bytes, CommaList, Id, NoControls, bind
from adapter.legacy.protocol.shapes import Price, QualificationRequirement

Colour = Literal["Red", "Green"]


@dataclass(frozen=True)
class Pair:
    Key: str
    Value: list[str] | None = None


def operation(
    call,
    Name: Annotated[str, AtMost(10)],
    Kind: Colour = "Red",
    Size: Annotated[int, Between(1, 100)] = 10,
    Flag: bool = False,
    HITId: Annotated[str, Id("HIT")] | None = None,
    WorkerId: Annotated[list[str], Id(), CommaList()] | None = None,
    Pairs: Annotated[list[Pair], AtMost(2)] | None = None,
    Text: Annotated[str, Bytes(8), NoControls()] | None = None,
    IntegerValue: Annotated[list[int], Also("Value")] | None = None,
):
    """Only its signature is read."""


def code(tree):
    with pytest.raises(LegacyError) as refused:
        bind(operation, tree)
    return refused.value.code, dict(refused.value.data).get("Parameter")


def test_defaults_stand_where_nothing_is_given():
    assert bind(operation, {"Name": ["n"]}) == {
        "Name": "n",
        "Kind": "Red",
        "Size": 10,
        "Flag": False,
        "HITId": None,
        "WorkerId": None,
        "Pairs": None,
        "Text": None,
        "IntegerValue": None,
    }


def test_names_are_matched_without_case_and_strangers_are_passed_over():
    assert bind(operation, {"nAME": ["n"], "Stranger": ["x"]})["Name"] == "n"


def test_the_text_none_counts_as_absent_on_optional_members_only():
    bound = bind(operation, {"Name": ["None"], "Text": ["None"], "Size": ["None"]})
    assert bound["Name"] == "None"
    assert bound["Text"] is None
    assert bound["Size"] == 10


def test_old_names_mean_the_new_member():
    assert bind(operation, {"Name": ["n"], "Value": ["3"]})["IntegerValue"] == [3]


def test_lists_come_repeated_or_comma_joined():
    assert bind(operation, {"Name": ["n"], "WorkerId": ["A1,A2", "A3"]})["WorkerId"] == ["A1", "A2", "A3"]


@pytest.mark.parametrize("text", ["true", "True", "1", "T", "TRUE", "yes", "90"])
def test_every_spelling_of_true_is_true(text):
    assert bind(operation, {"Name": ["n"], "Flag": [text]})["Flag"] is True


@pytest.mark.parametrize("text", ["false", "False", "0", "F", ""])
def test_every_spelling_of_false_is_false(text):
    assert bind(operation, {"Name": ["n"], "Flag": [text]})["Flag"] is False


def test_an_empty_country_beside_a_number_says_nothing():
    members = {"QualificationTypeId": ["2X"], "Comparator": ["GreaterThan"], "IntegerValue": ["5"]}
    bound = QualificationRequirement(**bind(QualificationRequirement, {**members, "LocaleValue": [{"Country": [""]}]}))
    assert bound.modern("PreviewAndAccept") == {
        "QualificationTypeId": "2X",
        "Comparator": "GreaterThan",
        "IntegerValues": [5],
        "ActionsGuarded": "Accept",
    }


@pytest.mark.parametrize("blank", ["", "  ", "\n    "])
def test_white_space_says_nothing_where_a_text_would_not_be_a_value(blank):
    """Indented documents leave it in elements without a value."""
    members = ("Kind", "Size", "Flag", "HITId", "WorkerId", "Pairs", "IntegerValue")
    bound = bind(operation, {"Name": ["n"], "Text": ["  "], **{name: [blank] for name in members}})
    assert bound == {**bind(operation, {"Name": ["n"]}), "Text": "  "}


def test_structures_are_bound_from_trees_and_from_one_xml_text():
    from_tree = bind(operation, {"Name": ["n"], "Pairs": [{"Key": ["k"], "Value": ["1", "2"]}]})["Pairs"]
    from_xml = bind(operation, {"Name": ["n"], "Pairs": ["<Pair><Key>k</Key><Value>1</Value><Value>2</Value></Pair>"]})
    assert from_tree == from_xml["Pairs"] == [Pair("k", ["1", "2"])]


def test_a_structure_in_one_text_is_not_garbled_by_the_encoding_it_declares():
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><Pair><Key>\u00e9\u0142</Key></Pair>'
    assert bind(operation, {"Name": ["n"], "Pairs": [text]})["Pairs"] == [Pair("\u00e9\u0142")]


INVALID = "AWS.MechanicalTurk.InvalidParameterValue"


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({}, ("AWS.MissingParameters", "Name")),
        ({"Name": ["x" * 11]}, (INVALID, "Name")),
        ({"Name": [{"a": ["b"]}]}, (INVALID, "Name")),
        ({"Name": ["n"], "Kind": ["Blue"]}, ("AWS.InvalidEnumeratedParameter", "Kind")),
        ({"Name": ["n"], "Size": ["0"]}, ("AWS.ParameterOutOfRange", "Size")),
        ({"Name": ["n"], "Size": ["101"]}, ("AWS.ParameterOutOfRange", "Size")),
        ({"Name": ["n"], "Size": ["green"]}, (INVALID, "Size")),
        ({"Name": ["n"], "Size": ["9" * 50]}, (INVALID, "Size")),
        ({"Name": ["n"], "Size": ["\u0663"]}, (INVALID, "Size")),
        ({"Name": ["n"], "Flag": ["maybe"]}, (INVALID, "Flag")),
        ({"Name": ["n"], "HITId": ["no id"]}, ("AWS.MechanicalTurk.HITDoesNotExist", None)),
        ({"Name": ["n"], "WorkerId": ["no id"]}, (INVALID, "WorkerId")),
        ({"Name": ["n"], "Pairs": [{}]}, ("AWS.MissingParameters", "Pairs.Key")),
        ({"Name": ["n"], "Pairs": ["<Pair><Key>"]}, (INVALID, "Pairs")),
        ({"Name": ["n"], "Pairs": [{"Key": ["k"]}] * 3}, ("AWS.MaximumParameterRequirement", "Pairs")),
        ({"Name": ["n"], "Text": ["\u00e9" * 5]}, (INVALID, "Text")),
        ({"Name": ["n"], "Text": ["a\x07b"]}, (INVALID, "Text")),
    ],
)
def test_a_bad_member_is_refused_and_named(tree, expected):
    assert code(tree) == expected


@pytest.mark.parametrize(
    ("text", "modern"),
    [
        ("0.05", "0.05"),
        ("5", "5.00"),
        ("0.5", "0.50"),
        ("1.0", "1.00"),
        ("0.05000000000000000277", "0.05"),
        (".5", "0.50"),
    ],
)
def test_amounts_are_rounded_to_cents(text, modern):
    assert Price(**bind(Price, {"Amount": [text]})).modern() == modern


@pytest.mark.parametrize("text", ["-1", "0.005", "1e2", "NaN", "Infinity", "five", "1,00", "9" * 30])
def test_amounts_that_are_none_are_refused(text):
    with pytest.raises(LegacyError):
        Price(**bind(Price, {"Amount": [text]})).check("Reward")


def test_a_requirement_may_have_its_old_and_misspelt_names():
    tree = {
        "QualificationTypeId": ["00000000000000000071"],
        "Comparator": ["EqualTo"],
        "LocalValue": [{"Country": ["US"], "Subdivision": ["NY"]}],
    }
    bound = QualificationRequirement(**bind(QualificationRequirement, tree))
    assert bound.modern("PreviewAndAccept")["LocaleValues"] == [{"Country": "US", "Subdivision": "NY"}]


@pytest.mark.parametrize("empty", ["", "None"])
def test_another_name_counts_where_the_right_one_says_nothing(empty):
    tree = {"QualificationTypeId": ["T1"], "Comparator": ["EqualTo"], "LocaleValue": [empty]}
    bound = QualificationRequirement(**bind(QualificationRequirement, {**tree, "LocalValue": [{"Country": ["US"]}]}))
    assert bound.modern("PreviewAndAccept")["LocaleValues"] == [{"Country": "US"}]


def test_a_misspelt_name_beside_the_right_one_is_passed_over():
    tree = {
        "QualificationTypeId": ["00000000000000000071"],
        "Comparator": ["EqualTo"],
        "LocaleValue": [{"Country": ["US"]}],
        "LocalValue": [{"Subdivision": ["NY"]}],
    }
    bound = QualificationRequirement(**bind(QualificationRequirement, tree))
    assert bound.modern("PreviewAndAccept")["LocaleValues"] == [{"Country": "US"}]
