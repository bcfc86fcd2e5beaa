import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog_api.text.search import Term, parse_query


def one(*words, is_prefix=False):
    return Term(words, is_prefix)


@pytest.mark.parametrize(
    ("text", "required", "excluded"),
    [
        ("Flask", [one("flask", is_prefix=True)], []),
        ("open data", [one("open"), one("data", is_prefix=True)], []),
        ('"open data"', [one("open", "data")], []),
        ("“open data” „x“ «y»", [one("open", "data"), one("x"), one("y")], []),
        ('"open da', [one("open", "da", is_prefix=True)], []),
        ("open-source", [one("open", "source", is_prefix=True)], []),
        ("flask -django", [one("flask")], [one("django")]),
        ('-"open data" x1 flask', [one("x1"), one("flask", is_prefix=True)], [one("open", "data")]),
        ("flask -", [one("flask", is_prefix=True)], []),
        ("flask !!", [one("flask", is_prefix=True)], []),
        ("data flask data", [one("data"), one("flask"), one("data", is_prefix=True)], []),
        ("a-b -a-b", [one("a", "b")], [one("a", "b")]),
        ("vitamin c", [one("vitamin"), one("c")], []),
        ("日", [one("日", is_prefix=True)], []),
        ("NEAR(a b, 5) OR *", [one("near", "a"), one("b"), one("5"), one("or", is_prefix=True)], []),
        ('x"y z"w', [one("x"), one("y", "z"), one("w")], []),
        ("-flask", [], [one("flask")]),
        ('"', [], []),
        ("- + * ( ) : ^ !", [], []),
        ("", [], []),
    ],
)
def test_words_phrases_and_exclusions_are_parsed(text, required, excluded):
    query = parse_query(text)
    assert (list(query.required), list(query.excluded)) == (required, excluded)


def test_queries_are_translated_to_each_database():
    parameters = parse_query('flask "open source" -django -"ruby on" py').parameters
    assert (
        parameters["q_tsquery"] == "'flask' & 'open' <-> 'source' & 'py':* & !('django') & !('ruby' <-> 'on')"
    )
    assert parameters["q_match"] == '("flask" AND "open source" AND "py" *) NOT ("django" OR "ruby on")'
    assert parameters["words_tsquery"] == "'flask' | 'open' | 'source' | 'py':*"
    assert parameters["words_json"] == '["flask", "open", "source"]'
    assert (parameters["words_count"], parameters["prefix"]) == (4, "py")


def test_a_word_that_is_also_a_prefix_counts_once():
    parameters = parse_query("data data").parameters
    assert (parameters["words_tsquery"], parameters["words_json"], parameters["words_count"]) == (
        "'data':*",
        "[]",
        1,
    )


def test_a_query_without_required_terms_is_empty():
    parameters = parse_query("-flask").parameters
    assert (parameters["q_tsquery"], parameters["q_match"], parameters["words_tsquery"]) == ("", '""', "")


@given(st.text() | st.text("ab \"-*():&|!<>\\'"))
def test_no_operator_in_a_query_reaches_a_database(text):
    parameters = parse_query(text).parameters
    assert re.fullmatch(r"('[^\s'\"\\]+'(:\*)?|[!&|() ]|<->)*", str(parameters["q_tsquery"]))
    assert re.fullmatch(r"(\"[^\"'*]*\"( \*)?|AND|OR|NOT|[() ])*", str(parameters["q_match"]))
