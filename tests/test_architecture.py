"""The plan of the house: imports go down only, and each concern has one home."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import blog_api

PACKAGE = Path(blog_api.__file__).parent

# From the roof to the ground. A module imports from lines below its own, never from its own line or from above.
LINES = [line.split() for line in """
    blog_api
    cli
    cli.accounts cli.content cli.databases cli.housekeeping cli.mail cli.tags
    cli.migrations
    cli.failures
    blueprints.api_tokens blueprints.audit
    blueprints.confirmations blueprints.documentation blueprints.health blueprints.posts blueprints.sessions
    blueprints.metrics blueprints.stats blueprints.tags blueprints.users
    blueprints
    api
    reply_cache openapi
    openapi_views
    idempotency openapi_fields
    auth
    services.confirmations services.outbox
    services.accounts services.api_tokens services.letters
    services.sessions
    services.guessing services.bulk services.housekeeping services.importing services.seeding
    services.checking
    services.import_tags services.reimporting
    services.sources
    services
    audit
    crud.bulk
    crud.audit crud.posts crud.trash crud.users crud.sessions crud.imports crud.idempotency crud.stats crud.housekeeping
    crud.post_writes
    crud.stored_posts crud.credentials
    crud.api_tokens crud.confirmations crud.logins crud.outbox crud.tags crud.post_statements crud.content
    crud.co_authors crud.former_tags
    crud.pages crud.post_search crud.post_versions crud.rows crud.slugs
    crud
    policies publication
    models
    models.imports models.posts
    models.tags models.users models.sessions models.content models.idempotency
    models.logins models.api_tokens models.audit models.confirmations models.outbox
    migration servers replica
    database extensions errors sql
    guards readers
    connections driver_statements
    connect_retry watchdog
    schemas.stats schemas.bulk
    schemas.post_queries
    schemas.api_tokens schemas.audit schemas.posts schemas.sessions
    schemas.confirmations
    schemas.tags schemas.users
    schemas.paging
    schemas.fields schemas.dumping schemas.problems
    schemas.base
    schemas
    rates
    tokens
    converters counters
    caching headers logs mailer networks pagination parsing replies passwords openapi_document worker
    circuit_breaker
    metrics
    metric_files pools
    deadlines
    columns futures problems requests common_passwords
    text.documents text.excerpts
    text.dates text.front_matter text.search text.slugs
    text.domains text.entities text.folding text.words
    text
    config
""".strip().splitlines()]  # fmt: skip
HEIGHT = {module: len(LINES) - number for number, line in enumerate(LINES) for module in line}

# What a layer may import of this project, where that is less than all that is below it.
ONLY = {
    "schemas": ("schemas", "pagination", "text"),
    "models": ("models", "columns", "database"),
    "text": ("text",),
    "columns": (),
    "readers": ("connections", "driver_statements"),
    "driver_statements": (),
    "connections": ("deadlines",),
    "pools": ("deadlines",),
    "guards": ("circuit_breaker", "connect_retry", "deadlines", "watchdog"),
    "connect_retry": ("deadlines", "futures"),
    "futures": (),
    "circuit_breaker": ("metrics",),
    "watchdog": (),
    "deadlines": ("problems",),
    "problems": (),
    "config": (),
}
# What a layer leaves to others.
WITHOUT = {
    "blueprints": ("sqlalchemy", "marshmallow", "argon2", "jwt"),
    "crud": ("flask", "marshmallow"),
    "models": ("flask", "marshmallow"),
    "connections": ("flask", "marshmallow"),
    "readers": ("flask", "marshmallow"),
    "driver_statements": ("flask", "marshmallow"),
    "guards": ("flask", "marshmallow"),
    "columns": ("flask", "marshmallow"),
    "connect_retry": ("flask", "marshmallow"),
    "services": ("flask",),
    "schemas": ("flask", "sqlalchemy"),
    "text": ("flask", "sqlalchemy", "marshmallow"),
    "policies": ("flask",),
    "problems": ("flask", "sqlalchemy", "marshmallow"),
    "publication": ("flask", "sqlalchemy"),
    "pagination": ("flask",),
    "passwords": ("flask", "sqlalchemy"),
}


def name_of(path):
    """The module in this file, without the name of the package, except for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts) or "blog_api"


TREES = {name_of(path): ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def imports(tree):
    """Each import of the tree as (module, name or None), those for the type checker left out."""
    checked = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in checked:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, "relative imports hide where things are"
            yield from ((node.module, alias.name) for alias in node.names)


def own_imports(tree):
    """The modules of this project that the tree imports."""
    for module, name in imports(tree):
        inner = module.removeprefix("blog_api").lstrip(".") or "blog_api"
        if module == "config" or module.split(".")[0] == "blog_api":
            deeper = f"{inner}.{name}" if inner != "blog_api" else str(name)
            yield deeper if deeper in TREES else inner


def is_below(module, layers):
    return any(module == layer or module.startswith(f"{layer}.") for layer in layers)


def test_the_map_names_every_module_once_and_no_other():
    named = [module for line in LINES for module in line]
    assert sorted(named) == sorted([*TREES, "config"])


@pytest.mark.parametrize("module", TREES)
def test_imports_go_down_only(module):
    upward = {other for other in own_imports(TREES[module]) if HEIGHT[other] >= HEIGHT[module]}
    assert not upward


@pytest.mark.parametrize("layer", ONLY)
def test_a_layer_keeps_to_what_it_may_know(layer):
    for module, tree in TREES.items():
        if is_below(module, [layer]):
            assert all(is_below(other, ONLY[layer]) for other in own_imports(tree)), module


@pytest.mark.parametrize("layer", WITHOUT)
def test_a_layer_leaves_to_others_what_is_theirs(layer):
    for module, tree in TREES.items():
        if is_below(module, [layer]):
            used = {imported.split(".")[0] for imported, _ in imports(tree)}
            assert not used & set(WITHOUT[layer]), module


@pytest.mark.parametrize("module", TREES)
def test_nothing_is_imported_inside_a_function(module):
    inside = [
        inner.lineno
        for node in ast.walk(TREES[module])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
        or (
            isinstance(inner, ast.Call)
            and ast.unparse(inner.func) in ("__import__", "importlib.import_module")
        )
    ]
    assert not inside


@pytest.mark.parametrize("module", sorted(set(TREES) - {"database"}))
def test_only_the_transaction_commits(module):
    named = [node.attr for node in ast.walk(TREES[module]) if isinstance(node, ast.Attribute)]
    assert "commit" not in named


def decides(node):
    """Whether the node compares the status of a post, or looks whether it is in the trash."""
    if isinstance(node, ast.Compare):
        return any(
            ast.unparse(part) in ("Post.status", "Post.deleted_at") for part in (node.left, *node.comparators)
        )
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return ast.unparse(node.func.value) in ("Post.status", "Post.deleted_at")
    return False


@pytest.mark.parametrize("module", sorted(set(TREES) - {"policies"}))
def test_only_the_policies_decide_what_is_visible(module):
    assert not [ast.unparse(node) for node in ast.walk(TREES[module]) if decides(node)]


@pytest.mark.parametrize("module", sorted(TREES))
def test_what_is_public_says_what_it_does(module):
    tree = TREES[module]
    assert ast.get_docstring(tree)
    bare = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not bare


@pytest.mark.parametrize("folder", ["blog_api", "bench", "faults", "tests"])
def test_no_file_is_longer_than_250_lines(folder):
    lengths = {path: len(path.read_text().splitlines()) for path in (PACKAGE.parent / folder).rglob("*.py")}
    assert not [str(path) for path, lines in lengths.items() if lines > 250]
