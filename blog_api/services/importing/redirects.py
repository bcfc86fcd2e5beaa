"""Add the redirects of the blog that is imported."""

from __future__ import annotations

from blog_api.crud.redirects import create_redirect, has_redirect
from blog_api.database.session import transaction
from blog_api.policies.viewers import Viewer
from blog_api.problems import Conflict, InvalidInput
from blog_api.services.importing.checking import describe_faults
from blog_api.text.issues import Code, Refused

# Commands see all posts, so no redirect can hide one.
_OPERATOR = Viewer(0, "", "admin", 0)


def add_redirect(path: str, target: str) -> None:
    """Create a redirect unless it exists. Raises Refused if that is not possible."""
    try:
        with transaction():
            if not has_redirect(path, target):
                create_redirect(path, target, _OPERATOR)
    except (Conflict, InvalidInput) as error:
        raise Refused(Code.REDIRECT_SKIPPED, describe_faults(error.faults) or error.detail) from error
