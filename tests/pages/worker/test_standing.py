"""Where nothing can be done with a HIT, the page says why, in words of its own, whichever link led there."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

from adapter.marketplace.domain import assignment_lifecycle
from adapter.pages.worker import standing
from tests.marketplace.test_qualifications import make
from tests.marketplace.workshop import a_hit, done

MASTERS = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"
LINKS = (
    "/mturk/preview?groupId={group}",
    "/mturk/preview?groupId={kind}&hitId={hit}",
    "/mturk/preview?hitId={hit}",
    "/mturk/previewandaccept?groupId={group}",
    "/mturk/accept?hitId={hit}",
    "/mturk/notqualified?hitId={hit}",
    "/projects/{group}/tasks",
    "/projects/{group}/tasks/{hit}?ref=mail",
    "/projects/{group}/tasks/accept_random",
)


def blocked(visitor, mturk, _store):
    hit_id = a_hit(mturk, Title="Secret")
    mturk.create_worker_block(WorkerId=visitor.worker_id, Reason="nasty words")
    return hit_id


def not_visible(_visitor, mturk, _store):
    guarded = {"QualificationTypeId": MASTERS, "Comparator": "Exists", "ActionsGuarded": "DiscoverPreviewAndAccept"}
    return a_hit(mturk, Title="Secret", QualificationRequirements=[guarded])


def no_preview(_visitor, mturk, _store):
    wanted = make(mturk, "Careful")["QualificationTypeId"]
    guarded = {"QualificationTypeId": wanted, "Comparator": "Exists", "ActionsGuarded": "PreviewAndAccept"}
    return a_hit(mturk, QualificationRequirements=[guarded])


def not_qualified(_visitor, mturk, _store):
    wanted = make(mturk, "Careful")["QualificationTypeId"]
    return a_hit(mturk, QualificationRequirements=[{"QualificationTypeId": wanted, "Comparator": "Exists"}])


def all_done(visitor, mturk, store):
    hit_id = a_hit(mturk, MaxAssignments=3)
    done(store, hit_id, visitor.worker_id)
    return hit_id


def taken(_visitor, mturk, store):
    hit_id = a_hit(mturk)
    assignment_lifecycle.accept(store, "AOTHER", hit_id)
    return hit_id


def finished(_visitor, mturk, store):
    hit_id = a_hit(mturk)
    done(store, hit_id, "AOTHER")
    return hit_id


@pytest.mark.parametrize(
    ("make_it", "status", "words"),
    [
        (blocked, 403, (standing.BLOCKED,)),
        (not_visible, 404, (standing.NOT_VISIBLE,)),
        (no_preview, 403, (standing.NO_PREVIEW, "Careful has been granted (also to preview) ✗ not met")),
        (not_qualified, 200, (standing.NOT_QUALIFIED, "Careful has been granted ✗ not met yours: none Request it")),
        (all_done, 404, (standing.DONE, standing.ALL_DONE)),
        (taken, 404, (standing.TAKEN,)),
        (finished, 404, (standing.FINISHED,)),
    ],
)
def test_each_reason_has_its_words_at_every_address(visitor, mturk, store, make_it, status, words):
    hit_id = make_it(visitor, mturk, store)
    hit = mturk.get_hit(HITId=hit_id)["HIT"]
    for link in LINKS:
        page = visitor.get(link.format(hit=hit_id, group=hit["HITGroupId"], kind=hit["HITTypeId"]))
        assert page.status == status, link
        told = [each for each in words if each in page.text]
        assert told == list(words) or words == (standing.DONE, standing.ALL_DONE), (link, page.text)
        assert told, (link, page.text)
        assert "Find other HITs" in page.links()
        assert not [form for form in page.tree.iter("form") if form.get("action") == "/mturk/accept"]
        assert "Secret" not in page.html
        assert "nasty words" not in page.html


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        (
            lambda visitor, mturk, _hit, _store: mturk.create_worker_block(WorkerId=visitor.worker_id, Reason="x"),
            403,
            standing.BLOCKED,
        ),
        (lambda _visitor, _mturk, hit, store: done(store, hit, "AOTHER"), 404, standing.FINISHED),
        (lambda _visitor, _mturk, hit, store: assignment_lifecycle.accept(store, "AOTHER", hit), 404, standing.TAKEN),
    ],
)
def test_what_happens_before_the_button_is_pressed_is_said_after_it(visitor, mturk, store, change, status, words):
    hit_id = a_hit(mturk)
    page = visitor.get(f"/mturk/preview?hitId={hit_id}")
    change(visitor, mturk, hit_id, store)
    refused = visitor.send(page.form("/mturk/accept"))
    assert (refused.status, words in refused.text) == (status, True)


def test_who_did_a_finished_group_is_reminded_of_it(visitor, mturk, store):
    hit_id = a_hit(mturk)
    done(store, hit_id, visitor.worker_id)
    group = mturk.get_hit(HITId=hit_id)["HIT"]["HITGroupId"]
    assert "it is finished. You did some of it" in visitor.get(f"/mturk/preview?groupId={group}").text
    assert standing.DONE in visitor.get(f"/mturk/preview?hitId={hit_id}").text


def test_a_link_to_one_hit_says_when_it_shows_another(visitor, mturk, store):
    gone, mine, left = (a_hit(mturk, RequesterAnnotation=each, MaxAssignments=2) for each in "abc")
    for worker in ("AONE", "ATWO"):
        done(store, gone, worker)
    done(store, mine, visitor.worker_id)
    for linked, words in ((gone, standing.ANOTHER), (mine, standing.ANOTHER_DONE)):
        page = visitor.get(f"/mturk/preview?hitId={linked}")
        assert words in page.text
        assert f'name="hitId" value="{left}"' in page.html
    assert "another one of its group" not in visitor.get(f"/mturk/preview?hitId={left}").text


def test_a_link_that_names_the_group_of_one_hit_and_another_hit_shows_the_group(visitor, mturk):
    named, other = a_hit(mturk, Title="Named"), a_hit(mturk, Title="Other")
    group = mturk.get_hit(HITId=named)["HIT"]["HITGroupId"]
    page = visitor.get(f"/mturk/preview?groupId={group}&hitId={other}")
    assert f'name="hitId" value="{named}"' in page.html


def test_a_visitor_is_asked_to_sign_in_before_anything_is_said_of_a_guarded_hit(app, visitor, mturk, store):
    for make_it in (not_visible, no_preview):
        hit_id = make_it(visitor, mturk, store)
        answer = Client(app).get(f"/mturk/preview?hitId={hit_id}")
        assert (answer.status_code, "/mturk/beginsignin?then=" in answer.headers["Location"]) == (303, True)
    page = Client(app).get(f"/mturk/preview?hitId={finished(visitor, mturk, store)}")
    assert standing.FINISHED in page.get_data(as_text=True)
