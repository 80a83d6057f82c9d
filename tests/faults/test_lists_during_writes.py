"""A write while a foreign upstream's list is scanned: page 1 read after the write shows it, in whatever order they meet."""

from __future__ import annotations

import threading
from itertools import combinations_with_replacement

import pytest
from sqlalchemy import delete

from adapter.legacy.lists import listing
from adapter.legacy.store import tables
from tests.faults import conftest
from tests.faults.lists import LISTS, A_List, make_hits
from tests.legacy_client import Client, through_flask

#: Seconds after which a test that hangs ends.
LONG = 60


class Writer:
    """A client that extends a HIT, in a thread of its own: at `begin` that is done upstream, at `end` it is answered."""

    def __init__(self, world, hit):
        self.client, self.hit = Client(world.client.key, through_flask(world.app)), hit
        self.done, self.let_go = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.write)
        world.faulty.faults["UpdateExpirationForHIT"] = [self.hold]

    def write(self):
        self.client.call("ExtendHIT", HITId=self.hit, ExpirationIncrementInSeconds="60")

    def hold(self):
        self.done.set()
        assert self.let_go.wait(LONG)

    def begin(self):
        self.thread.start()
        assert self.done.wait(LONG)

    def end(self):
        self.let_go.set()
        self.thread.join(LONG)
        assert not self.thread.is_alive()


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    """A gateway that waits however long its upstream's answers are held back; the upstream lists five rows a call."""
    monkeypatch.setattr(conftest, "READ_TIMEOUT", LONG)
    monkeypatch.setattr(listing, "MOST", 5)


def forget(world):
    """As if nobody had listed anything."""
    with world.store.write() as connection:
        connection.execute(delete(tables.list_cache_rows))
        connection.execute(delete(tables.list_cache))


@pytest.mark.parametrize("seen", [False, True], ids=["a list nobody asked for", "a list that was long before"])
def test_page_1_shows_a_write_however_its_steps_fall_between_the_calls_of_a_scan(any_world, seen):
    world = any_world
    make_hits(world, 14)
    hits = A_List(world, *LISTS["hits"][1:])
    first = hits.page(1)[1][0]
    # the last answer is empty; the first one is read twice where nothing tells that the list is long
    calls = 4 if seen else 5
    for begun, ended in combinations_with_replacement(range(1, calls + 2), 2):
        if begun > calls:
            continue
        world.client.call("ExtendHIT", HITId=first, ExpirationIncrementInSeconds="60")
        if not seen:
            forget(world)
        writer = Writer(world, first)
        at = {number: [] for number in range(1, calls + 2)}
        at[begun].append(writer.begin)
        at[ended].append(writer.end)
        world.faulty.calls.clear()
        world.faulty.faults["ListHITs"] = [
            lambda steps=at[number]: [step() for step in steps] for number in range(1, calls + 1)
        ]
        hits.page(1)
        assert world.calls("ListHITs") == calls
        for step in at[calls + 1]:
            step()
        now = world.client.call("GetHIT", HITId=first).findtext("Expiration")
        assert hits.elements(1, "Expiration")[0] == now, (begun, ended)
