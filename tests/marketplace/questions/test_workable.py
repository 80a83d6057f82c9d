"""Which HTML no worker can do: nothing to submit with, or elements that nobody knows."""

from __future__ import annotations

import pytest

from adapter.marketplace.questions import check_question, hindrance
from tests.marketplace.workshop import html_question

LOADER = '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>'


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<form><input name=a></form>", ""),
        ("<crowd-form><crowd-slider name=a></crowd-slider></crowd-form>", ""),
        ("<crowd-entity-annotation name=a></crowd-entity-annotation>", ""),
        ("<div id=app></div><script src='https://lab.example/app.js'></script>", ""),
        ("<p onclick='send()'>Send</p>", ""),
        ("<form></form><script>const text = '<crowd-orrery>';</script><!-- <crowd-tellurion> -->", ""),
        ("<form><crowd-mine></crowd-mine></form><script>customElements.define('crowd-mine', Mine)</script>", ""),
        ("<p>Only words</p>", "has no form and no script, so nothing can be submitted"),
        (LOADER + "<crowd-input name=a></crowd-input>", "has no form and no script, so nothing can be submitted"),
        (
            LOADER
            + "<crowd-form><CROWD-Orrery></CROWD-Orrery><crowd-input></crowd-input><crowd-3d></crowd-3d></crowd-form>",
            "uses elements that this site does not know: crowd-3d, crowd-orrery",
        ),
    ],
)
def test_html_that_nobody_can_do_is_told_from_html_that_may_work(html, reason):
    assert hindrance(check_question(html_question(html))) == reason
