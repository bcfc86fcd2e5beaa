"""The search index: the same words on both databases, and in sync after every change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from blog_api.database.dialects import is_postgresql
from blog_api.database.session import db, reading, transaction
from blog_api.text.words import words_of

LENIENT = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# Letters of the most common scripts, and symbols of all kinds. Excluded are letters that Unicode has more than once
# (µ, ſ), those newer than SQLite's tables, and the letter e, which turns digits before it into a number.
LETTERS = (
    "abcdfghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿĀāĂ㥹ĆćČčĎďĐđĒēĘęĚěĞğĢģİıĶķŁłŃńŇňŐőŒœŘřŚśŞşŠšŢţŤťŪūŮůŰűŹźŻżŽžȘșȚțẤấỆệ"
    "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώΆΈΉΊΌΎΏ"
    "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюяЄєІіЇїЎўЂђЉљЊњЋћЏџ"
    "אבגדהוזחטיכךלמםנןסעפףצץקרשתابةتثجحخدذرزسشصضطظعغفقكلمنهويءآأإئؤىپچژکگی"
    "अआइईउऊएऐओऔकखगघचछजझटठडढणतथदधनपफबभमयरलवशषसहกขคงจฉชซญดตถทธนบปผพฟภมยรลวศสหอฮะาแโใไ"
    "あいうえおかきくけこがぱぴをんアイウエオカキクケコガパヲンー一丁七三上下中九二五人今你好我日本語漢字가각간갈감강개나다라마바사아자차카타파하"
    "0123456789١٢٣१२३ªº"
)  # fmt: skip
SIGNS = (
    " \t\n!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\u00a0¡¢£¤¥¦§¨©«¬\u00ad®¯°±²³´¶·¸¹»¼½¾¿×÷"
    "‐‑‒–—‘’‚“”„†•…‰′″‹›⁄⁰⁴₂€₹№™←→↔∀∂∑−≈≤"
    "■□▲●★☆☎♥♪✓✔❤\ufe0f\u200b\u200d\u2066\u2069\ufeff、。〈〉「」『』【】〜・！？，：；（）׳״،؛؟٪।॥😀🎉🚀"
)
SEQUENCES = ("C++", "c#", " c++", "(C#", "ø\u0301", "Ǿ", "ǽ", "Ǣ", "ẞ")
TEXTS = st.lists(
    st.sampled_from(LETTERS) | st.sampled_from(SIGNS) | st.sampled_from(SEQUENCES), max_size=80
).map("".join)

FIELDS = {"A": "title", "B": "tag_names", "C": "summary", "D": "content"}
ON_POSTGRESQL = """
    SELECT post.id, field.weight, word.lexeme, place.position
    FROM posts AS post, unnest(post.search) AS word, unnest(word.positions) WITH ORDINALITY AS place (position, number),
        unnest(word.weights) WITH ORDINALITY AS field (weight, number)
    WHERE place.number = field.number AND word.lexeme <> '|' ORDER BY 1, 2, 4
