"""Templates as direct code: the same text as Jinja2's own compiler gives, with the same strictness."""

from __future__ import annotations

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from adapter.legacy.protocol.compiling import Compiler, content

SOURCE = (
    "{% macro row(r, name) %}{% if 'A' in r %}<A>{{ r['A'] }}</A>{% endif %}<B n='x'>{{ r.get('B', 0) }}</B>{{ name }}"
    "{% endmacro %}{% for each in rows %}{{ row(each, who) }}{% endfor %}{{ rows|length }}"
)


def environment(compiler=None):
    made = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    if compiler:
        made.code_generator_class = compiler
    return made


@given(
    st.lists(st.dictionaries(st.sampled_from(["A", "B"]), st.text() | st.integers() | st.booleans())),
    st.text() | st.builds(Markup, st.just("<i/>")),
)
def test_the_text_is_the_same_but_for_quotes(rows, who):
    ours, theirs = (environment(each).from_string(SOURCE).render(rows=rows, who=who) for each in (Compiler, None))
    assert ours == theirs.replace("&#34;", '"').replace("&#39;", "'")


@given(st.text())
def test_content_is_escaped_as_text_of_an_element(text):
    assert content(text) == str(escape(text)).replace("&#34;", '"').replace("&#39;", "'")


def test_none_is_refused():
    with pytest.raises(ValueError, match="None"):
        environment(Compiler).from_string("{{ x }}").render(x=None)


def test_a_name_without_a_value_is_refused():
    with pytest.raises(jinja2.UndefinedError):
        environment(Compiler).from_string("{{ x }}").render()


def test_an_item_that_is_not_there_is_refused():
    with pytest.raises(KeyError):
        environment(Compiler).from_string("{{ x['y'] }}").render(x={})


def test_a_macro_takes_all_its_arguments():
    with pytest.raises(TypeError):
        environment(Compiler).from_string("{% macro m(a, b) %}{{ a }}{% endmacro %}{{ m(1) }}").render()


def test_a_call_with_arguments_of_unknown_number_does_not_compile():
    with pytest.raises(jinja2.TemplateAssertionError, match="plain arguments"):
        environment(Compiler).from_string("{{ f(*x) }}")
