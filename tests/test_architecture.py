"""The layers of the package: modules import only from lower layers, and each library is used in its own layer."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import blog_api
from config import PROJECT, SETTINGS

PACKAGE = Path(blog_api.__file__).parent

# From top to bottom: a package may import itself and the packages on the lines below it.
ORDER = """
    blog_api
    blueprints cli
    services
    api
    auth
    crud
    schemas
    policies
    models
    paging
    security
    database
    mail
    outgoing
    monitoring
    media
    text
    context
    problems
    faults
"""
HEIGHT = {name: -number for number, line in enumerate(ORDER.strip().splitlines()) for name in line.split()}

# Libraries that a package does not use.
WITHOUT = {
    "blueprints": ("sqlalchemy", "marshmallow", "argon2", "jwt"),
    "services": ("flask",),
    "crud": ("flask", "marshmallow"),
    "schemas": ("flask", "sqlalchemy"),
    "policies": ("flask", "marshmallow"),
    "models": ("flask", "marshmallow"),
    "paging": ("flask", "marshmallow"),
    "security": ("flask", "sqlalchemy", "marshmallow"),
    "mail": ("sqlalchemy", "marshmallow"),
    "outgoing": ("flask", "sqlalchemy", "marshmallow"),
    "monitoring": ("sqlalchemy", "werkzeug", "marshmallow"),
    "media": ("flask", "sqlalchemy", "marshmallow"),
    "text": ("flask", "sqlalchemy", "marshmallow"),
    "context": ("flask", "sqlalchemy", "marshmallow"),
    "problems": ("flask", "sqlalchemy", "marshmallow"),
    "faults": ("flask", "sqlalchemy", "marshmallow"),
}


def name_of(path):
    """Return the name of the module in this file, without `blog_api.`."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts) or "blog_api"


TREES = {name_of(path): ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def package_of(module):
    return module.partition(".")[0]


def imports(tree):
    """Yield each import as (module, name or None), without those under TYPE_CHECKING."""
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
    """Yield the modules of this project that the tree imports."""
    for module, name in imports(tree):
        if module.split(".")[0] != "blog_api":
            continue
        inner = module.removeprefix("blog_api").lstrip(".")
        deeper = f"{inner}.{name}".lstrip(".")
        yield deeper if deeper in TREES else inner or "blog_api"


def cycle(graph):
    """Return the first circular import as a list of modules, empty if there is none."""
    done: set[str] = set()

    def visit(module, way):
        if module in way:
            return [*way[way.index(module) :], module]
        if module in done:
            return []
        for other in graph[module]:
            if found := visit(other, [*way, module]):
                return found
        done.add(module)
        return []

    return next((found for module in graph if (found := visit(module, []))), [])


def test_every_package_has_a_layer():
    assert {package_of(module) for module in TREES} == set(HEIGHT), "add the package to ORDER"


def test_at_most_five_modules_are_outside_a_package():
    assert len(list(PACKAGE.glob("*.py"))) <= 5


def test_modules_import_only_from_lower_layers():
    upward = {
        (module, other)
        for module, tree in TREES.items()
        for other in own_imports(tree)
        if package_of(other) != package_of(module) and HEIGHT[package_of(other)] >= HEIGHT[package_of(module)]
    }
    assert not upward


def test_there_are_no_circular_imports():
    assert not cycle({module: set(own_imports(tree)) - {module} for module, tree in TREES.items()})


def test_a_package_does_not_import_libraries_of_other_layers():
    used = {
        (module, imported)
        for module, tree in TREES.items()
        for imported, _ in imports(tree)
        if imported.split(".")[0] in WITHOUT.get(package_of(module), ())
    }
    assert not used


def test_imports_are_at_module_level():
    inside = {
        (module, inner.lineno)
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
        or (
            isinstance(inner, ast.Call)
            and ast.unparse(inner.func) in ("__import__", "importlib.import_module")
        )
    }
    assert not inside


def test_only_the_session_module_commits():
    committing = {
        module
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    }
    assert committing <= {"database.session"}


def decides(node):
    """Return whether the node tests the status of a post, or whether it is in the trash."""
    if isinstance(node, ast.Compare):
        return any(
            ast.unparse(part) in ("Post.status", "Post.deleted_at") for part in (node.left, *node.comparators)
        )
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return ast.unparse(node.func.value) in ("Post.status", "Post.deleted_at")
    return False


def test_only_policies_filter_by_status_or_trash():
    deciding = {
        (module, ast.unparse(node))
        for module, tree in TREES.items()
        if package_of(module) != "policies"
        for node in ast.walk(tree)
        if decides(node)
    }
    assert not deciding


def test_public_functions_and_classes_have_docstrings():
    bare = {module for module, tree in TREES.items() if not ast.get_docstring(tree)} | {
        f"{module}.{node.name}"
        for module, tree in TREES.items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    }
    assert not bare


def test_no_file_is_longer_than_250_lines():
    folders = [PROJECT / name for name in ("blog_api", "bench", "faults", "tests")]
    paths = [*PROJECT.glob("*.py"), *(path for folder in folders for path in folder.rglob("*.py"))]
    lengths = {path: len(path.read_text().splitlines()) for path in paths}
    assert not {str(path) for path, lines in lengths.items() if lines > 250}


def test_only_services_that_use_redis_import_its_client():
    """It takes megabytes in every process."""
    code = "import sys, wsgi; sys.exit('redis' in sys.modules)"
    environment = {**os.environ, **dict.fromkeys(SETTINGS, ""), "APP_ENV": "testing"}
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=environment, check=False).returncode
        == 0
    )
