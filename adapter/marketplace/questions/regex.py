"""Reads JavaScript's notation of regular expressions into a tree."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

MAX_DEPTH = 40
MAX_REPEAT = 1000
_FLAGS = set("gimsuy")
_QUANTIFIER = re.compile(r"\{([0-9]+)(?:(,)([0-9]*))?\}")
_HEX = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})")
_SPACES = frozenset("\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff") | set(map(chr, range(0x2000, 0x200B)))
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}
_GROUP_NAME = re.compile(r"\?<[A-Za-z_$][\w$]*>")


class UnsupportedRegexError(ValueError):
    """The pattern is malformed, or in a notation that is not read here."""


@dataclass(frozen=True)
class Node:
    """A part of a pattern: set (one character), cat, alt, repeat, assert (^ $ b B) or look (= !) with its children."""

    kind: str
    children: tuple["Node", ...] = ()
    test: Callable[[str], bool] = lambda _: False
    low: int = 0
    high: int | None = None
    name: str = ""


def is_word(character: str) -> bool:
    r"""What JavaScript's \w means: ASCII letters, digits and the underscore."""
    return character == "_" or (character.isascii() and character.isalnum())


def folded(character: str) -> str:
    """What the flag i compares, as JavaScript has it: the upper case where that is one character, and none of ASCII for others."""
    upper = character.upper()
    return character if len(upper) != 1 or (upper.isascii() and not character.isascii()) else upper


@cache
def _alike() -> dict[str, list[str]]:
    """The characters that are the same to the flag i, by what they fold to."""
    found: dict[str, list[str]] = defaultdict(list)
    for character in map(chr, range(0x10000)):
        found[folded(character)].append(character)
    return dict(found)


_CLASSES: dict[str, Callable[[str], bool]] = {
    "d": lambda c: c in "0123456789",
    "D": lambda c: c not in "0123456789",
    "w": is_word,
    "W": lambda c: not is_word(c),
    "s": lambda c: c in _SPACES,
    "S": lambda c: c not in _SPACES,
}


def parse(pattern: str, flags: str = "") -> Node:
    """The tree of a pattern; raises UnsupportedRegexError."""
    if set(flags) - _FLAGS or len(set(flags)) < len(flags):
        raise UnsupportedRegexError("an unknown flag, or one that is there twice")
    reader = _Reader(pattern, flags)
    node = reader.alternatives(0)
    if reader.at < len(pattern):
        raise UnsupportedRegexError("a parenthesis too many")
    return node


class _Reader:
    """The place in a pattern; every method reads one kind of part from there and moves on."""

    def __init__(self, pattern: str, flags: str) -> None:
        self.pattern = pattern
        self.flags = flags
        self.at = 0

    def peek(self, text: str) -> bool:
        return self.pattern.startswith(text, self.at)

    def take(self) -> str:
        if self.at >= len(self.pattern):
            raise UnsupportedRegexError("the pattern ends too early")
        self.at += 1
        return self.pattern[self.at - 1]

    def alternatives(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise UnsupportedRegexError("nested too deeply")
        branches = [self.sequence(depth)]
        while self.peek("|"):
            self.at += 1
            branches.append(self.sequence(depth))
        return branches[0] if len(branches) == 1 else Node("alt", tuple(branches))

    def sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.at < len(self.pattern) and not self.peek("|") and not self.peek(")"):
            parts.append(self.quantified(self.atom(depth)))
        return Node("cat", tuple(parts))

    def quantified(self, node: Node) -> Node:
        limits: tuple[int, int | None] | None = None
        if self.at < len(self.pattern) and self.pattern[self.at] in "*+?":
            limits = {"*": (0, None), "+": (1, None), "?": (0, 1)}[self.take()]
        elif (found := _QUANTIFIER.match(self.pattern, self.at)) is not None:
            self.at = found.end()
            low = int(found[1])
            limits = (low, low if not found[2] else int(found[3]) if found[3] else None)
        if limits is None:
            return node
        low, high = limits
        if node.kind == "assert" or low > MAX_REPEAT or (high or 0) > MAX_REPEAT or (high is not None and high < low):
            raise UnsupportedRegexError("a quantifier that cannot be used")
        if self.peek("?"):  # lazy or greedy makes no difference to whether it matches
            self.at += 1
        return Node("repeat", (node,), low=low, high=high)

    def atom(self, depth: int) -> Node:
        if _QUANTIFIER.match(self.pattern, self.at):
            raise UnsupportedRegexError("nothing to repeat")
        character = self.take()
        if character == "(":
            return self.group(depth)
        if character == "[":
            return self.bracket()
        if character == "\\":
            return self.escape()
        if character in "^$":
            return Node("assert", name=character)
        if character == ".":
            if "s" in self.flags:
                return Node("set", test=lambda _: True)
            return Node("set", test=lambda c: c not in "\n\r\u2028\u2029")
        if character in "*+?":
            raise UnsupportedRegexError("nothing to repeat")
        return self.literal(character)

    def group(self, depth: int) -> Node:
        look = ""
        if self.peek("?:"):
            self.at += 2
        elif self.peek("?=") or self.peek("?!"):
            look = self.pattern[self.at + 1]
            self.at += 2
        elif (name := _GROUP_NAME.match(self.pattern, self.at)) is not None:
            self.at = name.end()
        inner = self.alternatives(depth + 1)
        if not self.peek(")"):
            raise UnsupportedRegexError("a parenthesis is not closed")
        self.at += 1
        return Node("look", (inner,), name=look) if look else inner

    def escape(self) -> Node:
        if (found := self.pattern[self.at : self.at + 1]) and found in "bB":
            self.at += 1
            return Node("assert", name=found)
        if found and found in _CLASSES:
            self.at += 1
            return Node("set", test=_CLASSES[found])
        return self.literal(self.escaped())

    def escaped(self) -> str:
        """The character that an escape stands for, after its backslash."""
        if (found := _HEX.match(self.pattern, self.at)) is not None:
            self.at = found.end()
            return chr(int(found[1] or found[2], 16))
        character = self.take()
        if character in _ESCAPES:
            return _ESCAPES[character]
        if character.isalnum():
            raise UnsupportedRegexError("an escape that is not read here")
        return character

    def bracket(self) -> Node:
        negated = self.peek("^")
        self.at += negated
        tests: list[Callable[[str], bool]] = []
        while not self.peek("]"):
            low = self.member()
            if isinstance(low, str) and self.peek("-") and not self.peek("-]"):
                self.at += 1
                high = self.member()
                if isinstance(high, str):
                    if high < low:
                        raise UnsupportedRegexError("a range that runs backwards")
                    tests.append(self.between(low, high))
                    continue
                tests += [self.between("-", "-"), high]
            tests.append(self.between(low, low) if isinstance(low, str) else low)
        self.at += 1
        return Node("set", test=lambda c: any(test(c) for test in tests) is not negated)

    def member(self) -> str | Callable[[str], bool]:
        character = self.take()
        if character != "\\":
            return character
        found = self.pattern[self.at : self.at + 1]
        if found == "b":
            self.at += 1
            return "\b"
        if found in _CLASSES:
            self.at += 1
            return _CLASSES[found]
        return self.escaped()

    def between(self, low: str, high: str) -> Callable[[str], bool]:
        if "i" in self.flags:
            return lambda c: any(low <= each <= high for each in _alike().get(folded(c), (c,)))
        return lambda c: low <= c <= high

    def literal(self, character: str) -> Node:
        if "i" in self.flags:
            wanted = folded(character)
            return Node("set", test=lambda c: folded(c) == wanted)
        return Node("set", test=lambda c: c == character)
