"""QuestionForms as HTML: valid, complete, harmless, and answered as they were filled in."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import AnswerError, FreeText, Question
from adapter.marketplace.questions.plausible import plausible_answers
from adapter.marketplace.questions.submission import answers_from_form
from adapter.pages.content.formatted_content import formatted, readable
from adapter.pages.content.question_form import form_html
from tests.marketplace.questions.documents import (
    APPLET,
    FULL_FORM,
    UPLOAD,
    external,
    form,
    free_text,
    overview,
    question,
    seeded,
    selection,
)
from tests.pages.worker.forms import STYLES, by_id, controls, fill, page, posted, question_forms


def shown(text, *arguments, **named):
    return form_html(check_question(text), *arguments, **named)


def only(tree, name):
    (found,) = [element for element, its, _ in controls(tree) if its == name]
    return found


def texts_of(element):
    return "".join(element.itertext())


@given(question_forms(), st.integers(0, 2**32))
def test_any_form_filled_in_by_its_html_gives_those_answers(text, seed):
    asked = check_question(text)
    wanted = plausible_answers(asked, seeded(seed))
    given_by = {answer.question: answer for answer in wanted}
    try:
        assume(answers_from_form(asked, as_fields(wanted)) == wanted)
    except AnswerError:
        assume(False)
    tree = page(form_html(asked))
    for each in asked.questions:
        assume(fill(tree, each, given_by[each.identifier]))
    assert answers_from_form(asked, posted(tree)) == wanted


@given(question_forms(), st.integers(0, 2**32))
def test_what_was_posted_is_shown_again_and_would_be_posted_again(text, seed):
    asked = check_question(text)
    fields = [(name, readable(value)) for name, value in as_fields(plausible_answers(asked, seeded(seed)))]
    reasons = {each.identifier: "Look again." for each in asked.questions}
    again = posted(page(form_html(asked, fields, reasons)))
    files = [each for each in fields if each[0].endswith(".size")]
    assert set(fields) - set(again) <= {each for each in fields if "\n" in each[1]}
    assert all(each in again for each in files)


def as_fields(answers):
    fields = []
    for answer in answers:
        if answer.free_text is not None:
            fields.append((answer.question, answer.free_text))
        fields += [(answer.question, each) for each in answer.selections]
        if answer.other_text is not None:
            fields.append((f"{answer.question}.other", answer.other_text))
        if answer.file_key is not None:
            fields += [(answer.question, answer.file_key), (f"{answer.question}.size", str(answer.file_size))]
    return fields


def test_links_and_pictures_of_strangers_tell_nothing_of_the_worker():
    made = formatted(
        '<a href="http://example.com/" target="_top">x</a><img src="http://example.com/a.png" alt="a">'
    ).html
    assert 'target="_blank"' in made
    assert 'rel="noopener noreferrer"' in made
    assert made.count('referrerpolicy="no-referrer"') == 2
    assert 'referrerpolicy="no-referrer"' in shown(FULL_FORM)


def test_text_of_requesters_is_escaped_everywhere():
    evil = "&lt;script>alert(1)&lt;/script>"
    text = form(
        f"<Overview><Title>{evil}</Title><Text>{evil}</Text><List><ListItem>{evil}</ListItem></List></Overview>"
        + question(free_text("", f"<DefaultText>{evil}</DefaultText>"), evil, name=evil)
        + question(selection(evil, other=f"<OtherSelection><DefaultText>{evil}</DefaultText></OtherSelection>"), "q2")
    )
    html = shown(text, None, {"q2": "<script>alert(1)</script>"})
    page(html)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 11


def test_every_kind_of_content_appears_in_the_order_of_the_document():
    tree = page(shown(FULL_FORM))
    order = [element.tag for element in by_class(tree, "q-overview")[0].iter()]
    assert order == [
        *("div", "h2", "p", "ul", "li", "li", "img", "figure", "video", "figcaption", "a"),
        *("div", "p", "a", "dl", "div", "dt", "dd") * 2,
        *("div", "p", "b", "i", "br"),
    ]
    note = " ".join(texts_of(by_class(tree, "q-note")[1]).split())
    assert note == "This is a Java applet, which browsers no longer run. Open the file game1523"


def by_class(tree, name):
    return [element for element in tree.iter() if name in element.get("class", "").split()]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (APPLET, "http://example.com/V.class"),
        (APPLET.replace("V.class", "javascript:alert(1)"), None),
        (APPLET.replace("http://example.com/", "http://[broken/"), None),
    ],
)
def test_an_applet_is_a_note_with_a_link_where_its_address_is_one(content, found):
    (note,) = by_class(page(shown(overview(content))), "q-note")
    assert [a.get("href") for a in note.iter("a")] == ([found] if found else [])


def test_other_media_are_a_note_with_a_link():
    document = overview(
        "<EmbeddedBinary><EmbeddedMimeType><Type>application</Type><SubType>pdf</SubType></EmbeddedMimeType>"
        "<DataURL>http://example.com/a.pdf</DataURL><AltText>The rules</AltText><Width>10</Width><Height>10</Height>"
        "</EmbeddedBinary>"
    )
    (note,) = by_class(page(shown(document)), "q-note")
    text = " ".join(texts_of(note).split())
    assert text == "The rules. This is application/pdf, which this page cannot show. Open the file"


@pytest.mark.parametrize(
    ("style", "most", "controls_wanted"),
    [
        ("", 1, ["radio"] * 3),
        ("", 2, ["checkbox"] * 3),
        ("radiobutton", 1, ["radio"] * 3),
        ("radiobutton", 2, ["checkbox"] * 3),
        ("checkbox", 1, ["checkbox"] * 3),
        ("checkbox", 3, ["checkbox"] * 3),
        ("dropdown", 1, ["select"]),
        ("dropdown", 2, ["checkbox"] * 3),
        ("combobox", 1, ["select"]),
        ("list", 1, ["select"]),
        ("list", 3, ["select"]),
        ("multichooser", 3, ["checkbox"] * 3),
    ],
)
def test_each_style_has_its_controls(style, most, controls_wanted):
    before = f"<MaxSelectionCount>{most}</MaxSelectionCount>"
    before += f"<StyleSuggestion>{style}</StyleSuggestion>" if style else ""
    tree = page(shown(form(question(selection("a", "b", "c", before=before)))))
    found = controls(tree)
    assert [kind for _, _, kind in found] == controls_wanted
    if controls_wanted == ["select"]:
        element = found[0][0]
        assert (element.get("multiple") is not None, element.get("size") is not None) == (most > 1, style == "list")


def test_a_list_of_several_says_how_to_choose_them():
    text = form(question(selection("a", "b", before="<StyleSuggestion>list</StyleSuggestion>")))
    hint = texts_of(by_id(page(shown(text)), "q1-hint"))
    assert hint == "Required. Choose all that apply, several with the Ctrl or ⌘ key held down."


@pytest.mark.parametrize(
    ("least", "most", "hint"),
    [
        (0, 3, "Choose all that apply"),
        (1, 3, "Choose all that apply"),
        (0, 2, "Choose up to 2"),
        (2, 2, "Choose 2"),
        (2, 3, "Choose 2 to 3"),
    ],
)
def test_how_many_options_are_to_be_chosen_is_said(least, most, hint):
    counts = f"<MinSelectionCount>{least}</MinSelectionCount><MaxSelectionCount>{most}</MaxSelectionCount>"
    tree = page(shown(form(question(selection("a", "b", "c", before=counts), required="false"))))
    assert texts_of(by_id(tree, "q1-hint")) == f"{hint}."


@pytest.mark.parametrize("style", STYLES)
def test_options_with_pictures_are_never_put_into_a_list_of_words(style):
    option = (
        "<Selection><SelectionIdentifier>%s</SelectionIdentifier><Binary><MimeType><Type>image</Type></MimeType>"
        "<DataURL>http://example.com/%s.png</DataURL><AltText>picture %s</AltText></Binary></Selection>"
    )
    answer = (
        f"<SelectionAnswer><StyleSuggestion>{style}</StyleSuggestion><Selections>{option.replace('%s', 'a')}"
        f"{option.replace('%s', 'b')}</Selections></SelectionAnswer>"
    )
    tree = page(shown(form(question(answer))))
    assert [image.get("alt") for image in tree.iter("img")] == ["picture a", "picture b"]
    assert not list(tree.iter("select"))


def test_another_answer_can_be_given_instead_of_a_required_option():
    text = form(question(selection("a", other="<OtherSelection><DefaultText>a word</DefaultText></OtherSelection>")))
    tree = page(shown(text))
    other = only(tree, "q1.other")
    assert (other.get("value"), other.get("placeholder")) == ("", "a word")
    assert not [element for element, _, _ in controls(tree) if element.get("required") is not None]
    other.set("value", "mine")
    (answer,) = answers_from_form(check_question(text), posted(tree))
    assert (answer.selections, answer.other_text) == ((), "mine")


@pytest.mark.parametrize(
    ("constraints", "rest", "attributes", "hint"),
    [
        ("", "", {"type": "text"}, "Required."),
        ("<IsNumeric/>", "", {"type": "text", "inputmode": None}, "Required. A number."),
        (
            '<IsNumeric minValue="-5" maxValue="9"/>',
            "",
            {"type": "text", "inputmode": None},
            "Required. A number from -5 to 9.",
        ),
        ('<IsNumeric minValue="5"/>', "", {"inputmode": "decimal"}, "Required. A number at least 5."),
        (
            '<IsNumeric minValue="100" maxValue="999"/><Length minLength="3" maxLength="3"/>',
            "",
            {"type": "text", "inputmode": "decimal", "maxlength": "3"},
            "Required. A number from 100 to 999, exactly 3 characters.",
        ),
        (
            "<IsNumeric/>",
            "<DefaultText>a number</DefaultText>",
            {"type": "text", "inputmode": None},
            "Required. A number.",
        ),
        ('<Length maxLength="1"/>', "", {"maxlength": "1"}, "Required. At most 1 character."),
        (
            """<AnswerFormatRegex regex="a" errorText="With an a"/><AnswerFormatRegex regex="b"/>
            <AnswerFormatRegex regex="c" errorText="And a c!"/>""",
            "",
            {"pattern": None},
            "Required. With an a. And a c!",
        ),
        ("", "<NumberOfLinesSuggestion>7</NumberOfLinesSuggestion>", {"rows": "7"}, "Required."),
        ("", "<NumberOfLinesSuggestion>999</NumberOfLinesSuggestion>", {"rows": "40"}, "Required."),
    ],
)
def test_constraints_become_hints_for_the_browser_and_in_words(constraints, rest, attributes, hint):
    tree = page(shown(form(question(free_text(constraints, rest)))))
    element = only(tree, "q1")
    assert {name: element.get(name) for name in attributes} == attributes
    assert element.get("required") is not None
    assert texts_of(by_id(tree, "q1-hint")) == hint


def test_a_question_that_may_be_left_out_says_no_requirement_and_takes_no_answer():
    text = form(
        question(free_text(), "q1", "false") + question(selection("a"), "q2", "false") + question(UPLOAD, "q3", "false")
    )
    tree = page(shown(text))
    assert not [element for element, _, _ in controls(tree) if element.get("required") is not None]
    assert [answer.question for answer in answers_from_form(check_question(text), posted(tree))] == ["q1"]
    assert "No answer" in texts_of(tree)


def test_text_that_begins_with_line_ends_survives_the_page():
    text = form(question(free_text("", "<DefaultText>\n\n x\ny </DefaultText>")))
    (answer,) = answers_from_form(check_question(text), posted(page(shown(text))))
    assert answer.free_text == "\n\n x\ny "


def test_identifiers_with_line_ends_come_back_as_they_were():
    text = form(question(selection("o&#10;1", "o2"), "a&#13;&#10;b"))
    asked = check_question(text)
    tree = page(form_html(asked))
    controls(tree)[0][0].set("checked", "")
    sent = [(name.replace("\n", "\r\n"), value.replace("\n", "\r\n")) for name, value in posted(tree)]
    (answer,) = answers_from_form(asked, sent)
    assert (answer.question, answer.selections) == ("a\r\nb", ("o\n1",))


def test_what_is_wrong_stands_beside_the_question_and_at_the_top():
    asked = check_question(FULL_FORM)
    fields = [("q1", "100"), ("q2", "c"), ("q2.other", "mine <b>"), ("q3", "")]
    with pytest.raises(AnswerError) as caught:
        answers_from_form(asked, fields)
    reasons = caught.value.reasons | {"": "All of it is too long."}
    tree = page(form_html(asked, fields, reasons))
    (alert,) = [element for element in tree.iter() if element.get("role") == "alert"]
    assert [texts_of(li) for li in alert.iter("li")] == ["All of it is too long.", reasons["q1"]]
    assert [a.get("href") for a in alert.iter("a")] == ["#q1-answer"]
    assert reasons["q1"].lower() == f"{asked.questions[0].label}: {texts_of(by_id(tree, 'q1-problem'))}".lower()
    assert [alert] == [element for element in tree.iter() if element.get("autofocus") is not None]
    field = only(tree, "q1")
    assert field.get("id") == "q1-answer"
    assert field.get("aria-invalid") == "true"
    assert "q1-problem" in field.get("aria-describedby").split()
    assert ("q2", "c") in posted(tree)
    assert ("q2.other", "mine <b>") in posted(tree)


def test_a_stored_file_is_kept_and_need_not_be_chosen_again():
    text = form(question(UPLOAD, "f&quot;1"))
    tree = page(shown(text, [('f"1', "KEY"), ('f"1.size', "2500")]))
    assert posted(tree) == [('f"1', "KEY"), ('f"1.size', "2500")]
    assert "2.5 kB is stored" in texts_of(tree)
    assert not [element for element, _, _ in controls(tree) if element.get("required") is not None]
    tree = page(shown(text, [('f"1', "KEY"), ('f"1.size', "many")]))
    assert posted(tree) == []


def test_every_id_that_is_referred_to_exists_once_and_every_control_has_a_name_to_be_read():
    tree = page(shown(FULL_FORM, None, {"q1": "No.", "q3": "No."}))
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in tree.iter():
        for name in ("aria-labelledby", "aria-describedby", "for"):
            for each in (element.get(name) or "").split():
                assert each in ids
                assert name == "for" or texts_of(by_id(tree, each)).strip()
    labelled = {element.get("for") for element in tree.iter("label")}
    for element, _, kind in controls(tree):
        assert kind == "hidden" or element.get("aria-labelledby") or element.get("id") in labelled


def test_a_preview_cannot_be_filled_in():
    tree = page(shown(FULL_FORM, disabled=True))
    (fieldset,) = tree.iter("fieldset")
    assert fieldset.get("disabled") is not None
    assert len(list(fieldset.iter("input"))) == len(list(tree.iter("input")))


def test_only_a_question_form_has_fields():
    with pytest.raises(ValueError, match="ExternalQuestion"):
        shown(external())


def test_hostile_but_valid_names_do_no_harm():
    names = ["form_key", "assignmentId", "__proto__", "a b", "q1-answer", "é", "</textarea>"]
    text = form("".join(question(free_text(), name.replace("<", "&lt;")) for name in names))
    assert [name for _, name, _ in controls(page(shown(text)))] == names


def test_the_largest_form_that_can_be_created_is_shown_quickly():
    body = "".join(question(selection("a", "b"), f"q{n}") for n in range(150))
    text = form(body)
    assert len(text) < 65535
    assert len(controls(page(shown(text)))) == 300


@settings(max_examples=5)
@given(st.text(max_size=20), st.text(max_size=20))
def test_values_nobody_offered_are_not_shown_as_chosen(name, value):
    asked = check_question(FULL_FORM)
    tree = page(form_html(asked, [(name, value), ("q2", value)]))
    chosen = [
        element.get("value")
        for element, _, kind in controls(tree)
        if kind == "checkbox" and element.get("checked") is not None
    ]
    assert set(chosen) <= {value} & {"a", "b", "c"}


def test_the_questions_of_a_form_are_what_is_asked():
    asked: Question = check_question(FULL_FORM)
    assert isinstance(asked.questions[0].answer, FreeText)
    assert {name for _, name, _ in controls(page(form_html(asked)))} == {"q1", "q2", "q2.other", "q3"}
