"""HIT layouts in a browser: from a client's parameters to the answer that it reads."""

from __future__ import annotations

import warnings

import boto3
import pytest

from adapter.marketplace.domain.layouts import register_layout
from tests.browser.test_worker_pages import Desk, until
from tests.clients.test_boto import connect, disconnect
from tests.legacy_client import Scene, through_http

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from boto.mturk.layoutparam import LayoutParameter, LayoutParameters

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
FIELDS = """<p id="shown">Colour of ${thing}?</p><p><label>Colour <input name="colour" required></label></p>
<p>Tags <label><input type="checkbox" name="tags" value="warm"> Warm</label>
<label><input type="checkbox" name="tags" value="dark"> Dark</label></p>"""
FRAGMENT = f'<style>#shown {{ font-family: sans-serif; }}</style><div class="container">{FIELDS}</div>'
DOCUMENT = f"""<!DOCTYPE html><html lang="en"><head><title>Colours</title><script>
function ready() {{ document.getElementById("ready").textContent = "ready"; }}</script></head>
<body onload="ready()"><p id="ready">not yet</p>{FIELDS}</body></html>"""
OWN_BUTTON = f'{FIELDS}<button type="submit" id="go">Send</button>'
BARE_FORM = f"<html><body><form>{FIELDS}<button>Send</button></form></body></html>"
FIELD_IN_FORM = (
    f"{FIELDS.replace('<p id', '<form><input type=hidden name=assignmentId><p id')}<button>Send</button></form>"
)
FROM_THE_REFERENCE = f"""<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"/>
<script src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script></head><body>
<form name="mturk_form" method="post" id="mturk_form" action="https://www.mturk.com/mturk/externalSubmit">
<input type="hidden" value="" name="assignmentId" id="assignmentId"/>{FIELDS}
<p><input type="submit" id="submitButton" value="Submit"/></p></form><script>turkSetAssignmentID();</script></body></html>"""
CROWD = """<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
<crowd-form answer-format="flatten-objects"><crowd-instructions link-text="View instructions" link-type="button">
<short-summary><p>Name the colour</p></short-summary></crowd-instructions><p id="shown">Colour of ${thing}?</p>
<crowd-input name="colour" placeholder="example: pink" required></crowd-input>
<crowd-checkbox name="sure">Sure</crowd-checkbox></crowd-form>"""
VALUE = "<b>fish &amp; chips</b>"


@pytest.fixture
def desk(live, live_store, browser):
    key = Scene(live_store, through_http(live.url)).requester().key
    conn = connect(live, key.access_key_id, key.secret_access_key)
    desk = Desk(live, live_store, conn, browser)
    desk.key = key
    yield desk
    disconnect(conn)


def start(desk, layout, title):
    """A HIT of a layout by boto, accepted by a new worker, whose browser is in the frame with it."""
    layout_id = register_layout(desk.store, desk.key.account_id, title, layout)
    values = LayoutParameters([LayoutParameter("thing", VALUE)])
    hit = desk.hit(None, title, hit_layout=layout_id, layout_params=values)
    desk.sign_up(title, f"/mturk/preview%3FgroupId%3D{hit.HITGroupId}")
    return hit


def accept(desk):
    desk.outside()
    desk.accept()
    desk.inside()
    assert desk.find("#shown").text == "Colour of fish & chips?"
    assert desk.find("#shown b")


def sent(desk, hit):
    desk.outside()
    desk.sees("You have submitted this HIT.")
    [(_, answers)] = desk.answers(hit)
    return answers


def only_button(desk):
    (button,) = desk.browser.find_elements("css selector", "[type=submit], button:not([type])")
    return button


@pytest.mark.parametrize(
    ("name", "layout"), [("Fragment", FRAGMENT), ("Document", DOCUMENT), ("Reference", FROM_THE_REFERENCE)]
)
def test_a_layout_is_previewed_with_a_button_that_is_off_and_submitted_with_it(desk, name, layout):
    hit = start(desk, layout, f"{name} of a layout")
    desk.inside()
    assert (
        desk.find("#submitButton").get_attribute("value")
        == "You must ACCEPT the HIT before you can submit the results."
    )
    assert not only_button(desk).is_enabled()
    narrow = {"width": 360, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    desk.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
    assert desk.browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    desk.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    accept(desk)
    if layout == DOCUMENT:
        desk.sees("ready")
    desk.type("colour", "grün & <blau>")
    for box in desk.browser.find_elements("name", "tags"):
        box.click()
    only_button(desk).click()
    assert sent(desk, hit) == [("colour", "grün & <blau>"), ("tags", "warm|dark")]


@pytest.mark.parametrize(
    ("name", "layout"), [("Button", OWN_BUTTON), ("Form", BARE_FORM), ("Form and field", FIELD_IN_FORM)]
)
def test_a_layout_with_a_button_or_a_form_of_its_own_is_submitted_with_its_own_button(desk, name, layout):
    hit = start(desk, layout, f"{name} of its own")
    accept(desk)
    assert only_button(desk).text == "Send"
    desk.type("colour", "white")
    only_button(desk).click()
    assert sent(desk, hit) == [("colour", "white")]


def test_a_layout_of_crowd_elements_named_through_boto3_is_submitted_by_its_crowd_form(desk):
    client = boto3.client(
        "mturk",
        region_name="us-east-1",
        endpoint_url=desk.server.url,
        aws_access_key_id=desk.key.access_key_id,
        aws_secret_access_key=desk.key.secret_access_key,
    )
    hit = client.create_hit(
        Title="Crowd layout",
        Description="Do it",
        Reward="0.05",
        LifetimeInSeconds=600,
        AssignmentDurationInSeconds=600,
        HITLayoutId=register_layout(desk.store, desk.key.account_id, "crowd", CROWD),
        HITLayoutParameters=[{"Name": "thing", "Value": VALUE}],
    )["HIT"]
    desk.sign_up("Crowd Cleo", f"/mturk/preview%3FgroupId%3D{hit['HITGroupId']}")
    desk.inside()
    assert not only_button(desk).is_enabled()
    accept(desk)
    desk.find("crowd-input input").send_keys("golden")
    only_button(desk).click()
    desk.outside()
    desk.sees("You have submitted this HIT.")
    (assignment,) = until(lambda: client.list_assignments_for_hit(HITId=hit["HITId"])["Assignments"])
    assert "<QuestionIdentifier>colour</QuestionIdentifier>\n<FreeText>golden</FreeText>" in assignment["Answer"]
    assert "<QuestionIdentifier>sure</QuestionIdentifier>\n<FreeText>false</FreeText>" in assignment["Answer"]
    client.close()
