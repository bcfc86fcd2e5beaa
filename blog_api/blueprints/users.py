"""/users: accounts and authors."""

from __future__ import annotations

from typing import Any

from flask import url_for

from blog_api.api.blueprint import Blueprint
from blog_api.api.caching import check_version
from blog_api.api.responses import to_stream
from blog_api.auth.access import current_user, current_viewer, login_required, public, session_required
from blog_api.crud import users as crud
from blog_api.paging.pages import Page
from blog_api.policies.accounts import can_delete_account
from blog_api.policies.viewers import is_admin, require
from blog_api.schemas import users as schemas
from blog_api.schemas.personal_data import PersonalData
from blog_api.services import accounts, confirmations, personal_data, throttling

blueprint = Blueprint(
    "users", __name__, url_prefix="/api/v1/users", description="Accounts and authors.", dry_run=True
)


@blueprint.route("")
@public
@blueprint.query(schemas.UserQuery())
@blueprint.returns(200, schemas.UserPage())
def list_users(query: dict[str, Any]) -> Page:
    """List users

    Without a token, returns only people with a published post, without their roles.
    """
    return crud.list_users(query["page"], current_viewer())


@blueprint.route("", methods=["POST"])
@session_required
@blueprint.body(schemas.Invitation())
@blueprint.returns(201, schemas.User())
@blueprint.raises(403, 409)
def create_user(data: dict[str, Any]) -> Any:
    """Create an account for somebody

    Admins only. The account has no password; a link to set one, valid for seven days, is sent to `email`. After that,
    the new user can request a password reset.
    """
    viewer = current_user()
    require(is_admin(viewer), "Only admins may create accounts for others.")
    user = accounts.invite(viewer, data)
    return crud.read_user(user.id, viewer), {"Location": url_for("users.read_user", user_id=user.id)}


@blueprint.route("/me")
@login_required
@blueprint.returns(200, schemas.User())
def read_me() -> Any:
    """Get your account

    Includes the private fields, such as your email address.
    """
    return crud.read_user(current_user().id, current_user())


@blueprint.route("/me/data")
@session_required
@blueprint.returns(200, PersonalData())
def read_my_data() -> Any:
    """Download what is stored about you

    Includes your account, sessions, posts with their contents, revisions, uploads, comments, likes, follows, mail, and
    what the audit log says about you, but no passwords and tokens. API tokens are not accepted, whatever their scopes.
    """
    response = to_stream(personal_data.write_data(current_user()), "application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="data.json"'
    return response


@blueprint.route("/<id:user_id>")
@public
@blueprint.returns(200, schemas.User())
def read_user(user_id: int) -> Any:
    """Get a user

    Without a token, accounts without a published post are not found.
    """
    return crud.read_user(user_id, current_viewer())


@blueprint.route("/by-username/<username:username>")
@public
@blueprint.returns(200, schemas.User())
def read_user_by_username(username: str) -> Any:
    """Get a user by username

    In any case. A former username redirects to the present one, unless the account was anonymised.
    """
    return crud.read_user_by_name(username, current_viewer())


@blueprint.route("/me", methods=["PATCH"])
@session_required
@blueprint.body(schemas.Profile(partial=True))
@blueprint.returns(200, schemas.User())
@blueprint.raises(403, 412, 429)
def update_me(data: dict[str, Any]) -> Any:
    """Update your account

    A new `email` takes effect only when it is confirmed with the token that is sent to it
    (`POST /auth/email/confirm`). Until then it is `pending_email`. The current address is notified. To cancel the
    change, send the current address as `email`.
    """
    return _update_own_account(data)


@blueprint.route("/<id:user_id>", methods=["PATCH"])
@session_required
@blueprint.body(schemas.Account(partial=True))
@blueprint.returns(200, schemas.User())
@blueprint.raises(403, 412, 429)
def update_user(data: dict[str, Any], user_id: int) -> Any:
    """Update an account

    Admins only. `is_active` says whether the account can log in. A new `email` of another account takes effect
    immediately, and the old address is notified. A new `email` of your own must be confirmed.
    """
    user = crud.get_user(user_id)
    require(is_admin(current_user()), "Only admins may update accounts by id. Update your own at /users/me.")
    if user_id == current_user().id:
        return _update_own_account(data)
    check_version(user.version)
    accounts.change_account(user, data)
    return crud.read_user(user_id, current_user())


@blueprint.route("/<id:user_id>", methods=["DELETE"])
@session_required
@blueprint.query(schemas.UserDeletion())
@blueprint.returns(204)
@blueprint.raises(403, 412)
def delete_user(query: dict[str, Any], user_id: int) -> None:
    """Delete an account

    Fails with 409 while the account owns posts, even in the trash, unless an admin sets `reassign_to`. With
    `anonymise=true`, the posts are kept, and the account permanently loses its names, address, password, sessions and
    API tokens. An erased account can no longer be changed.
    """
    viewer = current_user()
    user = crud.get_user(user_id)
    require(can_delete_account(viewer, user_id), "Only admins may delete other accounts.")
    require(is_admin(viewer) or "reassign_to" not in query, "Only admins may reassign posts.")
    check_version(user.version)
    if query["anonymise"]:
        accounts.erase_account(viewer, user)
    else:
        accounts.delete_account(viewer, user, query.get("reassign_to"))


def _update_own_account(data: dict[str, Any]) -> Any:
    viewer = current_user()
    user = crud.get_user(viewer.id)
    if data.get("email", user.email) != user.email:
        throttling.count_email_change(viewer.id)
        # Load the user again, because counting ended the transaction.
        user = crud.get_user(viewer.id)
    check_version(user.version)
    confirmations.change_own_account(viewer, user, data)
    return crud.read_user(viewer.id, viewer)