"""
ON_SQLITE = "SELECT doc, col, term, offset FROM posts_search_words ORDER BY 1, 2, 4"


@pytest.fixture
def indexed(app):
    """Return a function that reads the indexed words of each field of each post."""

    def read() -> dict[int, dict[str, list[str]]]:
        found: dict[int, dict[str, list[str]]] = {}
        with app.app_context(), reading() as session:
            places = session.execute(text(ON_POSTGRESQL if is_postgresql() else ON_SQLITE))
            for post_id, field, word, _ in map(tuple, places):
                found.setdefault(post_id, {}).setdefault(FIELDS.get(field, field), []).append(word)
        return found

    return read


@pytest.fixture
def execute(app):
    """Return a function that runs plain SQL."""

    def run(statement: str, **parameters) -> None:
        with app.app_context(), transaction() as session:
            session.execute(text(statement), parameters)

    return run


@pytest.fixture
def check(app, indexed):
    """Return a function that asserts that the index matches the tables exactly."""

    def compare() -> None:
        with app.app_context(), reading() as session:
            names: dict[int, list[str]] = {}
            tagged = (
                "SELECT post_id, name FROM post_tags JOIN tags ON tags.id = tag_id ORDER BY post_id, name_key"
            )
            for post_id, name in map(tuple, session.execute(text(tagged))):
                names.setdefault(post_id, []).append(name)
            rows = list(session.execute(text("SELECT id, title, tag_names, summary, content FROM posts")))
            if not is_postgresql():
                session.execute(
                    text("INSERT INTO posts_search (posts_search, rank) VALUES ('integrity-check', 1)")
                )
        assert {row.id: row.tag_names for row in rows if row.tag_names} == {
            post_id: "\n".join(given) for post_id, given in names.items()
        }
        assert indexed() == {row.id: words for row in rows if (words := words_in(row))}

    return compare


def words_in(row) -> dict[str, list[str]]:
    return {field: words for field in FIELDS.values() if (words := words_of(getattr(row, field)))}


@pytest.fixture
def post(people):
    return people("admin", username="root").write(
        "Title", summary="Summary.", content="Content.", tags=["One", "Two"]
    )


@LENIENT
@given(TEXTS)
def test_both_databases_split_text_into_words_as_python_does(post, execute, indexed, source):
    execute("UPDATE posts SET content = :source", source=source)
    assert indexed()[post["id"]].get("content", []) == words_of(source)


STATEMENTS = [
    "SELECT 1",
    "UPDATE posts SET title = 'Other'",
    "UPDATE posts SET summary = ''",
    "UPDATE posts SET content = 'Other words.', title = 'Other'",
    "UPDATE posts SET deleted_at = CURRENT_TIMESTAMP, status = 'draft', version = version + 1",
    "UPDATE posts SET id = id + 1000 WHERE slug = 'bare'",
    "DELETE FROM posts",
    "INSERT INTO posts (slug, title, author_id) SELECT 'x' || id, 'New', id FROM users",
    "INSERT INTO post_tags (post_id, tag_id) SELECT posts.id, tags.id FROM posts, tags WHERE posts.slug = 'bare'",
    "UPDATE post_tags SET tag_id = {four} WHERE post_id = {second} AND tag_id = {two}",
    "UPDATE post_tags SET post_id = (SELECT id FROM posts WHERE slug = 'bare') WHERE post_id = {second}",
    "DELETE FROM post_tags",
    "DELETE FROM post_tags WHERE tag_id = {two}",
    "UPDATE tags SET name = 'Ölf' WHERE name = 'One'",
    "UPDATE tags SET name = upper(name), slug = slug || '-x'",
    "DELETE FROM tags WHERE name = 'Two'",
    "DELETE FROM tags",
]
NAMES = {
    "second": "(SELECT id FROM posts WHERE slug = 'second')",
    "four": "(SELECT id FROM tags WHERE name = 'Four')",
    "two": "(SELECT id FROM tags WHERE name = 'Two')",
}


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_index_is_in_sync_after_any_statement(post, people, execute, check, statement):
    ada = people()
    ada.write("Bare", content="", slug="bare")
    ada.write("Second", tags=["Two", "Three"], slug="second")
    ada.write("Third", tags=["Four"])
    check()
    execute(statement.format(**NAMES))
    check()
    execute("UPDATE posts SET content = content || ' And more.'")
    check()


def test_the_index_is_in_sync_after_each_api_request(post, people, check):
    editor = people("editor")
    tags = {tag["slug"]: tag["id"] for tag in post["tags"]}
    path = f"/posts/{post['id']}"
    for method, where, body in [
        ("PATCH", path, {"title": "Other", "tags": ["Two", "Three", "four"]}),
        ("PUT", path, {"title": "Put", "content": "Put.", "tags": ["One"]}),
        ("PATCH", f"/tags/{tags['one']}", {"name": "Uno"}),
        ("POST", f"/tags/{tags['one']}/merge", {"into": tags["two"]}),
        ("DELETE", f"/tags/{tags['two']}", None),
        ("DELETE", path, None),
    ]:
        assert editor.request(method, where, json=body).status_code < 300
        check()


def test_a_rollback_leaves_no_trace_in_the_index(app, post, check):
    with app.app_context():
        with transaction() as session:
            session.execute(text("UPDATE posts SET title = 'Other'"))
            session.execute(text("DELETE FROM post_tags"))
            session.rollback()
        with transaction() as session:
            savepoint = session.begin_nested()
            session.execute(text("UPDATE posts SET title = 'Other'"))
            savepoint.rollback()
            session.execute(text("UPDATE posts SET summary = 'Kept.'"))
    check()


def test_the_largest_content_is_accepted_and_its_beginning_is_searchable(post, people, client):
    # More distinct words than a tsvector can contain; Hangul words take the most bytes.
    words = (chr(0xAC00 + number % 11172) + chr(0xAC00 + number // 11172) for number in range(166_000))
    ada = people()
    for content in (" ".join(words), "x" * 500_000, "é " * 250_000):
        ada.write("Large", content=content)
    ada.write("Large", content="word " * 19_000 + "shallow " + "word " * 2000 + "deep")
    for q, count in (("shallow", 1), ("deep", 0), ("가가", 1), ("e", 1)):
        assert len(client.get(f"/api/v1/posts?q={q}").json["data"]) == count, q


def test_concurrent_tagging_and_renaming_loses_no_names(post, people, make_client, check):
    with (app := make_client(DB_POOL_SIZE="20").application).app_context():
        with transaction() as session:
            names = [{"name": f"Tag {number}"} for number in range(8)]
            session.execute(
                text("INSERT INTO tags (name, name_key, slug) VALUES (:name, :name, :name)"), names
            )
        engine = db.engine
    tag = "INSERT INTO post_tags (post_id, tag_id) SELECT posts.id, tags.id FROM posts, tags WHERE name_key = :name"
    rename = "UPDATE tags SET name = :name || ' renamed' WHERE name_key = :name"
    start = Barrier(2 * len(names))

    def run(work: tuple[str, dict[str, str]]) -> None:
        start.wait()
        with engine.begin() as connection:
            connection.execute(text(work[0]), work[1])

    with app.app_context(), ThreadPoolExecutor(2 * len(names)) as pool:
        list(pool.map(run, [(statement, name) for name in names for statement in (tag, rename)]))
    check()
