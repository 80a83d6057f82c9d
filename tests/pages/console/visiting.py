"""An operator with a browser that runs no script."""

from __future__ import annotations

from typing import Any

from werkzeug.test import Client

from adapter.core.database import Store
from adapter.pages.store import people
from tests.pages.worker.visiting import Page, Visitor

PASSWORD = "correct horse battery"


class Browser(Visitor):
    """Somebody who is not signed in yet."""

    def __init__(self, app: Any) -> None:
        self.client = Client(app)

    def sign_in(self, name: str, password: str = PASSWORD, at: str = "/console") -> Page:
        return self.send(self.get(at).form("/console/signin"), name=name, password=password)


class Operator(Browser):
    """An operator who is signed in."""

    def __init__(self, app: Any, store: Store, name: str = "Olga") -> None:
        super().__init__(app)
        people.create_person(store, name, people.OPERATOR, PASSWORD)
        assert self.sign_in(name).path == "/console"
