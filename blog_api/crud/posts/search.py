"""Full-text search in SQL: a table of matching post ids and ranks, compiled for each dialect.

Its bind parameters are `SearchQuery.parameters`. The rank is that of PostgreSQL's ts_rank. On SQLite it is computed
from the positions of the words: each occurrence has the weight of its field, the n-th occurrence of a word counts 1/n²
of that, and the sum is divided by the number of words in the query.
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

from blog_api.models.posts import Post
from blog_api.paging.pages import AnySelect

# Ranks are fractions. Multiplied by this and rounded, they can be compared with a cursor.
RANK_SCALE = 1000
# The sum of all 1/n². ts_rank divides by it, so that no word counts for more than 1.
MAX_WEIGHT: ColumnElement[float] = literal_column("1.64493406685")


class Found(FunctionElement[Any]):
    """The ids and ranks of matching posts, to be joined to posts. A higher rank is a better match."""

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
    occurrences = table("posts_search_words", column("term"), column("doc"), column("col"))
    words = func.json_each(bindparam("words_json")).table_valued("key", "value")
    exact = select(words.c.key.label("word"), *occurrences.c).join(
        occurrences, occurrences.c.term == words.c.value
    )
    prefixed = select(literal_column("-1"), *occurrences.c).where(
        occurrences.c.term >= bindparam("prefix"), occurrences.c.term < bindparam("prefix_end")
    )
    occurrence = union_all(exact, prefixed).subquery().c
    matches = literal_column("posts_search").op("MATCH")(bindparam("q_match"))
    index = table("posts_search", column("rowid"))
    weight = case({"title": 1.0, "tag_names": 0.4, "summary": 0.2}, value=occurrence.col, else_=0.1)
    number = func.row_number().over(
        partition_by=(occurrence.word, occurrence.term, occurrence.doc), order_by=weight.desc()
    )
    counted = select(occurrence.doc, weight.label("weight"), number.label("number"))
    counts = counted.where(occurrence.doc.in_(select(index.c.rowid).where(matches))).subquery().c
    total = func.sum(counts.weight / (counts.number * counts.number)) / MAX_WEIGHT / bindparam("words_count")
    ranks = select(counts.doc.label("id"), cast(func.round(total * RANK_SCALE), Integer).label("rank"))
    # Materialized, because a page by offset uses it twice.
    return select(ranks.group_by(counts.doc).cte("ranks").prefix_with("MATERIALIZED"))


_POSTGRESQL, _SQLITE = _on_postgresql(), _on_sqlite()


@compiles(Found, "postgresql")
def _found_on_postgresql(_element: Found, compiler: SQLCompiler, **options: Any) -> str:
    # It refers to the joined row of posts, so the planner sees two conditions on one table.
    return f"LATERAL ({compiler.process(_POSTGRESQL, **options)})"


@compiles(Found, "sqlite")
def _found_on_sqlite(_element: Found, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(_SQLITE, **options)})"
