"""A worker with a browser that runs no script: pages are read as HTML5 without a parse error, forms sent as they stand."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import html5lib
from werkzeug.test import Client

from adapter.core.database import Store
from adapter.pages.store import worker_accounts
from tests.pages.worker.forms import controls, posted

PASSWORD = "correct horse battery"


@dataclass
class Page:
    """A page as it came."""

    status: int
    path: str
    html: str
    tree: Any
    headers: Any

    @property
    def text(self) -> str:
        """What a person reads, with single spaces."""
        body = next(self.tree.iter("main"))
        return " ".join(" ".join(body.itertext()).split())

    def links(self) -> dict[str, str]:
        """Addresses by words."""
        return {" ".join("".join(a.itertext()).split()): a.get("href") for a in self.tree.iter("a")}

    def form(self, action: str = ""):
        """The form of the page's main part that is sent to this path, or the only one."""
        main = next(self.tree.iter("main"))
        (found,) = [each for each in main.iter("form") if not action or each.get("action") == action]
        return found


class Visitor:
    """A worker who is signed in."""

    def __init__(self, app: Any, store: Store, name: str = "Ada") -> None:
        self.client = Client(app)
        account = worker_accounts.create_worker(store, name, PASSWORD)
        self.worker_id = account.worker_id
        signed_in = self.send(self.get("/mturk/beginsignin").form("/mturk/beginsignin"), name=name, password=PASSWORD)
        assert signed_in.status == 200

    def get(self, path: str) -> Page:
        """The page at the end of all redirects."""
        return _page(self.client.get(path, headers={"Accept": "text/html"}, follow_redirects=True))

    def send(self, form: Any, **filled: str) -> Page:
        """Send a form of a page with these fields filled in, and follow redirects."""
        for element, name, kind in controls(form):
            if name in filled:
                if kind in {"radio", "checkbox"}:
                    element.attrib.pop("checked", None)
                    if element.get("value") == filled[name]:
                        element.set("checked", "")
                elif kind == "textarea":
                    element.text = filled[name]
                else:
                    element.set("value", filled[name])
        return self.post(form.get("action"), posted(form))

    def post(self, path: str, fields: list[tuple[str, str]]) -> Page:
        """Post names and values, and follow redirects."""
        data: dict[str, list[str]] = {}
        for name, value in fields:
            data.setdefault(name, []).append(value)
        return _page(self.client.post(path, data=data, headers={"Accept": "text/html"}, follow_redirects=True))


def _page(answer: Any) -> Page:
    html = answer.get_data(as_text=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = html5lib.HTMLParser(strict=True).parse(html)
    for element in tree.iter():
        element.tag = element.tag.rpartition("}")[2]
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), "an id occurs twice"
    return Page(answer.status_code, answer.request.path, html, tree, answer.headers)
