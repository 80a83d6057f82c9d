"""Thirty pages that use the crowd elements as requesters' pages do: what a worker does there, and the answer that is right."""
# ruff: noqa: E501 - the markup is as requesters write it

from __future__ import annotations

from urllib.parse import quote

HEAD = '<!DOCTYPE html><html lang="en"><head><title>Work</title></head><body><script src="https://assets.crowd.aws/crowd-html-elements.js"></script>'
#: 400 by 200 pixels, shown in any width
IMAGE = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="200"><rect width="400" height="200" fill="#cde"/></svg>'
)
SIZE = {"height": 200, "width": 400}
REGIONS = (
    '<short-instructions>Be exact</short-instructions><full-instructions header="How">At length</full-instructions>'
)


def drawing(element, more=""):
    return f"<crowd-form><crowd-{element} name='n' header='Draw' src='{IMAGE}' labels=\"['Pear', 'Fig']\" {more}>{REGIONS}</crowd-{element}></crowd-form>"


# name of the page: its HTML, what is done there (see `act` in the test), the one object of taskAnswers
PAGES = {
    "text left empty, text with a preset, text that is typed": (
        """<crowd-form><crowd-input name="empty" label="Empty"></crowd-input><crowd-input name="preset" value="as it was"></crowd-input>
        <crowd-input name="town" placeholder="Town"></crowd-input><crowd-text-area name="why" rows="4"></crowd-text-area></crowd-form>""",
        [("keys", "crowd-input[name=town]", "Lund"), ("keys", "crowd-text-area", "one\ntwo")],
        {"preset": "as it was", "town": "Lund", "why": "one\ntwo"},
    ),
    "boxes of one name, and one without a value": (
        """<crowd-form><crowd-checkbox name="flaws" value="dark">Dark</crowd-checkbox><crowd-checkbox name="flaws" value="noisy" checked>Noisy</crowd-checkbox>
        <crowd-checkbox name="agree">I agree</crowd-checkbox><crowd-checkbox name="late">Late</crowd-checkbox></crowd-form>""",
        [("click", "[value=dark]"), ("click", "[name=agree]")],
        {"flaws": {"dark": True, "noisy": True}, "agree": {"on": True}, "late": {"on": False}},
    ),
    "a box by the space bar, a switch by Enter": (
        "<crowd-form><crowd-checkbox name=a>A</crowd-checkbox><crowd-toggle-button name=b>B</crowd-toggle-button><crowd-toggle-button name=c value=yes>C</crowd-toggle-button></crowd-form>",
        [("keys", "[name=a]", " "), ("keys", "[name=b]", "\ue007")],
        {"a": {"on": True}, "b": {"on": True}, "c": {"yes": False}},
    ),
    "sliders: one untouched, one with a value, one moved by an arrow key": (
        """<crowd-form><crowd-slider name="low" min="20" max="200" step="5" required></crowd-slider><crowd-slider name="high" value="150" max="200"></crowd-slider>
        <crowd-slider name="moved" min="1" max="10" pin="true"></crowd-slider><crowd-slider name="bare"></crowd-slider></crowd-form>""",
        [("keys", "[name=moved] >>> input[type=range]", "\ue014\ue014")],
        {"low": 20, "high": 150, "moved": 3, "bare": 0},
    ),
    "a slider with a number beside it, of fractions": (
        '<crowd-form><crowd-slider name="s" min="0" max="10" step="0.01" value="7" editable></crowd-slider></crowd-form>',
        [("keys", "crowd-slider >>> input[type=number]", "\ue003.49\t")],
        {"s": 0.49},
    ),
    "radio buttons of a group, each with its own name": (
        """<crowd-form><crowd-radio-group><crowd-radio-button name="fresh" value="yes">Fresh</crowd-radio-button><br>
        <div><crowd-radio-button name="stale" value="no">Stale</crowd-radio-button></div></crowd-radio-group></crowd-form>""",
        [("click", "[name=stale]"), ("click", "[name=fresh]")],
        {"fresh": {"yes": True}, "stale": {"no": False}},
    ),
    "radio buttons of one name, by arrow keys": (
        """<crowd-form><crowd-radio-group required><crowd-radio-button name="m" value="a">A</crowd-radio-button>
        <crowd-radio-button name="m" value="b">B</crowd-radio-button></crowd-radio-group></crowd-form>""",
        [("keys", "[value=a]", " \ue015")],
        {"m": {"a": False, "b": True}},
    ),
    "native fields beside crowd elements": (
        """<crowd-form><input name="t" value="x"><input type="radio" name="r" value="a"><input type="radio" name="r" value="b">
        <input type="checkbox" name="c"><select name="s"><option>one</option><option>two</option></select><textarea name="e"></textarea>
        <input type="hidden" name="h" value="7"><input name="off" value="1" disabled><crowd-input name="i"></crowd-input></crowd-form>""",
        [("click", "[name=r][value=b]"), ("keys", "crowd-input", "z")],
        {"t": "x", "r": {"a": False, "b": True}, "c": {"on": False}, "s": "one", "e": "", "h": "7", "i": "z"},
    ),
    "a plain form within the crowd form": (
        """<crowd-form><form><input name="plain"><crowd-input name="nested" required></crowd-input></form><crowd-input name="outer"></crowd-input></crowd-form>""",
        [("keys", "[name=plain]", "p"), ("keys", "[name=nested]", "n"), ("keys", "[name=outer]", "o")],
        {"plain": "p", "nested": "n", "outer": "o"},
    ),
    "elements that a script makes": (
        """<crowd-form><div id="here"></div></crowd-form><script>document.addEventListener("all-crowd-elements-ready", () => {
        const box = document.createElement("crowd-checkbox"); box.setAttribute("name", "made"); box.textContent = "Made"; here.append(box);
        here.insertAdjacentHTML("beforeend", "<crowd-radio-group><p><crowd-radio-button name='y' value='1'>Y</crowd-radio-button></p></crowd-radio-group><crowd-slider name='s' min='3'></crowd-slider>");
        const late = document.createElement("crowd-classifier"); here.append(late);
        late.innerHTML = "<classification-target><input name='inside' value='i'></classification-target>";
        late.setAttribute("name", "kind"); late.setAttribute("categories", "['x','y']"); });</script>""",
        [
            ("click", "[name=made]"),
            ("click", "[name=y]"),
            ("click", "crowd-classifier >>> button.category-button[value=y]"),
        ],
        {"made": {"on": True}, "y": {"1": True}, "s": 3, "kind": {"label": "y"}, "inside": "i"},
    ),
    "a whole form that a script makes after loading": (
        """<div id="here"></div><script>addEventListener("load", () => setTimeout(() => {
        here.innerHTML = "<crowd-form><crowd-card heading='C'><crowd-input name='deep' label='Deep'></crowd-input></crowd-card></crowd-form>"; }, 50));</script>""",
        [("keys", "crowd-input", "down")],
        {"deep": "down"},
    ),
    "values that a script sets, before and after the elements are ready": (
        """<crowd-form><crowd-input id="a" name="a"></crowd-input><crowd-checkbox id="b" name="b">B</crowd-checkbox>
        <crowd-slider id="c" name="c"></crowd-slider><crowd-input id="d" name="d" required style="display:none"></crowd-input></crowd-form>
        <script>a.value = "early"; b.checked = true; document.addEventListener("all-crowd-elements-ready", () => { c.value = 42; d.value = "hidden"; });</script>""",
        [],
        {"a": "early", "b": {"on": True}, "c": 42, "d": "hidden"},
    ),
    "onsubmit that fills a hidden field": (
        """<crowd-form id="f"><crowd-input name="x"></crowd-input><input type="hidden" name="took" id="took"></crowd-form>
        <script>document.querySelector("crowd-form").onsubmit = () => { took.value = "12 s"; };</script>""",
        [("keys", "crowd-input", "1")],
        {"x": "1", "took": "12 s"},
    ),
    "a button of the page's own, and submit() from a script with a field added last": (
        """<crowd-form><crowd-input name="x"></crowd-input><crowd-button form-action="submit" style="display:none"></crowd-button></crowd-form>
        <button id="sends" onclick="const f = document.querySelector('crowd-form'); const h = document.createElement('input'); h.type = 'hidden'; h.name = 'last'; h.value = 'l'; f.appendChild(h); f.submit();">Go</button>""",
        [("keys", "crowd-input", "1"), ("click", "#sends")],
        {"x": "1", "last": "l"},
    ),
    "tabs with fields behind them": (
        """<crowd-form><crowd-tabs><crowd-tab header="First"><crowd-input name="one"></crowd-input></crowd-tab>
        <crowd-tab header="Second"><crowd-input name="two" required></crowd-input></crowd-tab></crowd-tabs></crowd-form>""",
        [
            ("submit",),
            ("focused", "[name=two]"),
            ("keys", "[name=two]", "2"),
            ("click", "crowd-tabs >>> [role=tab]"),
            ("keys", "[name=one]", "1"),
        ],
        {"one": "1", "two": "2"},
    ),
    "elements around and over the page, some closed wrongly": (
        """<crowd-form><crowd-instructions link-text="Read me"><short-summary>Short</short-summary><detailed-instructions>Long</detailed-instructions>
        <positive-example>Good</positive-example></crowd-instructions><crowd-modal link-text="More">Modal text <crowd-input name="modal" value="m"></crowd-input></crowd-modal>
        <crowd-alert type="warning" dismissible>Watch out</crowd-alert><crowd-toast text="Hello" opened></crowd-toast>
        <crowd-icon-button icon="search" title="Search"/><crowd-fab icon="add" title="Add"/><crowd-badge label="3" for="b"/><crowd-slider name="s" min="2"/>
        <crowd-button id="b" variant="link">Plain</crowd-button><crowd-input name="after"></crowd-input></crowd-form>""",
        [("click", "#b"), ("click", "crowd-alert >>> button"), ("keys", "[name=after]", "a")],
        {"modal": "m", "s": 2, "after": "a"},
    ),
    "a classifier with single quotes and a script that listens": (
        """<crowd-form><crowd-classifier id="k" name="mood" categories="['Calm', &quot;It's loud&quot;,]" header="Mood?">
        <classification-target>Text</classification-target><full-instructions header="How">Look</full-instructions></crowd-classifier>
        <input type="hidden" name="heard" id="heard"></crowd-form><script>k.addEventListener("change", (event) => { heard.value = event.target.value; });</script>""",
        [("body", "1"), ("body", "2")],
        {"mood": {"label": "It's loud"}, "heard": "It's loud"},
    ),
    "several classifiers in one form": (
        """<crowd-form><crowd-classifier name="a" categories='["x","y"]' header="A"><classification-target>1</classification-target></crowd-classifier>
        <crowd-classifier name="b" categories='["x","y"]' header="B"><classification-target>2</classification-target></crowd-classifier></crowd-form>""",
        [("click", "[name=a] >>> [value=x]"), ("click", "[name=b] >>> [value=y]")],
        {"a": {"label": "x"}, "b": {"label": "y"}},
    ),
    "several categories of a text": (
        """<crowd-form><crowd-classifier-multi-select name="n" categories="['a','b','c']" header="Which?" exclusion-category="{ text: 'None' }">
        <classification-target>T</classification-target></crowd-classifier-multi-select></crowd-form>""",
        [("body", "3"), ("body", "1"), ("body", "2"), ("body", "2")],
        {"n": {"labels": ["a", "c"]}},
    ),
    "none of several categories of an image": (
        f"""<crowd-form><crowd-image-classifier-multi-select name="n" src="{IMAGE}" categories="['a','b']" header="Which?" exclusion-category="{{ text: 'None' }}"></crowd-image-classifier-multi-select></crowd-form>""",
        [("body", "1"), ("click", "[name=n] >>> [data-none]")],
        {"n": {"labels": []}},
    ),
    "an image with a comment": (
        f"""<crowd-form><crowd-image-classifier name="n" src="{IMAGE}" categories="['a','b']" header="Which?"
        overlay="{{boundingBox: {{labels: ['x'], value: [{{label: 'x', left: 1, top: 2, width: 30, height: 40}}]}}}}">
        <worker-comment header="Say" link-text="Say more">Please</worker-comment></crowd-image-classifier></crowd-form>""",
        [
            ("click", "[name=n] >>> [value=b]"),
            ("click", "[name=n] >>> .work > button.link"),
            ("keys", "[name=n] >>> textarea", "dim\ue00c"),
        ],
        {"n": {"label": "b", "workerComment": "dim"}},
    ),
    "boxes by pointer, undone and done again": (
        drawing("bounding-box"),
        [
            ("drag", "n", (50, 50), (150, 100)),
            ("body", "2"),
            ("drag", "n", (300, 150), (250, 120)),
            ("drag", "n", (10, 150), (40, 190)),
            ("stage", "n", ("ctrl", "z")),
            ("stage", "n", ("ctrl", "z")),
            ("stage", "n", ("ctrl", "y")),
        ],
        {
            "n": {
                "boundingBoxes": [
                    {"height": 50, "label": "Pear", "left": 50, "top": 50, "width": 100},
                    {"height": 30, "label": "Fig", "left": 250, "top": 120, "width": 50},
                ],
                "inputImageProperties": SIZE,
            }
        },
    ),
    "nothing to label": (
        drawing("bounding-box"),
        [("submit",), ("sees", "n", "Nothing to label"), ("click", "[name=n] >>> input[type=checkbox]")],
        {"n": {"boundingBoxes": [], "inputImageProperties": SIZE}},
    ),
    "a box by keys alone": (
        drawing("bounding-box"),
        [("stage", "n", (" ", "\ue014", "\ue014", "\ue015", " "))],
        {
            "n": {
                "boundingBoxes": [{"height": 8, "label": "Pear", "left": 200, "top": 100, "width": 16}],
                "inputImageProperties": SIZE,
            }
        },
    ),
    "key points, one of them deleted": (
        drawing("keypoint", "initial-value=\"[{label: 'Pear', x: 10, y: 20,}, {label: 'Unknown', x: 1, y: 1}]\""),
        [("tap", "n", (300, 40)), ("tap", "n", (200, 40)), ("stage", "n", ("\ue017",))],
        {
            "n": {
                "initialValueModified": True,
                "inputImageProperties": SIZE,
                "keypoints": [{"label": "Pear", "x": 10, "y": 20}, {"label": "Pear", "x": 300, "y": 40}],
            }
        },
    ),
    "a line of two taps": (
        drawing("line", "label-colors=\"['#ff0000', '#00ff00']\""),
        [("tap", "n", (20, 20)), ("tap", "n", (380, 180))],
        {
            "n": {
                "inputImageProperties": SIZE,
                "lines": [{"label": "Pear", "vertices": [{"x": 20, "y": 20}, {"x": 380, "y": 180}]}],
            }
        },
    ),
    "a polyline that Enter ends": (
        drawing("polyline"),
        [
            ("tap", "n", (20, 20)),
            ("tap", "n", (100, 180)),
            ("tap", "n", (200, 20)),
            ("stage", "n", ("\ue007",)),
        ],
        {
            "n": {
                "inputImageProperties": SIZE,
                "polylines": [
                    {"label": "Pear", "vertices": [{"x": 20, "y": 20}, {"x": 100, "y": 180}, {"x": 200, "y": 20}]}
                ],
            }
        },
    ),
    "a polygon closed at its first point, whose lines may not cross": (
        drawing("polygon"),
        [
            ("tap", "n", (20, 20)),
            ("tap", "n", (200, 20)),
            ("tap", "n", (200, 180)),
            ("tap", "n", (100, 4)),
            ("tap", "n", (20, 20)),
        ],
        {
            "n": {
                "inputImageProperties": SIZE,
                "polygons": [
                    {"label": "Pear", "vertices": [{"x": 20, "y": 20}, {"x": 200, "y": 20}, {"x": 200, "y": 180}]}
                ],
            }
        },
    ),
    "areas of two labels": (
        drawing("semantic-segmentation"),
        [
            ("body", "p"),
            *(("tap", "n", at) for at in ((20, 20), (120, 20), (120, 120), (20, 120))),
            ("stage", "n", ("\ue007", "2", "b")),
            ("tap", "n", (300, 100)),
        ],
        {
            "n": {
                "inputImageProperties": SIZE,
                "labelMappings": {"Pear": {"color": "#1f77b4"}, "Fig": {"color": "#ff7f0e"}},
                "labeledImage": {
                    "(25, 25)": "#1f77b4",
                    "(110, 110)": "#1f77b4",
                    "(300, 100)": "#ff7f0e",
                    "(200, 20)": "",
                },
            }
        },
    ),
    "two of a kind": (
        drawing("instance-segmentation"),
        [
            ("drag", "n", (50, 50), (80, 50)),
            ("stage", "n", ("i",)),
            ("drag", "n", (250, 50), (280, 50)),
            ("stage", "n", ("i",)),
            ("drag", "n", (350, 50), (360, 50)),
            ("stage", "n", (("ctrl", "z"))),
        ],
        {
            "n": {
                "inputImageProperties": SIZE,
                "instances": [{"color": "#1f77b4", "label": "Pear"}, {"color": "#ff7f0e", "label": "Pear"}],
                "labeledImage": {"(60, 50)": "#1f77b4", "(260, 50)": "#ff7f0e", "(355, 50)": ""},
            }
        },
    ),
    "names in a text, by pointer and by keys": (
        """<crowd-entity-annotation name="ner" header="Name them" text="Ann of \U0001f3e0 met Bo" labels="[{label: 'person', shortDisplayName: 'per'}, {label: 'place'}]"
        initial-value="[{label: 'person', startOffset: 0, endOffset: 3}]"><short-instructions>Short</short-instructions></crowd-entity-annotation>""",
        [
            ("body", "2"),
            ("text", "ner", ("right",) * 7 + ("select",) + ("enter",)),
            ("body", "1"),
            ("select", "ner", 13, 15),
        ],
        {
            "ner": {
                "entities": [
                    {"endOffset": 3, "label": "person", "startOffset": 0},
                    {"endOffset": 8, "label": "place", "startOffset": 7},
                    {"endOffset": 15, "label": "person", "startOffset": 13},
                ],
                "initialValueModified": True,
            }
        },
    ),
}
