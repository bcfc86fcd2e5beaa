"""Full-text search in SQL: a table of matching post ids and ranks, compiled for each dialect.

Its bind parameters are `SearchQuery.parameters`. The rank is that of PostgreSQL's ts_rank. On SQLite it is computed
from the positions of the words: each occurrence has the weight of its field, the n-th occurrence of a word counts 1/n²
of that, and the sum is divided by the number of words in the query. There, words that are too common
to be ranked quickly are found, but do not count.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Float,
    Integer,
    bindparam,
    case,
    cast,
    column,
    exists,
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
# Ranking this many occurrences takes SQLite a quarter of a second. Reading one without ranking it costs this share.
MAX_WORK = 50_000
READING = 0.05
# The sum of all 1/n². ts_rank divides by it, so that no word counts for more than 1.
MAX_WEIGHT: ColumnElement[float] = literal_column("1.64493406685")

_WORDS = func.json_each(bindparam("words_json")).table_valued("key", "value")
_PREFIX: ColumnElement[str] = bindparam("prefix")
_PREFIX_END: ColumnElement[str] = bindparam("prefix_end")


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


def _ranked_words(matching: CTE) -> CTE:
    """Select the words of the query that are ranked on SQLite, by number: the cheapest, until MAX_WORK is reached.

    Ranking reads every occurrence of a word, and sorts those in matching posts. The prefix has the number -1.
    """
    counts = table("posts_search_counts", column("term"), column("doc"), column("cnt"))
    found = select(func.count()).select_from(matching).scalar_subquery()
    share = func.min(1.0, cast(found, Float) / counts.c.doc)
    work = (counts.c.cnt * (share + READING)).label("work")
    exact = select(_WORDS.c.key.label("word"), work).join(counts, counts.c.term == _WORDS.c.value)
    in_range = (counts.c.term >= _PREFIX, counts.c.term < _PREFIX_END)
    prefixed: AnySelect = select(literal_column("-1"), func.sum(work)).where(*in_range)
    words = union_all(exact, prefixed).subquery().c
    total = func.sum(words.work).over(order_by=(words.work, words.word)).label("total")
    totals = select(words.word, total).where(words.work.is_not(None)).subquery().c
    return select(totals.word).where(totals.total <= MAX_WORK).cte("ranked_words")


def _on_sqlite() -> AnySelect:
    occurrences = table("posts_search_words", column("term"), column("doc"), column("col"))
    matches = literal_column("posts_search").op("MATCH")(bindparam("q_match"))
    index = table("posts_search", column("rowid"))
    matching = select(index.c.rowid.label("id")).where(matches).cte("matching").prefix_with("MATERIALIZED")
    ranked = _ranked_words(matching)
    exact = (
        select(_WORDS.c.key.label("word"), *occurrences.c)
        .join(occurrences, occurrences.c.term == _WORDS.c.value)
        .where(_WORDS.c.key.in_(select(ranked.c.word)))
    )
    prefixed = select(literal_column("-1"), *occurrences.c).where(
        occurrences.c.term >= _PREFIX,
        occurrences.c.term < _PREFIX_END,
        exists().where(ranked.c.word == -1),
    )
    occurrence = union_all(exact, prefixed).subquery().c
    weight = case({"title": 1.0, "tag_names": 0.4, "summary": 0.2}, value=occurrence.col, else_=0.1)
    number = func.row_number().over(
        partition_by=(occurrence.word, occurrence.term, occurrence.doc), order_by=weight.desc()
    )
    counted = select(occurrence.doc, weight.label("weight"), number.label("number"))
    counts = counted.where(occurrence.doc.in_(select(matching.c.id))).subquery().c
    points = union_all(
        select(counts.doc.label("id"), (counts.weight / (counts.number * counts.number)).label("points")),
        # Posts without a ranked word. A join would compare each post with each occurrence.
        select(matching.c.id, literal_column("0.0")),
    ).subquery()
    total = func.sum(points.c.points) / MAX_WEIGHT / bindparam("words_count")
    ranks = select(points.c.id, cast(func.round(total * RANK_SCALE), Integer).label("rank"))
    # Materialized, because a page by offset uses it twice.
    return select(ranks.group_by(points.c.id).cte("ranks").prefix_with("MATERIALIZED"))


_POSTGRESQL, _SQLITE = _on_postgresql(), _on_sqlite()


@compiles(Found, "postgresql")
def _found_on_postgresql(_element: Found, compiler: SQLCompiler, **options: Any) -> str:
    # It refers to the joined row of posts, so the planner sees two conditions on one table.
    return f"LATERAL ({compiler.process(_POSTGRESQL, **options)})"


@compiles(Found, "sqlite")
def _found_on_sqlite(_element: Found, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(_SQLITE, **options)})"
