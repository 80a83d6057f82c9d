"""The script with the crowd elements, against what its documentation lists."""

from __future__ import annotations

import re
from pathlib import Path

from adapter.marketplace.questions.workable import CROWD_ELEMENTS
from adapter.pages.content.crowd_elements import script

TABLE = Path(__file__).parents[3] / "docs" / "crowd-elements.md"


def known_elements():
    """The names of all elements that the script gives life to, and of the parts that stand inside of them."""
    text = script()
    parts = re.search(r"^const PARTS = \[(.*)\];", text, re.MULTILINE)
    return set(re.findall(r'^DEFINITIONS\["([a-z-]+)"\]', text, re.MULTILINE)) | set(re.findall(r'"([^"]+)"', parts[1]))


def test_the_documentation_lists_every_element_that_there_is_and_no_other():
    rows = re.findall(r"^\| (`[^|]*`) \|", TABLE.read_text(), re.MULTILINE)
    listed = [name for row in rows for name in re.findall(r"`([a-z-]+)`", row)]
    assert sorted(listed) == sorted(known_elements())


def test_the_service_knows_the_elements_that_the_script_gives_life_to():
    assert {name for name in known_elements() if name.startswith("crowd-")} == CROWD_ELEMENTS
