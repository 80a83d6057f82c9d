"""Replies: compact XML, nothing a parser refuses, spelled as recorded."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapter.core.errors import LegacyError, Place, missing
from adapter.legacy.protocol import render
from adapter.legacy.protocol.render import Answer, Reply, environment, finish
from adapter.legacy.protocol.rows import Rows
from adapter.legacy.protocol.spelling import content, el, price, stamp

TYPE = {"QualificationTypeId": "3T", "Name": "n"}


def get_type(version="2014-08-15", **members):
    answer = Answer({"QualificationType": {**TYPE, **members}})
    return render.reply(Reply("GetQualificationType", version, "id-1", "QualificationType", [answer]))


def test_the_document_is_compact_with_the_declaration_on_a_line_of_its_own():
    assert get_type() == (
        b'<?xml version="1.0"?>\n<GetQualificationTypeResponse><OperationRequest><RequestId>id-1</RequestId>'
        b"</OperationRequest><QualificationType><Request><IsValid>True</IsValid></Request>"
        b"<QualificationTypeId>3T</QualificationTypeId><Name>n</Name></QualificationType>"
        b"</GetQualificationTypeResponse>\n"
    )


def test_each_reply_without_members_has_its_own_request_id_operation_and_number_of_results():
    def body(identifier, operation="ForceExpireHIT", results=1):
        answers = [Answer()] * results
        return render.reply(Reply(operation, "2014-08-15", identifier, f"{operation}Result", answers)).decode()

    result = "<ForceExpireHITResult><Request><IsValid>True</IsValid></Request></ForceExpireHITResult>"
    for identifier, number in (("id-1", 1), ("id-2", 1), ("id-3", 2)):
        assert body(identifier, results=number) == (
            f'<?xml version="1.0"?>\n<ForceExpireHITResponse><OperationRequest><RequestId>{identifier}</RequestId>'
            f"</OperationRequest>{result * number}</ForceExpireHITResponse>\n"
        )
    assert body("id-4", "DisableHIT").count("DisableHIT") == 4


def test_markup_in_values_is_escaped_and_quotes_are_left_alone():
    body = get_type(Description="<Errors> & \"quoted\" 'text' ]]>")
    assert b"&lt;Errors&gt; &amp; \"quoted\" 'text' ]]&gt;" in body
    assert b"<Errors>" not in body


def test_a_text_that_looks_like_an_escaped_quote_comes_back_as_it_went():
    body = get_type(Description="&#34; &amp;#39; &#13;")
    assert etree.fromstring(body).findtext(".//Description") == "&#34; &amp;#39; &#13;"


def test_carriage_returns_survive_a_parser():
    assert etree.fromstring(get_type(Test="a\r\nb\rc")).findtext(".//Test") == "a\r\nb\rc"


@given(st.text(max_size=60))
def test_any_text_gives_well_formed_xml_and_comes_back_without_what_xml_cannot_carry(text):
    found = etree.fromstring(get_type(Description=text)).findtext(".//Description")

    def allowed(char):
        return char in "\t\n\r" or "\x20" <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char >= "\U00010000"

    assert (found or "") == "".join(each for each in text if allowed(each))


def test_none_is_never_written():
    with pytest.raises(ValueError, match="None"):
        environment().from_string("{{ value }}").render(value=None)
    with pytest.raises(ValueError, match="None"):
        get_type(Name=None)


@given(st.text() | st.integers() | st.booleans())
def test_a_template_escapes_markup_and_leaves_quotes_alone(value):
    escaped = str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert environment().from_string("{{ value }}").render(value=value) == escaped == content(value)


def test_a_member_that_is_not_there_is_an_error_and_not_an_empty_text():
    with pytest.raises(Exception, match="no attribute"):
        environment().from_string("{{ row['Name'] }}").render(row={})


@pytest.mark.parametrize("member", ["HITId", "Reward", "CreationTime", "Title"])
def test_a_row_never_says_none(member):
    rows = Rows(frozenset({"HITDetail"}), "2014-08-15")
    with pytest.raises((ValueError, TypeError, AttributeError)):
        rows.hit({member: None})


def test_rows_that_require_different_things_say_so():
    def hit(name):
        return {"QualificationRequirements": [{"QualificationTypeId": name, "Comparator": "Exists"}]}

    written = Rows(frozenset({"HITDetail"}), "2014-08-15").hits([hit("3A"), hit("3A"), hit("3B"), {}])
    found = [[each.text for each in row.iter("QualificationTypeId")] for row in etree.fromstring(f"<l>{written}</l>")]
    assert found == [["3A"], ["3A"], ["3B"], []]


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "HITId": st.text(max_size=3),
                "Title": st.sampled_from(["Label <b>", "Say & write", ""]),
                "Keywords": st.just("one, two"),
                "Reward": st.sampled_from(["0.05", "1"]),
                "Expiration": st.integers(0, 2**31) | st.just(1398432015.9),
                "RequesterAnnotation": st.sampled_from(["", "batch 17"]),
                "QualificationRequirements": st.lists(
                    st.just({"QualificationTypeId": "3A", "Comparator": "Exists"}), max_size=2
                ),
                "NumberOfAssignmentsPending": st.integers(0, 2),
            },
        ),
        max_size=12,
    )
)
def test_a_row_of_a_list_says_what_it_would_say_alone(found):
    rows = Rows(frozenset({"HITDetail", "HITAssignmentSummary"}), "2014-08-15")
    assert rows.hits(found) == "".join(f"<HIT>{rows.hit(row)}</HIT>" for row in found)


def test_an_unknown_name_is_an_error_and_not_an_empty_text():
    with pytest.raises(Exception, match="undefined"):
        environment().from_string("{{ nothing }}").render()


def test_an_element_without_a_value_is_left_out():
    assert el("A", None) == ""
    assert el("A", "") == "<A></A>"
    assert el("A", True) == "<A>true</A>"


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0.05", "$0.05"), ("1", "$1.00"), ("10000", "$10,000.00"), ("1234567.89", "$1,234,567.89"), ("0", "$0.00")],
)
def test_prices_are_formatted(amount, text):
    assert f"<FormattedPrice>{text}</FormattedPrice>" in price(amount)


@pytest.mark.parametrize("moment", [1398432015.9, datetime(2014, 4, 25, 13, 20, 15, 999, tzinfo=UTC)])
def test_times_have_no_fraction_and_no_offset(moment):
    assert stamp(moment) == "2014-04-25T13:20:15Z"


def test_an_error_of_one_request_stands_in_its_result_and_nothing_else_does():
    body = render.reply(Reply("GetHIT", "2014-08-15", "id", "HIT", [Answer(error=missing("HITId"))]))
    result = etree.fromstring(body)[1]
    assert result.tag == "HIT"
    assert [each.tag for each in result.iter()][:6] == ["HIT", "Request", "IsValid", "Errors", "Error", "Code"]
    assert result.findtext("Request/IsValid") == "False"
    assert result.findtext("Request/Errors/Error/Data/Value") == "HITId"


def test_an_error_of_the_whole_call_stands_in_the_operation_request_without_a_result():
    error = LegacyError("AWS.NotAuthorized", "no", place=Place.PLATFORM)
    root = etree.fromstring(render.reply(Reply("GetHIT", "2014-08-15", "id", error=error)))
    assert [each.tag for each in root] == ["OperationRequest"]
    assert root.findtext("OperationRequest/Errors/Error/Code") == "AWS.NotAuthorized"


def test_messages_end_in_one_millisecond_token():
    assert LegacyError("c", "m").stamped().startswith("m (")
    assert LegacyError("c", "m (1459978277346 s)").stamped() == "m (1459978277346 s)"


def test_the_noncharacters_are_removed():
    assert finish("<a>\ufffe\uffff\ud800x</a>") == b'<?xml version="1.0"?>\n<a>x</a>\n'


def test_the_echo_is_alphabetical_with_tags_on_structures():
    echo = {"Title": ["t"], "Reward": [{"CurrencyCode": ["USD"], "Amount": ["1"]}], "bad name!": ["x"]}
    answer = Answer({"QualificationType": TYPE}, echo=echo)
    body = render.reply(Reply("GetQualificationType", "2014-08-15", "id", "QualificationType", [answer])).decode()
    assert (
        "<IsValid>True</IsValid><GetQualificationTypeRequest><Operation>GetQualificationType</Operation>"
        '<Reward tag="1"><Amount>1</Amount><CurrencyCode>USD</CurrencyCode></Reward><Title>t</Title>'
        "</GetQualificationTypeRequest></Request>"
    ) in body
