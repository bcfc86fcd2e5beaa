"""Posts over HTTP."""

from __future__ import annotations


def test_a_list_takes_two_queries_whatever_its_length_and_three_with_a_token(people, client, count_queries):
    ada = people()
    for count in (1, 30):
        for number in range(count):
            ada.write(f"Post {number}", tags=["a", "b", f"c{number}"])
        with count_queries() as anonymous:
            assert client.get("/api/v1/posts?limit=100").status_code == 200
        with count_queries() as known:
            assert ada.get("/posts?limit=100").status_code == 200
        assert (len(anonymous), len(known)) == (2, 3)
