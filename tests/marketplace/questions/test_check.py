"""What a question document says, and which ones are refused."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from adapter.marketplace.questions import xml
from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import (
    Content,
    FileUpload,
    FreeText,
    Option,
    Overview,
    QuestionError,
    Regex,
    Selection,
)
from tests.marketplace.questions.documents import (
    BASE,
    CONTENT,
    FORM_NS,
    FULL_FORM,
    external,
    form,
    free_text,
    html,
    overview,
    question,
    selection,
)

XML = "AWS.MechanicalTurk.XMLParseError"
XHTML = "AWS.MechanicalTurk.XHTMLParseError"
INVALID = "AWS.MechanicalTurk.InvalidParameterValue"


def refuse(text, **options):
    with pytest.raises(QuestionError) as caught:
        check_question(text, **options)
    return caught.value


def test_a_form_is_read_whole_and_in_order():
    checked = check_question(FULL_FORM)
    assert checked.kind == "QuestionForm"
    assert [type(part).__name__ for part in checked.form] == [
        "Overview",
        "FormQuestion",
        "FormQuestion",
        "FormQuestion",
    ]
    number, choice, upload = checked.questions
    assert (number.identifier, number.display_name, number.label, number.required) == (
        *("q1", "The number", "The number", True),
    )
    assert number.answer == FreeText(
        default="7",
        min_length=1,
        max_length=2,
        numeric=True,
        min_value=Decimal(1),
        max_value=Decimal(99),
        regex=(Regex("^[0-9]+$", "i", "Digits, please."),),
        suggested_lines=3,
    )
    assert choice.answer == Selection(
        style="checkbox",
        options=tuple(Option(i, Content("Text", i)) for i in "abc"),
        other=FreeText(default="else"),
        min_count=1,
        max_count=2,
    )
    assert choice.label == "What"
    assert upload.answer == FileUpload(min_bytes=10, max_bytes=3000)
    assert upload.required is False


def test_every_kind_of_content_is_read():
    (part,) = check_question(overview(CONTENT)).form
    assert isinstance(part, Overview)
    title, text, listed, binary, embedded, flash, applet, formatted = part.content
    assert title == Content("Title", "Game")
    assert text == Content("Text", "A board")
    assert listed == Content("List", items=("one", "two"))
    assert binary == Content("Binary", url="http://example.com/board.gif", mime_type="image/gif", alt_text="the board")
    assert (embedded.kind, embedded.mime_type, embedded.width, embedded.height, embedded.parameters) == (
        *("EmbeddedBinary", "video/mpeg", 400, 300, (("game", "1523"),)),
    )
    assert (flash.kind, flash.url, flash.width) == ("Flash", "http://example.com/m.swf", 10)
    assert (applet.kind, applet.url, applet.text, applet.width) == (
        *("JavaApplet", "http://example.com/", "V.class", None),
    )
    assert formatted == Content("FormattedContent", "<p>Bold <b>and <i>more</i></b><br></p>")


def test_an_external_question_gives_its_address_and_height():
    checked = check_question(external("https://example.com/q?a=1&amp;b=2", "450"))
    assert (checked.kind, checked.external_url, checked.frame_height) == (
        *("ExternalQuestion", "https://example.com/q?a=1&b=2", 450),
    )
    assert checked.questions == ()


def test_a_namespace_may_be_spelled_with_https():
    text = external("https://example.com/q").replace("http://mechanicalturk", "https://mechanicalturk")
    assert check_question(text).external_url == "https://example.com/q"


def test_an_html_question_gives_its_page():
    page = "<!DOCTYPE html><html><body><form>x &amp; y</form></body></html>"
    checked = check_question(html(page, "600"))
    assert (checked.kind, checked.html_content, checked.frame_height) == ("HTMLQuestion", page, 600)


@pytest.mark.parametrize("start", ["\ufeff", '<?xml version="1.0" encoding="UTF-16"?>', "\n \t", "<!-- c --><?p i?>\n"])
def test_byte_order_mark_declaration_comments_and_space_may_come_first(start):
    assert check_question(start + external()).external_url == "https://example.com/"


@pytest.mark.parametrize("namespace", [FORM_NS, BASE + "2017-11-06/QuestionForm.xsd", BASE + "QuestionForm.xsd"])
def test_a_form_is_known_in_every_namespace_it_had(namespace):
    assert check_question(form(question(free_text()), namespace)).questions[0].identifier == "q1"


def test_prefixed_elements_mean_the_same():
    text = external().replace("xmlns=", "xmlns:m=").replace("<", "<m:").replace("<m:/", "</m:")
    assert check_question(text).frame_height == 400


def test_a_lone_question_without_namespace_is_a_form_of_one_as_boto_1_9b_sends_it():
    assert [q.identifier for q in check_question(question(free_text(), "only")).questions] == ["only"]


def test_comments_inside_text_do_not_cut_it():
    (part,) = check_question(overview("<Text>one<!-- x --> two<![CDATA[ & three]]></Text>")).form
    assert part.content[0].text == "one two & three"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "empty"),
        ("  \n ", 1, "empty"),
        ("hello", 1, "Start tag expected"),
        ("<a>", 1, "Premature end"),
        ("<QuestionForm>\n<Overview>\n</QuestionForm>", 3, "mismatch"),
        (external("https://example.com/?a=1&b=2"), 1, "EntityRef"),
        (external() + external(), 1, "Extra content"),
        (external("&nbsp;"), 1, "nbsp"),
        ("<QuestionForm/>", 1, "namespace"),
        (external().replace("2006-07-14", "2006-07-15"), 1, "namespace"),
        ('<Other xmlns="x"/>', 1, "QuestionForm, ExternalQuestion, HTMLQuestion"),
        (form(""), 1, "Missing child"),
        (form("\n<Question/>"), 2, "QuestionIdentifier"),
        (form("\n\n<Nonsense/>"), 3, "Nonsense"),
        (external(height="tall"), 1, "tall"),
        (external().replace("<FrameHeight>400</FrameHeight>", ""), 1, "FrameHeight"),
        (form(question(free_text('<Length minLength="x"/>'))), 1, "minLength"),
        (form(question(selection())), 1, "Selection"),
        (form(question(selection("a", before="<StyleSuggestion>odd</StyleSuggestion>"))), 1, "odd"),
        (overview("<Title>\x00</Title>"), 1, "Char"),
        (overview("<Title>\ud800</Title>"), 1, "character"),
        (overview("<Title>&#0;</Title>"), 1, "xmlParseCharRef"),
        ("<?xml version='1.0'", 1, "not closed"),
        (f"<!--{external()}", 1, "Comment"),
    ],
)
def test_bad_xml_is_refused_with_line_and_reason(text, line, reason):
    error = refuse(text)
    assert (error.code, error.line) == (XML, line)
    assert reason in error.message
    assert f"line {line}: " in error.message
    assert "parsing the XML question or answer data" in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE x>" + external(),
        "<?xml version='1.0'?>\n<!-- c -->\n<!DOCTYPE x SYSTEM 'file:///etc/passwd'>" + external(),
        '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + external("https://example.com/&a;"),
        "<!doctype x>" + external(),
    ],
)
def test_a_doctype_is_refused_before_anything_reads_it(text):
    error = refuse(text)
    assert error.code == XML
    assert "DOCTYPE" in error.message


def test_the_schema_location_of_a_stranger_is_never_fetched():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        where = f"http://127.0.0.1:{server.getsockname()[1]}/x.xsd"
        text = external().replace(
            "<ExternalQuestion ",
            '<ExternalQuestion xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            f' xsi:schemaLocation="urn:x {where}" xsi:noNamespaceSchemaLocation="{where}" ',
        )
        assert check_question(text).frame_height == 400
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (external("ftp://example.com/"), "ExternalURL"),
        (external("/relative"), "ExternalURL"),
        (external("javascript:alert(1)"), "ExternalURL"),
        (external("https://"), "ExternalURL"),
        (external("https://example.com:99999/"), "ExternalURL"),
        (external("https://[::1/"), "ExternalURL"),
        (external("https://example.com/\x7f"), "ExternalURL"),
        (external(height="-1"), "FrameHeight"),
        (external(height="9" * 30000), "out of range"),
        (form(question(free_text()) + question(free_text())), "occurs twice"),
        (form(question(free_text(), identifier=" ")), "QuestionIdentifier is empty"),
        (form(question(selection("a", "a"))), "SelectionIdentifiers"),
        (form(question(selection("", "a"))), "SelectionIdentifiers"),
        (form(question(free_text('<Length minLength="5" maxLength="4"/>'))), "minLength"),
        (form(question(free_text('<IsNumeric minValue="5" maxValue="4"/>'))), "minValue"),
        (form(question(selection("a", before="<MinSelectionCount>2</MinSelectionCount>"))), "MinSelectionCount"),
        (
            form(
                question(
                    "<FileUploadAnswer><MaxFileSizeInBytes>1</MaxFileSizeInBytes>"
                    "<MinFileSizeInBytes>2</MinFileSizeInBytes></FileUploadAnswer>"
                )
            ),
            "MinFileSizeInBytes",
        ),
    ],
)
def test_valid_documents_that_make_no_sense_are_refused_as_invalid_values(text, reason):
    error = refuse(text)
    assert error.code == INVALID
    assert reason in error.message


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.com/myhit", "HTTPS://example.com:8443/a?b#c", "http://10.0.0.1/", "http://[::1]/"),
        *("https://example.com/?a={b}|[c]^`", "https://example.com/hello world?q=50%", "https://exämple.com/é"),
    ],
)
def test_plain_http_and_untidy_addresses_are_accepted_because_old_clients_send_them(url):
    assert check_question(external(url)).external_url == url


def test_a_document_may_have_65535_bytes_and_no_more():
    empty = overview("<Title></Title>")
    room = 65535 - len(empty.encode())
    assert check_question(overview(f"<Title>{'x' * room}</Title>")).kind == "QuestionForm"
    error = refuse(overview(f"<Title>{'x' * (room + 1)}</Title>"))
    assert error.code == "AWS.ParameterOutOfRange"
    assert refuse(overview(f"<Title>{'é' * (room // 2 + 1)}</Title>")).code == "AWS.ParameterOutOfRange"


def test_a_qualification_test_must_be_a_form():
    assert check_question(form(question(free_text())), allow_html=False, what="Test").kind == "QuestionForm"
    for text in (external(), html("<p>x</p>")):
        error = refuse(text, allow_html=False, what="Test")
        assert error.code == XML
        assert "(Test)" in error.message


@pytest.mark.parametrize(
    ("before", "counts"),
    [
        ("", (1, 1)),
        ("<StyleSuggestion>radiobutton</StyleSuggestion>", (1, 1)),
        ("<StyleSuggestion>checkbox</StyleSuggestion>", (1, 3)),
        ("<MinSelectionCount>0</MinSelectionCount>", (0, 1)),
        ("<MaxSelectionCount>99</MaxSelectionCount>", (1, 3)),
        ("<MinSelectionCount>2</MinSelectionCount><MaxSelectionCount>2</MaxSelectionCount>", (2, 2)),
    ],
)
def test_selection_counts_have_defaults_and_never_exceed_the_options(before, counts):
    answer = check_question(form(question(selection("a", "b", "c", before=before)))).questions[0].answer
    assert (answer.min_count, answer.max_count) == counts


def test_threads_each_see_their_own_error():
    wrong: list[str] = []

    def work(name):
        for _ in range(60):
            error = refuse(form(f"\n<{name}/>"))
            if name not in error.message or error.line != 2:
                wrong.append(error.message)

    threads = [threading.Thread(target=work, args=(f"Element{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_schemas_are_compiled_one_after_the_other(monkeypatch):
    """Two threads that compile the first ones at once make libxml2 fail."""
    together, compiling = [], []

    def compiled(document):
        compiling.append(document)
        time.sleep(0.01)
        together.append(len(compiling))
        compiling.remove(document)

    monkeypatch.setattr(xml.etree, "XMLSchema", compiled)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(xml._schema, "QuestionForm", xml.namespace("QuestionForm"))
    assert together == [1] * len(together)
    assert len(together) > 1
