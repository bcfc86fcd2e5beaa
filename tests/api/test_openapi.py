"""The OpenAPI document is valid, complete and matches the service."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from blog_api.schemas.post_fields import DETAIL_FIELDS, RENDERED_FIELDS
from tests.apps import make_app

Json = dict[str, Any]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """The document as served by the app."""
    app = make_app(f"sqlite:///{tmp_path_factory.mktemp('openapi') / 'empty.db'}")
    reply = app.test_client().get("/openapi.json")
    assert (reply.status_code, reply.content_type) == (200, "application/json")
    return json.loads(reply.data)


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def resolve(document: Json, part: Json) -> Json:
    while "$ref" in part:
        target: Any = document
        for name in part["$ref"].split("/")[1:]:
            target = target[name.replace("~1", "/")]
        part = target
    return part


def bodies(document: Json, operation: Json) -> Iterator[Json]:
    """The media type objects of the request body and the responses."""
    for body in (operation.get("requestBody", {}), *operation["responses"].values()):
        yield from resolve(document, body).get("content", {}).values()


def schemas_within(part: Any) -> Iterator[Json]:
    if isinstance(part, dict):
        if "type" in part and not isinstance(part["type"], dict):
            yield part
        for name, inner in part.items():
            if name not in ("example", "examples"):
                yield from schemas_within(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from schemas_within(inner)


def test_the_document_passes_the_validator(document):
    assert document["openapi"].startswith("3.1.")
    validate(document)


def test_the_document_describes_the_service(document):
    info = document["info"]
    assert info["license"] == {"name": "MIT", "identifier": "MIT"}
    assert info["version"]
    assert info["description"]
    assert document["servers"][0]["url"] == "/"
    used = {tag for _, _, operation in operations(document) for tag in operation["tags"]}
    assert used == {tag["name"] for tag in document["tags"] if tag["description"]}


def test_the_document_has_exactly_the_routes_of_the_api(app, document):
    routes = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            path = "".join(f"{{{part}}}" if dynamic else part for dynamic, part in rule._trace).removeprefix(
                "|"
            )
            routes |= {(path, method) for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert routes == {(path, method.upper()) for path, method, _ in operations(document)}


def test_every_operation_has_a_unique_id_a_summary_and_security(document):
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    assert all(operation["summary"] and operation["description"] for _, _, operation in operations(document))
    assert all("security" in operation for _, _, operation in operations(document))


def test_the_documented_security_matches_the_service(client, document):
    for path, method, operation in operations(document):
        address = path.format_map(defaultdict(lambda: 1, slug="none", username="nobody"))
        reply = client.open(address, method=method.upper(), json={} if "requestBody" in operation else None)
        protected = bool(operation["security"]) and {} not in operation["security"]
        assert (reply.status_code == 401) == protected, (path, method)


def test_every_body_has_a_valid_example(document):
    checked = 0
    for path, method, operation in operations(document):
        for media in (
            media for media in bodies(document, operation) if "example" in media or "examples" in media
        ):
            examples = media.get("examples", {"": {"value": media.get("example")}})
            schema = {**media["schema"], "components": document["components"]}
            for example in examples.values():
                faults = list(OAS31Validator(schema).iter_errors(example["value"]))
                assert not faults, (path, method, faults)
                checked += 1
    assert checked > 200


def test_the_examples_create_objects_after_the_session_of_the_readme(people, client, document):
    """Without a 409 or 422, also when they are sent twice, except where names must be unique."""
    editor = people("editor", username="ada")
    editor.write("Hello, world", slug="hello-world", tags=["Python", "Flask", "Open Source"])
    for path, twice in (("/posts", 201), ("/tags", 409), ("/auth/register", 409), ("/auth/login", 200)):
        example = next(bodies(document, document["paths"][f"/api/v1{path}"]["post"]))["example"]
        first, second = (editor.post(path, json=example) for _ in range(2))
        assert (first.status_code, second.status_code) == (200 if path == "/auth/login" else 201, twice), path


def test_no_header_has_an_example_that_swagger_ui_would_send(document):
    for name, parameter in document["components"]["parameters"].items():
        assert "example" not in parameter, name


def test_lists_are_described_with_and_without_selected_fields(document):
    content = document["paths"]["/api/v1/posts"]["get"]["responses"]["200"]["content"]["application/json"]
    names = [option["$ref"].rpartition("/")[2] for option in content["schema"]["anyOf"]]
    assert names == ["PostPage", "PostFieldsPage"]
    schemas = document["components"]["schemas"]
    always = set(schemas["PostListItem"]["properties"]) - {*DETAIL_FIELDS, *RENDERED_FIELDS, "excerpt"}
    assert set(schemas["PostListItem"]["required"]) == always
    assert "required" not in schemas["PostFields"]


def test_every_parameter_is_described(document):
    for path, item in document["paths"].items():
        for _, _, operation in operations({"paths": {path: item}}):
            for parameter in item.get("parameters", []) + operation.get("parameters", []):
                assert resolve(document, parameter)["description"], (path, parameter)


def test_every_schema_states_its_limits(document):
    parts = [document["components"]["schemas"]]
    parts += [p for _, _, operation in operations(document) for p in operation.get("parameters", [])]
    for schema in (schema for part in parts for schema in schemas_within(part)):
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if "string" in kinds and schema.get("format") != "binary":
            assert schema.keys() & {"maxLength", "enum"}, schema
        if "integer" in kinds:
            assert {"minimum", "maximum"} <= schema.keys(), schema
        if kinds == ["object"]:
            others = schema["additionalProperties"]
            # The metadata of a post can have any members.
            assert others in (False, {}) or others.keys() & {"maxLength", "$ref"}, schema


def test_every_error_response_is_a_problem(document):
    for path, method, operation in operations(document):
        for status, reply in operation["responses"].items():
            if status >= "400":
                assert set(resolve(document, reply)["content"]) == {"application/problem+json"}, (
                    path,
                    method,
                )


def test_a_list_parameter_can_be_comma_separated_or_repeated(people, document):
    ada = people()
    for title, tag in (("One", "a"), ("Two", "b"), ("Three", "c")):
        ada.write(title, tags=[tag])
    described = {p["name"]: p for p in document["paths"]["/api/v1/posts"]["get"]["parameters"] if "name" in p}
    assert (described["any_tag"]["style"], described["any_tag"]["explode"]) == ("form", False)
    # Most generated clients send the second form and do not support the first.
    for query in ("any_tag=a,b&fields=title,id", "any_tag=a&any_tag=b&fields=title&fields=id"):
        assert [post["title"] for post in ada.get(f"/posts?{query}").json["data"]] == ["Two", "One"]


def test_a_response_without_a_body_has_no_content_type(people, document):
    ada = people()
    reply = ada.delete(f"/posts/{ada.write()['id']}")
    assert (reply.status_code, reply.data, reply.headers.get("Content-Type")) == (204, b"", None)
    assert "content" not in document["paths"]["/api/v1/posts/{post_id}"]["delete"]["responses"]["204"]


def test_a_created_object_links_to_its_operations(document):
    links = document["paths"]["/api/v1/posts"]["post"]["responses"]["201"]["links"]
    assert set(links) == {"read_post", "read_post_by_slug", "update_post", "replace_post", "delete_post"}
    assert links["read_post_by_slug"]["parameters"] == {"slug": "$response.body#/slug"}


def test_a_time_can_have_nanoseconds(people):
    ada = people()
    post = ada.write(published_at="2026-01-31T12:00:00.123456789Z")
    assert post["published_at"] == "2026-01-31T12:00:00.123456Z"


@pytest.mark.parametrize("name", ["\u200b", " \xad ", "\x8f", "a\x00b", "a\nb", "\u2028"])
def test_the_service_rejects_names_that_the_pattern_rejects(people, document, name):
    schema = document["components"]["schemas"]["TagCreate"]
    assert not OAS31Validator({**schema, "components": document["components"]}).is_valid({"name": name})
    assert people("editor").post("/tags", json={"name": name}).status_code == 422


def test_the_document_is_generated_once(app, client):
    data = client.get("/openapi.json").data
    assert len(data) < 350_000
    assert client.get("/openapi.json").data == data
    assert app.extensions["openapi"].document("/") == data


def test_concurrent_first_requests_get_the_same_document(make_client):
    app = make_client().application
    with ThreadPoolExecutor(8) as threads:
        documents = list(threads.map(lambda _: app.test_client().get("/openapi.json").data, range(8)))
    assert set(documents) == {app.extensions["openapi"].document("/")}
