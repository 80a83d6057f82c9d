"""The drawing elements by finger, and on an image of 20 megapixels with zoom, in a real browser."""
# ruff: noqa: E501 - the markup is as requesters write it

from __future__ import annotations

import base64
import json
import struct
import uuid
import zlib

import pytest

from tests.browser.crowd_pages import IMAGE, SIZE, drawing
from tests.browser.test_crowd_elements import answer_of, colours, find, same, submit, work
from tests.browser.test_worker_pages import Desk, until
from tests.clients.test_boto import connect, disconnect
from tests.legacy_client import Scene, through_http

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
WIDE, HIGH = 5472, 3648


def png(width, height):
    """A white picture in one bit a pixel: few bytes, and as many pixels as a camera's."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\x00" + b"\xff" * (width // 8)) * height
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


LARGE = "data:image/png;base64," + base64.b64encode(png(WIDE, HIGH)).decode()


@pytest.fixture(scope="module")
def desk(live, live_store, shared_browser):
    key = Scene(live_store, through_http(live.url)).requester().key
    conn = connect(live, key.access_key_id, key.secret_access_key)
    desk = Desk(live, live_store, conn, shared_browser)
    # a process may come back to this module, and a name is taken once
    desk.sign_up(f"Finger Fia {uuid.uuid4().hex}")
    shared_browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    yield desk
    shared_browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
    disconnect(conn)


class Finger:
    """A finger on the image of the element `n`, which has so many pixels."""

    def __init__(self, desk, width, height):
        self.browser, self.width, self.height = desk.browser, width, height
        self.picture = find(self.browser, "[name=n] >>> .picture > svg")
        until(lambda: self.browser.execute_script("return arguments[0].getAttribute('viewBox')", self.picture))
        self.browser.execute_script(
            "arguments[0].getRootNode().querySelector('.stage').scrollIntoView({block: 'center'})", self.picture
        )
        self.painted()

    def painted(self):
        """Waits until the browser has shown what was scrolled and zoomed: touches go to what is on the screen."""
        self.browser.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100)));"
        )

    def __call__(self, *places):
        """Puts the finger on the first place, moves it over the others, and lifts it."""
        self.painted()
        box = self.browser.execute_script(
            "const b = arguments[0].getBoundingClientRect(); return [b.x, b.y, b.width, b.height]", self.picture
        )
        self.browser.switch_to.default_content()
        frame = self.browser.find_element("css selector", "iframe.question")
        left, top = self.browser.execute_script(
            "const f = arguments[0], b = f.getBoundingClientRect(); return [b.x + f.clientLeft, b.y + f.clientTop]",
            frame,
        )
        on_screen = [
            {"x": left + box[0] + x * box[2] / self.width, "y": top + box[1] + y * box[3] / self.height}
            for x, y in places
        ]
        for kind, points in (
            ("touchStart", on_screen[:1]),
            *(("touchMove", [each]) for each in on_screen[1:]),
            ("touchEnd", []),
        ):
            self.browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        self.browser.switch_to.frame(frame)


def answered(desk, hit):
    submit(desk.browser)
    [given] = json.loads(answer_of(desk, hit)["taskAnswers"])
    return given["n"]


@pytest.mark.parametrize(
    ("element", "touches", "key", "right"),
    [
        (
            "bounding-box",
            # a box, then one of its corners is dragged: a finger need not hit it exactly
            [[(50, 40), (120, 60), (150, 120)], [(158, 112), (190, 150), (200, 160)]],
            "boundingBoxes",
            [{"height": 120, "label": "Pear", "left": 50, "top": 40, "width": 150}],
        ),
        (
            "keypoint",
            [[(40, 30)], [(300, 150)]],
            "keypoints",
            [{"label": "Pear", "x": 40, "y": 30}, {"label": "Pear", "x": 300, "y": 150}],
        ),
        (
            "polyline",
            # two touches at one place end it
            [[(100, 40)], [(300, 40)], [(200, 160)], [(203, 158)]],
            "polylines",
            [{"label": "Pear", "vertices": [{"x": 100, "y": 40}, {"x": 300, "y": 40}, {"x": 200, "y": 160}]}],
        ),
        (
            "polygon",
            # the last touch, near the first corner, closes it
            [[(100, 40)], [(300, 40)], [(200, 160)], [(107, 45)]],
            "polygons",
            [{"label": "Pear", "vertices": [{"x": 100, "y": 40}, {"x": 300, "y": 40}, {"x": 200, "y": 160}]}],
        ),
    ],
)
def test_shapes_are_drawn_and_changed_by_finger(desk, element, touches, key, right):
    hit = work(desk, drawing(element), f"By finger: {element}")
    finger = Finger(desk, 400, 200)
    for places in touches:
        finger(*places)
    given = answered(desk, hit)
    assert given["inputImageProperties"] == SIZE
    # coordinates are off by what a pixel of the screen is
    assert same(desk.browser, given[key], right), given


@pytest.mark.parametrize("element", ["semantic-segmentation", "instance-segmentation"])
def test_areas_are_painted_and_erased_by_finger(desk, element):
    hit = work(desk, drawing(element), f"By finger: {element}")
    finger = Finger(desk, 400, 200)
    finger((100, 100), (200, 100), (300, 100))
    find(desk.browser, "[name=n] >>> button[value=eraser]").click()
    finger((200, 80), (200, 120))
    given = answered(desk, hit)
    places = {"(100, 100)": "#1f77b4", "(290, 100)": "#1f77b4", "(200, 100)": "", "(100, 150)": ""}
    assert colours(desk.browser, given["labeledImage"]["pngImageData"], places) == places


def test_the_page_does_not_scroll_under_a_drawing_finger_and_the_image_scrolls_when_it_is_to_be_moved(desk):
    work(desk, drawing("bounding-box"), "By finger: moving")
    finger = Finger(desk, 400, 200)
    stage = find(desk.browser, "[name=n] >>> .stage")
    press = lambda text: desk.browser.execute_script(  # noqa: E731
        "[...arguments[0].getRootNode().querySelectorAll('button')].find((each) => each.textContent === arguments[1]).click()",
        stage,
        text,
    )
    for _ in range(3):
        press("Zoom in")
    scrolled = lambda: desk.browser.execute_script("return [arguments[0].scrollLeft, arguments[0].scrollTop]", stage)  # noqa: E731
    before = scrolled()
    assert before[0] > 0
    finger((200, 100), (190, 90), (180, 80), (170, 70))
    assert scrolled() == before
    press("Move")
    finger((200, 100), (195, 100), (180, 100), (160, 100))
    assert until(lambda: scrolled()[0] > before[0])


def large(element):
    return drawing(element).replace(IMAGE, LARGE)


def zoom(desk, times):
    """Zooms in so often, and has this part of the image, given by its middle, on the screen."""
    stage = find(desk.browser, "[name=n] >>> .stage")
    desk.browser.execute_script(
        """const [stage, times] = arguments; const found = [...stage.getRootNode().querySelectorAll("button")].find((each) => each.textContent === "Zoom in");
        for (let each = 0; each < times; each++) found.click();""",
        stage,
        times,
    )


def test_a_box_on_an_image_of_20_megapixels_is_exact_to_the_pixel_when_zoomed_in(desk):
    hit = work(desk, large("bounding-box"), "20 megapixels: a box")
    finger = Finger(desk, WIDE, HIGH)
    zoom(desk, 7)
    middle = (WIDE // 2, HIGH // 2)
    finger(middle, (middle[0] + 30, middle[1] + 20), (middle[0] + 100, middle[1] + 60))
    given = answered(desk, hit)
    assert given["inputImageProperties"] == {"height": HIGH, "width": WIDE}
    right = [{"height": 60, "label": "Pear", "left": middle[0], "top": middle[1], "width": 100}]
    assert same(desk.browser, given["boundingBoxes"], right), given


def test_areas_on_an_image_of_20_megapixels_come_as_a_png_of_its_size(desk):
    hit = work(desk, large("semantic-segmentation"), "20 megapixels: areas")
    finger = Finger(desk, WIDE, HIGH)
    zoom(desk, 3)
    middle = (WIDE // 2, HIGH // 2)
    finger((middle[0] - 200, middle[1]), middle, (middle[0] + 200, middle[1]))
    given = answered(desk, hit)
    data = base64.b64decode(given["labeledImage"]["pngImageData"])
    assert struct.unpack(">II", data[16:24]) == (WIDE, HIGH)
    assert given["labelMappings"] == {"Pear": {"color": "#1f77b4"}}


def test_answers_that_are_too_long_are_held_back_and_stay_in_the_page(desk):
    work(
        desk,
        """<crowd-form><crowd-input name="x"></crowd-input><input type="hidden" id="h" name="h"></crowd-form>
        <script>document.getElementById("h").value = "<".repeat(500000) + "ä".repeat(100000);</script>""",
        "Too long",
    )
    find(desk.browser, "crowd-input").send_keys("kept")
    submit(desk.browser)
    problem = find(desk.browser, "crowd-form >>> #errors-box")
    assert until(
        lambda: problem.text.startswith("This cannot be sent: it would be 2.7 MB, and at most 2.1 MB are taken.")
    )
    assert desk.browser.execute_script("return document.querySelector('crowd-input').value") == "kept"
