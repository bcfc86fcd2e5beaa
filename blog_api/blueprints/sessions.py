"""/auth: registration, login, tokens, and the sessions behind them."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, request, url_for

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import current_user, public, refresh_required, session_required
from blog_api.crud import sessions as crud
from blog_api.crud import users as users_crud
from blog_api.policies.viewers import Viewer
from blog_api.problems import RegistrationClosed
from blog_api.schemas import sessions as schemas
from blog_api.schemas import users as users_schemas
from blog_api.services import accounts, sessions

blueprint = Blueprint("auth", __name__, url_prefix="/api/v1/auth", description="Who you are.", secret=True)


@blueprint.route("/register", methods=["POST"])
@public
@blueprint.limited("RATELIMIT_REGISTER")
@blueprint.body(users_schemas.Registration())
@blueprint.gives(201, users_schemas.User())
@blueprint.fails(403, 409)
def register(data: dict[str, Any]) -> Any:
    """Make an account"""
    if not current_app.config["REGISTRATION_OPEN"]:
        raise RegistrationClosed
    user = accounts.register(data, current_app.config["DEFAULT_ROLE"])
    owner = Viewer(user.id, user.username, user.role, session_id=0)
    shown = users_crud.read_user(user.id, owner)
    return shown, {"Location": url_for("users.read_user", user_id=user.id)}


@blueprint.route("/login", methods=["POST"])
@public
@blueprint.body(schemas.Login())
@blueprint.gives(200, schemas.Tokens())
def log_in(data: dict[str, Any]) -> Any:
    """Log in

    With the username or the email address. Gives a short-lived access token and a refresh token.
    """
    agent, address = request.user_agent.string, request.remote_addr or ""
    return sessions.log_in(data["username"], data["password"], user_agent=agent, address=address)


@blueprint.route("/refresh", methods=["POST"])
@refresh_required
@blueprint.gives(200, schemas.Tokens())
def refresh_tokens() -> Any:
    """Trade the refresh token for a new pair

    The old one is spent; using it again ends the session.
    """
    return sessions.refresh(g.claims)


@blueprint.route("/logout", methods=["POST"])
@session_required
@blueprint.gives(204)
def log_out() -> None:
    """Log out

    The access token and the refresh token of this session end at once.
    """
    viewer = current_user()
    sessions.end_session(viewer.session_id, viewer.id)


@blueprint.route("/sessions")
@session_required
@blueprint.gives(200, schemas.LoginSessions())
def list_sessions() -> Any:
    """List where you are logged in"""
    viewer = current_user()
    return {"data": crud.list_sessions(viewer)}


@blueprint.route("/sessions/<id:session_id>", methods=["DELETE"])
@session_required
@blueprint.gives(204)
def end_session(session_id: int) -> None:
    """Log out in one place"""
    sessions.end_session(session_id, current_user().id)


@blueprint.route("/sessions", methods=["DELETE"])
@session_required
@blueprint.gives(204)
def end_other_sessions() -> None:
    """Log out everywhere else"""
    viewer = current_user()
    sessions.end_other_sessions(viewer)


@blueprint.route("/password", methods=["PUT"])
@session_required
@blueprint.body(schemas.PasswordChange())
@blueprint.gives(204)
def change_password(data: dict[str, Any]) -> None:
    """Change the password

    All other sessions end, and all API tokens.
    """
    accounts.change_password(current_user(), data["current_password"], data["new_password"])
