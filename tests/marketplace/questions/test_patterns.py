"""Regular expressions in JavaScript's notation, held against Python's engine where both mean the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adapter.marketplace.questions.documents import Regex
from adapter.marketplace.questions.patterns import matches, sample
from tests.marketplace.questions.documents import seeded


@pytest.mark.parametrize(
    ("pattern", "flags", "text", "expected"),
    [
        (r"\S", "", " ", False),
        (r"\S", "", " x", True),
        (r"(^$|\S{2,})", "", "", True),
        (r"(^$|\S{2,})", "", "a", False),
        (r"(^$|\S{2,})", "", "ab", True),
        (r"^[12][0-9]{3}-[01]?\d-[0-3]?\d$", "", "2015-6-01", True),
        (r"^[12][0-9]{3}-[01]?\d-[0-3]?\d$", "", "3015-06-01", False),
        (r"^(1[- ]?)?(\([2-9]\d{2}\)\s*|[2-9]\d{2}-?)[2-9]\d{2}-?\d{4}$", "", "1-555-555-1234", True),
        ("regex", "i", "my ReGeX", True),
        ("regex", "", "my ReGeX", False),
        ("[a-z]", "i", "Q", True),
        ("^b", "m", "a\nb", True),
        ("^b", "", "a\nb", False),
        ("a$", "m", "a\nb", True),
        (".", "", "\n", False),
        (".", "s", "\n", True),
        (r"\bcat\b", "", "a cat!", True),
        (r"\bcat\b", "", "concat", False),
        (r"\Bcat", "", "concat", True),
        (r"^(?!\s*$).+", "", "   ", False),
        (r"^(?!\s*$).+", "", " a ", True),
        (r"^(?=.*\d)(?=.*[a-z]).{4,8}$", "", "abc1", True),
        (r"^(?=.*\d)(?=.*[a-z]).{4,8}$", "", "abcd", False),
        (r"^(?:a|b){2,3}$", "", "aba", True),
        (r"^(?<year>\d{4})$", "", "2015", True),
        (r"^[^\d\s]+$", "", "ab", True),
        (r"^[\w.-]+@[\w-]+\.\w+$", "", "a.b@c-d.ef", True),
        ("^[]-]$", "", "-", False),
        ("[^]", "", "\n", True),
        ("^a{,2}$", "", "a{,2}", True),
        ("^[a-\\d]$", "", "-", True),
        (r"^\u00e9\x41\t\.$", "", "éA\t.", True),
        ("a??b", "", "ab", True),
        ("^$", "", "\n", False),
    ],
)
def test_patterns_match_as_in_a_browser(pattern, flags, text, expected):
    assert matches(Regex(pattern, flags), text) is expected


@pytest.mark.parametrize(
    "pattern",
    [r"(a)\1", "(?<=a)b", "a)", "(a", "*a", "[b-a]", "[a", r"\p{L}", "a{2,1}", "a**", "(?i)a", "a{9999}", "\\"],
)
def test_what_cannot_be_judged_is_none(pattern):
    assert matches(Regex(pattern), "aa") is None
    assert sample(Regex(pattern), seeded(1)) is None


def test_unknown_flags_are_not_judged():
    assert matches(Regex("a", "x"), "a") is None


ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", r"\w", r"\s", "0", "^", "$", r"\b", "(?=a)", "(?!b)"])


def combine(parts):
    return st.one_of(
        st.tuples(parts, parts).map("".join),
        st.tuples(parts, parts).map(lambda p: f"(?:{p[0]}|{p[1]})"),
        st.tuples(parts, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,}", "*?"])).map(
            lambda p: f"(?:{p[0]}){p[1]}"
        ),
    )


PATTERNS = st.recursive(ATOMS, combine, max_leaves=6)


@given(PATTERNS, st.text(alphabet="ab0 _", max_size=6))
def test_pythons_engine_agrees(pattern, text):
    assert matches(Regex(pattern), text) is (re.search(pattern.replace("$", r"\Z"), text, re.ASCII) is not None)


@given(PATTERNS, st.integers())
def test_samples_of_patterns_without_assertions_match(pattern, seed):
    assume(not re.search(r"[$^]|\\b|\(\?[=!]", pattern.replace("[^", "")))
    text = sample(Regex(pattern), seeded(seed))
    assert matches(Regex(pattern), text) is True
