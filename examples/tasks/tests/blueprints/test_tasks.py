"""Tasks over HTTP."""

from __future__ import annotations

import pytest


def create(person, **data):
    reply = person.post("/tasks", json={"title": "Check the links", **data})
    assert reply.status_code == 201, reply.text
    return reply.json


def test_a_task_can_be_created_read_updated_and_deleted(people):
    ada = people()
    path = f"/tasks/{create(ada)['id']}"
    assert ada.patch(path, json={"due_date": "2026-01-31T12:00:00Z"}).json == ada.get(path).json
    assert [ada.delete(path).status_code, ada.get(path).status_code] == [204, 404]


def test_invalid_input_names_the_field(people):
    data = {"title": " ", "status": "open", "workers": [{"user_id": 0, "role": "x"}]}
    errors = people().post("/tasks", json=data).json["errors"]
    assert {error["pointer"] for error in errors} == {"/title", "/status", "/workers/0/user_id"}
    unknown = people().post("/tasks", json={"title": "x", "workers": [{"user_id": 99, "role": "x"}]})
    assert (unknown.status_code, unknown.json["errors"][0]["pointer"]) == (422, "/workers/0/user_id")


def test_others_do_not_see_a_task(people):
    path, admin = f"/tasks/{create(people())['id']}", people("admin")
    replies = [admin.get(path), admin.patch(path, json={"title": "Mine"}), admin.delete(path)]
    assert [reply.status_code for reply in replies] == [404] * 3
    assert admin.get("/tasks").json["data"] == []


def test_a_change_of_the_workers_is_a_new_version(people):
    ada, grace = people(), people(username="grace")
    task = create(ada, workers=[{"user_id": grace.id, "role": "proofreader"}])
    assert task["workers"] == [{"user_id": grace.id, "username": "grace", "role": "proofreader"}]
    path = f"/tasks/{task['id']}"
    headers = {"If-Match": ada.get(path).headers["ETag"]}
    assert ada.patch(path, json={"workers": []}, headers=headers).json["workers"] == []
    assert ada.patch(path, json={"workers": []}, headers=headers).status_code == 412
    assert ada.patch(path, json={"workers": [{}]}).status_code == 422


@pytest.mark.parametrize("sort", ["created_at", "due_date", "priority"])
def test_a_list_is_filtered_sorted_and_paged_in_two_queries(people, count_queries, sort):
    ada = people()
    days, ranks = ("2026-02-01T12:00:00Z", None, "2026-01-01T12:00:00Z"), {"low": 1, "medium": 2, "high": 3}
    tasks = [create(ada, priority=("high", "low", "medium")[n % 3], due_date=days[n // 3]) for n in range(7)]
    tasks.sort(key=lambda task: ranks.get(task[sort], task[sort] or ""))
    query, found = {"limit": 3, "sort": sort}, []
    for _ in range(3):
        with count_queries() as statements:
            page = ada.get("/tasks", query_string=query).json
        assert len(statements) == 2
        found += page["data"]
        query["cursor"] = page["pagination"]["next_cursor"]
    assert (found, query["cursor"]) == (tasks, None)
    assert {task["priority"] for task in ada.get("/tasks?priority=low").json["data"]} == {"low"}
