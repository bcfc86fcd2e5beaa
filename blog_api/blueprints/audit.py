"""/audit: the audit log, for admins."""

from __future__ import annotations

from typing import Any

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import current_user, login_required
from blog_api.crud import audit as crud
from blog_api.paging.pages import Page
from blog_api.policies.viewers import is_admin, require
from blog_api.schemas import audit as schemas

blueprint = Blueprint(
    "audit",
    __name__,
    url_prefix="/api/v1/audit",
    description="Logins, denied requests and changes of accounts, for admins.",
)


@blueprint.route("")
@login_required
@blueprint.query(schemas.AuditQuery())
@blueprint.returns(200, schemas.AuditPage())
@blueprint.raises(403)
def list_audit_events(query: dict[str, Any]) -> Page:
    """List audit events

    Logins, denied requests, account changes and maintenance. Admins only. Events are kept for one year.
    """
    require(is_admin(current_user()), "Only admins may read the audit log.")
    return crud.list_events(query["filters"], query["page"])
