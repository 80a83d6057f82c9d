"""Whatever is listed, disposed of, made and extended in whatever order: each page is what the rules of a walk say."""

from __future__ import annotations

import random

import pytest

from adapter.legacy.lists import listing
from tests.faults.lists import LISTS, A_List, make_hits

SIZE = 4


class Model:
    """HITs in order of creation, and the walk that page 1 began last: what each later page shows follows from it."""

    def __init__(self, world):
        self.world, self.left, self.walk = world, list(world.noted["hits"]), []

    def page(self, number):
        if number == 1:
            self.walk = list(self.left)
        rows = self.walk[(number - 1) * SIZE : number * SIZE]
        return len(self.walk), [row for row in rows if row in self.left]

    def dispose(self, hit):
        self.world.there.update_expiration_for_hit(HITId=hit, ExpireAt=0)
        self.world.client.call("DisposeHIT", HITId=hit)
        self.left.remove(hit)

    def disable(self, hit):
        self.world.client.call("DisableHIT", HITId=hit)
        self.left.remove(hit)

    def create(self):
        self.left.append(self.world.client.hit())


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("most", [5, 100])
def test_pages_follow_from_page_1_and_lose_only_what_has_gone(any_world, monkeypatch, seed, most):
    monkeypatch.setattr(listing, "MOST", most)
    world, dice = any_world, random.Random(seed)  # noqa: S311 (a test is to be repeatable)
    make_hits(world, 14)
    model, hits = Model(world), A_List(world, *LISTS["hits"][1:])
    assert hits.page(1, SIZE) == model.page(1)
    for _ in range(60):
        deed = dice.choices(["page", "front", "dispose", "disable", "create", "extend"], [9, 3, 2, 2, 2, 1])[0]
        if deed == "page" and len(model.walk) > SIZE:
            # a page past the end of a list that fits on page 1 shows the list of now
            number = dice.randint(2, len(model.walk) // SIZE + 2)
            assert hits.page(number, SIZE) == model.page(number)
        elif deed == "front":
            assert hits.page(1, SIZE) == model.page(1)
        elif deed == "create" or not model.left:
            model.create()
        elif deed == "extend":
            world.client.call("ExtendHIT", HITId=dice.choice(model.left), MaxAssignmentsIncrement="1")
        else:
            getattr(model, "dispose" if deed != "disable" else deed)(dice.choice(model.left))
