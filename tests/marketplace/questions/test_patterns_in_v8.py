"""The matcher of JavaScript's regular expressions, held against V8 itself, which Node brings."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapter.marketplace.questions.documents import Regex
from adapter.marketplace.questions.patterns import matches

#: Answers line by line whether a pattern with these flags is found in a text; null where V8 refuses the pattern.
SCRIPT = """
const lines = require("readline").createInterface({input: process.stdin});
lines.on("line", (line) => {
    const [pattern, flags, text] = JSON.parse(line);
    let answer = null;
    try { answer = new RegExp(pattern, flags).test(text); } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
    }
    console.log(JSON.stringify(answer));
});
"""


@pytest.fixture(scope="module")
def v8():
    """A function that asks V8; one process answers all questions of this module."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here")
    with subprocess.Popen(
        [node, "-e", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:

        def ask(pattern, flags, text):
            process.stdin.write(json.dumps([pattern, flags, text]) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()


PATTERNS = [
    *(r"\S", r"(^$|\S{2,})", r"^[12][0-9]{3}-[01]?\d-[0-3]?\d$", "regex", "[a-z]", "^b", "a$", ".", r"\bcat\b"),
    *(r"\Bcat", r"^(?!\s*$).+", r"^(?=.*\d)(?=.*[a-z]).{4,8}$", "^(?:a|b){2,3}$", r"^(?<year>\d{4})$", r"^[^\d\s]+$"),
    *("[^]", "[]", r"^[\w.-]+@[\w-]+\.\w+$", "^[]-]$", "^a{,2}$", r"^[a-\d]$", r"^\u00e9\x41\t\.$", "a??b", "^$"),
    *(r"^[A-Z]{2}\d+$", r"^\s+$", r"^\w+$", r"^[\s\S]*$", "^(a|ab)(c|bcd)(d*)$", "^(a+)+$", "(?:^)*a", "(|a)+b"),
    *("x{0}y", "^a{0,0}$", "{", "}", "a{2", "{2}", "a{2}{3}", "a|", "|", "()", "(?=)", "(?!)", r"\0", r"\1"),
    *(r"(a)\1", r"[\b]", r"[\w-z]", r"[a\-z]", "]", r"\cA", r"\c", r"\-", r"\_", "\\é", r"\ ", r"\/", r"[\cA]"),
    *(r"[\x4]", r"\u12", r"\u{61}", "(?<=a)b", "(?<!a)b", "a**", "a+?", "a{1,2}?", "a?+", "(?i)a", "[b-a]", "[a"),
    *("(a", "a)", "*a", r"\p{L}", "[^a-c]", "[a-c-e]", "[--0]", "k", "\u017f", "[k]", "é", "É", "ß", "[à-ï]"),
    *("\u03c3", "\u03c2", "\u0130", "\u0131", "\u212a", "\u01c6", "^..$", "^.$", "^[^x]$", "$^", "^^a$$", "(?=a)*b"),
    *(r"\B", r"\d\b"),
]
TEXTS = [
    *("", " ", "a", "b", "ab", "aab", "abab", "aaa", "abcd", "A", "Z9", "cat", "a cat!", "concat", "my ReGeX"),
    *("2015-6-01", "a.b@c-d.ef", "abc1", "a\nb", "a\r\nb", "\n", "\u2028", "éA\u0009.", "é", "É", "ß", "SS"),
    *("\u03c3", "\u03c2", "\u03a3", "\u0130", "\u0131", "I", "i", "\u212a", "K", "k", "\u017f", "s", "S", "\u01c6"),
    *("\u01c5", "\u001c", "\u0085", "\u00a0", "\u180e", "\ufeff", "\u3000", "\u0000", "\u0001", "\u0008", "-", "]"),
    *("{", "}", "{2}", "a{2", "a{,2}", "0", "\u0663", "_", "/", "\\", "c", "u12", "u{61}", "p{L}", "😀", "x4", "à"),
    *("Ï",),
]


@pytest.mark.parametrize("flags", ["", "i", "m", "s", "y", "gim"])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_is_judged_is_judged_as_v8_does(v8, pattern, flags):
    ours = {text: matches(Regex(pattern, flags), text) for text in TEXTS}
    judged = {text: answer for text, answer in ours.items() if answer is not None}
    assert judged == {text: v8(pattern, flags, text) for text in judged}


PIECES = [
    *("a", "b", "B", "0", " ", "\n", "é", ".", "^", "$", "|", "(", ")", "(?:", "(?=", "(?!", "[", "]", "[^", "-"),
    *("{", "}", "*", "+", "?", "{2}", "{1,}", "{0,2}", ",", r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", r"\b", r"\B"),
    *(r"\.", "\\", r"\n"),
]


@settings(max_examples=500)
@given(
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
    st.sampled_from(["", "i", "m", "s", "gi", "ii", "y"]),
    st.text(alphabet="abAB0 \né_-{},]", max_size=8),
)
def test_made_patterns_are_judged_as_v8_does(v8, pattern, flags, text):
    ours = matches(Regex(pattern, flags), text)
    assert ours is None or ours is v8(pattern, flags, text)
