"""The tables. Importing this package makes all of them known to the metadata."""

from importlib import import_module
from pkgutil import iter_modules

from blog_api.models.api_tokens import ApiToken
from blog_api.models.audit import AuditEvent
from blog_api.models.confirmations import Confirmation
from blog_api.models.content import ContentVersion
from blog_api.models.idempotency import IdempotencyKey
from blog_api.models.imports import ImportedFile
from blog_api.models.logins import LoginAddress, LoginFailures
from blog_api.models.outbox import OutboxMessage
from blog_api.models.posts import PUBLISHED_OR_NEVER, Post, PostAuthor, post_tags
from blog_api.models.sessions import LoginSession
from blog_api.models.tags import FormerTagName, Tag
from blog_api.models.users import User

__all__ = [
    "PUBLISHED_OR_NEVER",
    "ApiToken",
    "AuditEvent",
    "Confirmation",
    "ContentVersion",
    "FormerTagName",
    "IdempotencyKey",
    "ImportedFile",
    "LoginAddress",
    "LoginFailures",
    "LoginSession",
    "OutboxMessage",
    "Post",
    "PostAuthor",
    "Tag",
    "User",
    "post_tags",
]

for found in iter_modules(__path__):
    import_module(f"{__name__}.{found.name}")
