"""The elements of Crowd HTML Elements, for requesters' HTML: one script, served under both names of Amazon's loaders."""

from __future__ import annotations

from importlib import resources

#: The names under which pages load it; a page may load several.
SCRIPTS = ("crowd-html-elements.js", "crowd-html-elements-v2.js")

#: Its files, each after those that it builds upon.
_FILES = (
    "base.js",
    "form.js",
    "fields.js",
    "choices.js",
    "layout.js",
    "widget.js",
    "classifiers.js",
    "drawing.js",
    "shapes.js",
    "segmentation.js",
    "entities.js",
    "start.js",
)


def script() -> str:
    """All files as one script, which keeps its names to itself and does nothing on a page that has it already."""
    folder = resources.files(__name__)
    files = "\n".join(folder.joinpath(name).read_text("utf-8") for name in _FILES)
    return f'(function () {{\n"use strict";\nif (window.crowdElements) return;\nwindow.crowdElements = true;\n{files}}})();\n'
