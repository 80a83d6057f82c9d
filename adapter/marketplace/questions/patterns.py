"""Matches the regular expressions of strangers (JavaScript notation) in time bounded by pattern times text.

Python's own engine backtracks, and a requester's `(a+)+$` would hold a process for ever; so the pattern becomes a
small automaton of which every state is visited at most once per place in the text, within a fixed number of steps.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from adapter.marketplace.questions.documents import Regex
from adapter.marketplace.questions.regex import Node, UnsupportedRegexError, is_word, parse

MAX_PROGRAM = 4000
MAX_STEPS = 300_000
_LINE_ENDS = "\n\r\u2028\u2029"
_SAMPLE_POOL = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.,:/@+()#'\"!?&%$*=;<>[]{}|~^`\\\t\n\xe9"
)


@dataclass
class _Program:
    """Instructions (operation, argument, argument); `looks` are the programs of lookaheads."""

    code: list[tuple[str, Any, Any]] = field(default_factory=list)
    looks: list["_Program"] = field(default_factory=list)
    multiline: bool = False
    sticky: bool = False


class _TooCostlyError(Exception):
    """The steps allowed for one match are used up."""


def matches(regex: Regex, text: str) -> bool | None:
    """Does the text contain a match, as JavaScript's `test` has it? None where that cannot be judged.

    Not judged are patterns that are malformed, use back references, lookbehind or notation JavaScript lacks, and
    matches that need more than 300,000 steps.
    """
    try:
        if "u" in regex.flags:
            return _search(_compiled(regex.pattern, regex.flags), text)
        return _search(_compiled(_units(regex.pattern), regex.flags), _units(text))
    except (UnsupportedRegexError, _TooCostlyError):
        return None


def _units(text: str) -> str:
    """The text as JavaScript counts it: a character beyond U+FFFF is two."""
    if not text or max(text) <= "\uffff":
        return text
    pairs = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(low | high << 8) for low, high in zip(pairs[::2], pairs[1::2], strict=True))


def sample(regex: Regex, rng: random.Random) -> str | None:
    """A text that probably matches (assertions are not looked at), or None for a pattern that cannot be read."""
    try:
        return _sampled(parse(regex.pattern, regex.flags), rng)
    except UnsupportedRegexError:
        return None


@lru_cache(maxsize=256)
def _compiled(pattern: str, flags: str) -> _Program:
    program = _Program(multiline="m" in flags, sticky="y" in flags)
    _emit(parse(pattern, flags), program)
    program.code.append(("match", None, None))
    return program


def _emit(node: Node, program: _Program) -> None:
    code = program.code
    if len(code) > MAX_PROGRAM:
        raise UnsupportedRegexError("the pattern is too large")
    match node.kind:
        case "set":
            code.append(("set", node.test, None))
        case "assert":
            code.append(("assert", node.name, None))
        case "cat":
            for child in node.children:
                _emit(child, program)
        case "alt":
            _emit_choice(node, program)
        case "look":
            inner = _Program(multiline=program.multiline)
            _emit(node.children[0], inner)
            inner.code.append(("match", None, None))
            program.looks.append(inner)
            code.append(("look", len(program.looks) - 1, node.name == "!"))
        case "repeat":
            for _ in range(node.low):
                _emit(node.children[0], program)
            if node.high is None:
                start = len(code)
                code.append(("split", start + 1, None))
                _emit(node.children[0], program)
                code.append(("jump", start, None))
                code[start] = ("split", start + 1, len(code))
            else:
                starts = []
                for _ in range(node.high - node.low):
                    starts.append(len(code))
                    code.append(("split", len(code) + 1, None))
                    _emit(node.children[0], program)
                for start in starts:
                    code[start] = ("split", start + 1, len(code))


def _emit_choice(node: Node, program: _Program) -> None:
    code = program.code
    jumps = []
    for child in node.children[:-1]:
        split = len(code)
        code.append(("split", split + 1, None))
        _emit(child, program)
        jumps.append(len(code))
        code.append(("jump", None, None))
        code[split] = ("split", split + 1, len(code))
    _emit(node.children[-1], program)
    for jump in jumps:
        code[jump] = ("jump", len(code), None)


def _search(program: _Program, text: str) -> bool:
    steps = iter(range(MAX_STEPS))
    dead: dict[int, set[int]] = {}
    starts = range(1 if program.sticky else len(text) + 1)
    return any(_run(program, text, start, steps, dead) for start in starts)


def _run(program: _Program, text: str, start: int, steps: Iterator[int], dead: dict[int, set[int]]) -> bool:
    """Can the program reach its end from `start`? Each state takes one of the `steps` that are left.

    States that led nowhere are remembered in `dead` for later starts.
    """
    width = len(text) + 1
    known = dead.setdefault(id(program), set())
    seen: set[int] = set()
    stack = [(0, start)]
    while stack:
        at, place = stack.pop()
        state = at * width + place
        if state in seen or state in known:
            continue
        if next(steps, None) is None:
            raise _TooCostlyError
        seen.add(state)
        operation, first, second = program.code[at]
        if operation == "match":
            return True
        if operation == "split":
            stack += [(second, place), (first, place)]
        elif operation == "jump":
            stack.append((first, place))
        elif operation == "set":
            if place < len(text) and first(text[place]):
                stack.append((at + 1, place + 1))
        elif operation == "assert":
            if _holds(first, text, place, multiline=program.multiline):
                stack.append((at + 1, place))
        elif _run(program.looks[first], text, place, steps, dead) is not second:
            stack.append((at + 1, place))
    known |= seen
    return False


def _holds(name: str, text: str, place: int, *, multiline: bool) -> bool:
    if name == "^":
        return place == 0 or (multiline and text[place - 1] in _LINE_ENDS)
    if name == "$":
        return place == len(text) or (multiline and text[place] in _LINE_ENDS)
    before = place > 0 and is_word(text[place - 1])
    after = place < len(text) and is_word(text[place])
    return (before != after) is (name == "b")


def _sampled(node: Node, rng: random.Random) -> str:
    match node.kind:
        case "set":
            return _character(node.test, rng)
        case "cat":
            return "".join(_sampled(child, rng) for child in node.children)
        case "alt":
            return _sampled(rng.choice(node.children), rng)
        case "repeat":
            most = node.low + 2 if node.high is None else min(node.high, node.low + 2)
            times = min(rng.randint(node.low, most), 200)
            return "".join(_sampled(node.children[0], rng) for _ in range(times))[:2000]
        case _:
            return ""


def _character(test: Callable[[str], bool], rng: random.Random) -> str:
    fitting = [c for c in _SAMPLE_POOL if test(c)]
    return rng.choice(fitting[:62]) if fitting else next((chr(n) for n in range(32, 0x3000) if test(chr(n))), "")
