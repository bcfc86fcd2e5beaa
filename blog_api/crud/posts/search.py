"""Search as SQL: the posts that have the words, each with its rank, as a table that each database makes in its way.

Its parameters are those of `SearchQuery.parameters`. The rank is that of ts_rank of PostgreSQL, which SQLite computes
from the places of the words: each counts by the field that it is in, the n-th of the same word only 1/n² of that, and
the sum is divided by the number of words asked for.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    bindparam,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
    table,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from blog_api.models import Post
from blog_api.paging.pages import AnySelect

# The rank is a fraction, and a whole number of this many steps can stand in a cursor.
RANK_SCALE = 1000
# What all 1/n² add up to: ts_rank divides by it, so that no word counts for more than one.
MAX_WEIGHT: ColumnElement[float] = literal_column("1.64493406685")


class Found(FunctionElement[Any]):
    """What is found, to be joined to posts: their ids and ranks. The higher the rank, the better the post."""

    name = "found"
    inherit_cache = True


FOUND = Found().table_valued(column("id", Post.id.type), column("rank", Integer), name="found")


def _on_postgresql() -> AnySelect:
    search: ColumnElement[Any] = literal_column("posts.search")

    def query(name: str) -> ColumnElement[Any]:
        return func.to_tsquery(literal_column("'simple'"), bindparam(name))

    rank = cast(func.ts_rank(search, query("words_tsquery")) * RANK_SCALE, Integer)
    row: AnySelect = select(literal_column("posts.id").label("id"), rank.label("rank"))
    return row.where(search.op("@@")(query("q_tsquery")))


def _on_sqlite() -> AnySelect:
    places = table("posts_search_words", column("term"), column("doc"), column("col"))
    words = func.json_each(bindparam("words_json")).table_valued("key", "value")
    whole = select(words.c.key.label("word"), *places.c).join(places, places.c.term == words.c.value)
    begun = select(literal_column("-1"), *places.c).where(
        places.c.term >= bindparam("beginning"), places.c.term < bindparam("beginning_end")
    )
    place = union_all(whole, begun).subquery().c
    matches = literal_column("posts_search").op("MATCH")(bindparam("q_match"))
    index = table("posts_search", column("rowid"))
    weight = case({"title": 1.0, "tag_names": 0.4, "summary": 0.2}, value=place.col, else_=0.1)
    number = func.row_number().over(partition_by=(place.word, place.term, place.doc), order_by=weight.desc())
    counted = select(place.doc, weight.label("weight"), number.label("number"))
    counts = counted.where(place.doc.in_(select(index.c.rowid).where(matches))).subquery().c
    total = func.sum(counts.weight / (counts.number * counts.number)) / MAX_WEIGHT / bindparam("words_count")
    ranks = select(counts.doc.label("id"), cast(func.round(total * RANK_SCALE), Integer).label("rank"))
    # Made once, also where a page by offset needs it twice.
    return select(ranks.group_by(counts.doc).cte("ranks").prefix_with("MATERIALIZED"))


_POSTGRESQL, _SQLITE = _on_postgresql(), _on_sqlite()


@compiles(Found, "postgresql")
def _found_on_postgresql(_element: Found, compiler: SQLCompiler, **options: Any) -> str:
    # Of the row of posts that it is joined to; so the planner sees two conditions on that row, and no second table.
    return f"LATERAL ({compiler.process(_POSTGRESQL, **options)})"


@compiles(Found, "sqlite")
def _found_on_sqlite(_element: Found, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(_SQLITE, **options)})"
