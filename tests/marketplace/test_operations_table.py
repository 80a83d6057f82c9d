"""The published table of operations is the one that the model, the code and the tests give."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapter.marketplace.model import service
from tests.marketplace import operations_table

PAGE = Path(__file__).parents[2] / "docs" / "marketplace.md"


@pytest.fixture(scope="module")
def published():
    """The page, and the test files that it names of each operation."""
    text = PAGE.read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")][1:]
    return text, {row[0]: row[3].split(", ") for row in rows}


def test_all_operations_are_there_with_tests_of_their_rules_and_by_every_client(published):
    _, named = published
    assert set(named) == set(service()["operations"])
    assert len(named) == 39
    for name, files in named.items():
        assert {each.partition("/")[0] for each in files} == {"marketplace", "parity"}, name


def test_the_named_tests_do_call_the_operation(published):
    _, named = published
    actual = operations_table.tests_of()
    gone = {name: wrong for name, files in named.items() if (wrong := set(files) - set(actual[name]))}
    assert gone == {}


def test_members_and_errors_are_those_of_the_model_and_the_code(published):
    text, named = published
    assert text == operations_table.page(named)
