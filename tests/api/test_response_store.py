"""Memory use of the response cache: within its limit, and no more than counted."""

from __future__ import annotations

import gc
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from blog_api.api.response_store import OVERHEAD, ResponseStore, size_of


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5000), st.integers(0, 5000)), max_size=50))
def test_the_store_never_exceeds_its_size(triples):
    store, keys = ResponseStore(5 * OVERHEAD), set()
    for number, long, size in triples:
        key = ("/", f"{number}?" + "q" * long, "")
        keys.add(key)
        store.latest = "now"
        store.put(key, "now", "/", [("Content-Length", str(size))], b"x" * size)
        found = {key: kept for key in keys if (kept := store.get(key))}
        assert sum(size_of(key, kept.headers, kept.body) for key, kept in found.items()) <= 5 * OVERHEAD
        store.latest = "later"
        assert all(store.get(key) is None for key in keys)


def test_a_cached_response_takes_no_more_memory_than_counted(client, people):
    # Nothing is cached before the first change.
    people().write()
    paths = [f"/api/v1/posts?title_contains={number:03}{'x' * (number % 100)}" for number in range(100)]
    kept = client.application.extensions["response_store"]._responses
    for path in paths:
        client.get(path)
    tracemalloc.start()
    try:
        for path in paths:
            client.get(path)
        assert len(kept) == len(paths)
        gc.collect()
        counted, (before, _) = kept.currsize, tracemalloc.get_traced_memory()
        kept.clear()
        gc.collect()
        taken = before - tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert counted / 2 < taken < counted
