"""Delete accounts, or erase what identifies them."""

from __future__ import annotations

import secrets

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from blog_api.crud.history.recording import record_revisions
from blog_api.crud.posts.authors import leave_posts, reassign_posts
from blog_api.crud.reactions import delete_reactions
from blog_api.crud.users import require_another_admin, update_user
from blog_api.database.columns import utcnow
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.addresses import Username
from blog_api.models.users import User
from blog_api.policies.posts import can_own_posts
from blog_api.problems import Conflict, Fault, InvalidInput


def delete_user(user: User, reassign_to: int | None = None) -> None:
    """Delete an account with its likes and follows, after transferring its posts to `reassign_to` if given.

    Raises Conflict for the last admin or if the account still owns posts, InvalidInput if `reassign_to` cannot own
    posts.
    """
    require_another_admin(user)
    if reassign_to is not None:
        _check_new_owner(user, reassign_to)
        changed = reassign_posts(user.id, reassign_to)
    else:
        # The posts of others lose this co-author by ON DELETE CASCADE.
        changed = leave_posts(user.id)
    # After the posts: other writes lock posts before users.
    delete_reactions(user.id)
    db.session.delete(user)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("This account still owns posts, possibly in the trash.") from error
    record_revisions(changed)


def anonymise_user(user: User) -> None:
    """Erase the personal data of an account and disable it. The account keeps its id and its posts.

    Raises Conflict for the last admin.
    """
    changes = {
        # Random, so that nobody can register the name first.
        "username": f"deleted-{secrets.token_hex(8)}",
        "display_name": "Deleted user",
        "bio": "",
        "website": None,
        "image": None,
        "role": "reader",
        "is_active": False,
        "erased_at": utcnow(),
    }
    delete_reactions(user.id)
    user.email = user.email_key = user.pending_email = user.password_hash = None
    update_user(user, changes)
    # Former names stay reserved, but nothing tells whose they were.
    former = update(Username).where(Username.user_id == user.id, Username.username_key != user.username_key)
    db.session.execute(former.values(user_id=None), execution_options=UNSYNCHRONIZED)


def _check_new_owner(user: User, new_owner_id: int) -> None:
    owner = db.session.get(User, new_owner_id)
    if owner is None or owner is user or not can_own_posts(owner):
        detail = "This must be the id of another active user who may write posts."
        raise InvalidInput(faults=[Fault(detail, "not_a_user", parameter="reassign_to")])
