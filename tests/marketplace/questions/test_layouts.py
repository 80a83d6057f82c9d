"""HIT layouts: placeholders are filled in with escaping, and must all be known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.marketplace.questions import LayoutError, check_question, fill, html_question, placeholders


def test_placeholders_are_filled_each_time_they_occur():
    assert fill("<p>${a} ${b-2}, ${a}</p>", {"a": "1", "b-2": "two"}) == "<p>1 two, 1</p>"
    assert placeholders("${b}${a}${b} ${first guess} ${not + one} ${no - ne} $a {b} ${}") == ("b", "a", "first guess")
    assert fill("nothing ${1 + x}", {}) == "nothing ${1 + x}"


def test_values_are_escaped_and_not_filled_again():
    assert fill("<a href='${u}'>${t}</a>", {"u": "'\"<>&", "t": "${u}]]>"}) == (
        "<a href='&#x27;&quot;&lt;&gt;&amp;'>${u}]]&gt;</a>"
    )


@pytest.mark.parametrize(("values", "name"), [({}, "a"), ({"a": "1", "b": "2"}, "b"), ({"A": "1"}, "a")])
def test_a_missing_or_unknown_parameter_is_named(values, name):
    with pytest.raises(LayoutError) as caught:
        fill("${a}", values)
    assert caught.value.name == name
    assert name in caught.value.message
    assert caught.value.code == "AWS.MechanicalTurk.InvalidParameterValue"


def test_a_result_that_grows_too_long_is_refused():
    with pytest.raises(LayoutError, match="65535"):
        fill("${a}" * 1000, {"a": "x" * 1000})


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=50))
def test_a_filled_page_is_a_question_with_the_value_as_text(value):
    page = fill("<p>${v}</p>]]>", {"v": value})
    checked = check_question(html_question(page, 300))
    assert (checked.kind, checked.html_content, checked.frame_height) == ("HTMLQuestion", page, 300)
    assert "<" not in checked.html_content[3:-7]
