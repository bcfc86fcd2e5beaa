"""/auth: registration, login, tokens and sessions."""

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

blueprint = Blueprint(
    "auth",
    __name__,
    url_prefix="/api/v1/auth",
    description="Registration, login and sessions.",
    secret=True,
)


@blueprint.route("/register", methods=["POST"])
@public
@blueprint.limited("RATELIMIT_REGISTER")
@blueprint.body(users_schemas.Registration())
@blueprint.returns(201, users_schemas.User())
@blueprint.raises(403, 409)
def register(data: dict[str, Any]) -> Any:
    """Register an account

    Fails with 403 where the operators have closed registration. Then log in to get tokens.
    """
    if not current_app.config["REGISTRATION_OPEN"]:
        raise RegistrationClosed
    user = accounts.register(data, current_app.config["DEFAULT_ROLE"])
    owner = Viewer(user.id, user.username, user.role, session_id=0)
    shown = users_crud.read_user(user.id, owner)
    return shown, {"Location": url_for("users.read_user", user_id=user.id)}


@blueprint.route("/login", methods=["POST"])
@public
@blueprint.body(schemas.Login())
@blueprint.returns(200, schemas.Tokens())
def log_in(data: dict[str, Any]) -> Any:
    """Log in

    Takes the username or the email address. Returns a short-lived access token and a refresh token.
    """
    agent, ip_address = request.user_agent.string, request.remote_addr or ""
    return sessions.log_in(data["username"], data["password"], user_agent=agent, ip_address=ip_address)


@blueprint.route("/refresh", methods=["POST"])
@refresh_required
@blueprint.returns(200, schemas.Tokens())
def refresh_tokens() -> Any:
    """Refresh the tokens

    Returns a new access token and a new refresh token, which replace the ones before. A request repeated within 10
    seconds gets the same new tokens. Using a replaced refresh token later, or after its successor was used, ends the
    session.
    """
    return sessions.refresh(g.claims)


@blueprint.route("/logout", methods=["POST"])
@session_required
@blueprint.returns(204)
def log_out() -> None:
    """Log out

    Ends this session. Its access token and refresh token stop working immediately.
    """
    viewer = current_user()
    sessions.end_session(viewer.session_id, viewer.id)


@blueprint.route("/sessions")
@session_required
@blueprint.returns(200, schemas.LoginSessions())
def list_sessions() -> Any:
    """List your sessions

    One for each login that has neither ended nor expired, with the device and the time of its last use.
    """
    viewer = current_user()
    return {"data": crud.list_sessions(viewer)}


@blueprint.route("/sessions/<id:session_id>", methods=["DELETE"])
@session_required
@blueprint.returns(204)
def end_session(session_id: int) -> None:
    """End a session

    Its access token and refresh token stop working immediately.
    """
    sessions.end_session(session_id, current_user().id)


@blueprint.route("/sessions", methods=["DELETE"])
@session_required
@blueprint.returns(204)
def end_other_sessions() -> None:
    """End all other sessions

    Logs you out everywhere else. This session and your API tokens keep working.
    """
    viewer = current_user()
    sessions.end_other_sessions(viewer)


@blueprint.route("/password", methods=["PUT"])
@session_required
@blueprint.body(schemas.PasswordChange())
@blueprint.returns(204)
def change_password(data: dict[str, Any]) -> None:
    """Change your password

    Ends all other sessions and revokes all API tokens.
    """
    accounts.change_password(current_user(), data["current_password"], data["new_password"])
