"""HIT layouts: registered once, filled and checked for each HIT."""

from __future__ import annotations

import pytest

from adapter.core.store import accounts
from adapter.marketplace.domain.layouts import LayoutRefusedError, register_layout
from adapter.marketplace.questions.check import check_question
from tests.marketplace.questions.documents import html
from tests.marketplace.test_hits import PROPERTIES
from tests.marketplace.test_qualifications import code_of, message_of
from tests.marketplace.workshop import EXTERNAL

PAGE = (
    "<!DOCTYPE html><html><body><form><p>Look at ${thing}, please: ${thing} ${note}</p>"
    "<input type='hidden' name='assignmentId'/></form></body></html>"
)
DOCUMENT = EXTERNAL.replace("/task", "/${place}")


def create(mturk, layout_id, **values):
    return mturk.create_hit(
        **PROPERTIES,
        LifetimeInSeconds=60,
        HITLayoutId=layout_id,
        HITLayoutParameters=[{"Name": name, "Value": value} for name, value in values.items()],
    )["HIT"]


def arguments(layout_id, *pairs, **members):
    parameters = [{"Name": name, "Value": value} for name, value in pairs]
    return {
        **PROPERTIES,
        "LifetimeInSeconds": 60,
        "HITLayoutId": layout_id,
        "HITLayoutParameters": parameters,
        **members,
    }


def test_html_becomes_an_html_question_with_values_as_they_were_given(mturk, store, key):
    layout_id = register_layout(store, key.account_id, "page", PAGE)
    hit = create(mturk, layout_id, thing="a <b>b</b> &amp; c", note="]]>")
    assert hit["HITLayoutId"] == layout_id
    checked = check_question(hit["Question"])
    assert checked.kind == "HTMLQuestion"
    assert "Look at a <b>b</b> &amp; c, please: a <b>b</b> &amp; c ]]></p>" in checked.html_content
    assert mturk.get_hit(HITId=hit["HITId"])["HIT"] == hit


def test_the_question_of_a_fragment_is_the_page_around_it_with_its_values(mturk, store, key):
    layout_id = register_layout(store, key.account_id, "fragment", "<h1>${param1}</h1><input name='${param2}'>")
    shown = check_question(create(mturk, layout_id, param1="foo", param2="bar")["Question"]).html_content
    form = '<form name="mturk_form" method="post" id="mturk_form" action="https://www.mturk.com/mturk/externalSubmit">'
    assert shown.startswith("<!DOCTYPE html><html><head><title>HIT</title>")
    assert form in shown.partition("<h1>foo</h1><input name='bar'>")[0]
    assert 'id="submitButton"' in shown.partition("<h1>foo</h1><input name='bar'>")[2]


def test_values_that_break_the_html_are_refused(mturk, store, key):
    layout_id = register_layout(store, key.account_id, "fragment", "<p>${text}</p>")
    for broken in ("<textarea>", "<!--", "<p title='"):
        assert code_of(mturk.create_hit, **arguments(layout_id, ("text", broken))) == "XHTMLParseError"
    assert mturk.list_hits()["HITs"] == []


def test_an_html_question_document_is_filled_as_html_is(mturk, store, key):
    layout_id = register_layout(store, key.account_id, "html", f"<?xml version='1.0'?>\n{html('<p>${text}</p>')}")
    assert "<p>a <b>b</b></p>" in create(mturk, layout_id, text="a <b>b</b>")["Question"]


def test_a_question_document_stays_what_it_is(mturk, store, key):
    layout_id = register_layout(store, key.account_id, "external", DOCUMENT)
    hit = create(mturk, layout_id, place="x?a=1&b=2")
    assert hit["Question"] == EXTERNAL.replace("/task", "/x?a=1&amp;b=2")


def test_missing_parameters_are_all_named_in_the_recorded_words(mturk, store, key):
    layout_id = register_layout(store, key.account_id, "page", PAGE)
    for pairs, names in (([("thing", "a")], "note"), ([], "thing, note")):
        assert code_of(mturk.create_hit, **arguments(layout_id, *pairs)) == "AWS.MissingParameters"
        assert message_of(mturk.create_hit, **arguments(layout_id, *pairs)).startswith(
            "Your request is missing required parameters. Required parameters include HITLayoutParameter. "
            f"You have not provided all required HITLayout parameters. Missing parameter names: {names} ("
        )
    assert mturk.list_hits()["HITs"] == []


def test_unknown_and_doubled_parameters_are_refused_by_name(mturk, store, key):
    layout_id = register_layout(store, key.account_id, "page", PAGE)
    for pairs, name in (
        ([("thing", "a"), ("note", "b"), ("other", "c")], "other"),
        ([("thing", "a"), ("note", "b"), ("note", "c")], "twice"),
    ):
        assert code_of(mturk.create_hit, **arguments(layout_id, *pairs)) == "InvalidParameterValue"
        assert name in message_of(mturk.create_hit, **arguments(layout_id, *pairs))
    assert mturk.list_hits()["HITs"] == []


def test_a_layout_of_nobody_or_of_another_requester_does_not_exist(mturk, store):
    other = accounts.create_account(store, "Other").account_id
    for layout_id in ("3NO", register_layout(store, other, "page", "<html><body>hello</body></html>")):
        given = arguments(layout_id)
        assert code_of(mturk.create_hit, **given) == "HITLayoutDoesNotExist"


def test_a_layout_and_a_question_exclude_each_other(mturk, store, key):
    layout_id = register_layout(store, key.account_id, "external", DOCUMENT)
    given = arguments(layout_id, ("place", "x"), Question=EXTERNAL)
    assert code_of(mturk.create_hit, **given) == "InvalidParameterValue"


def test_values_that_make_the_question_too_long_are_refused(mturk, store, key):
    layout_id = register_layout(store, key.account_id, "external", DOCUMENT)
    assert code_of(mturk.create_hit, **arguments(layout_id, ("place", "x" * 70_000))) == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("", PAGE),
        ("n" * 201, PAGE),
        ("long", "<p>" + "x" * 65_536),
        ("broken", "<ExternalQuestion"),
        ("broken", "<p title='"),
        ("empty", ""),
        ("blank", " \n"),
    ],
)
def test_a_layout_no_hit_could_use_is_refused(store, key, name, template):
    with pytest.raises(LayoutRefusedError):
        register_layout(store, key.account_id, name, template)
