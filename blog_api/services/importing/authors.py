"""Find or create the accounts of the authors named in files.

A name in a file does not prove who wrote the post. It means an existing account only if an import created that account,
or if the operator maps the name to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count

from blog_api.crud import users as crud
from blog_api.models.users import User
from blog_api.services.importing.checking import username_for
from blog_api.text.bylines import public_name, read_person
from blog_api.text.documents import Profile
from blog_api.text.folding import fold
from blog_api.text.issues import Code, Note

# The highest role of accounts that are created for names in files.
MAX_ROLE = "author"
_LOWER_ROLES = ("reader", "contributor")


def usual_role(default_role: str) -> str:
    """Return the role of imported accounts: the one that new accounts get (DEFAULT_ROLE), but at most MAX_ROLE."""
    return default_role if default_role in _LOWER_ROLES else MAX_ROLE


@dataclass(slots=True)
class Authors:
    """The accounts by author name. `mapped` holds the ids that the operator has chosen for folded names.

    New accounts get `role`, unless their profile has another one. `notes` has those on names that
    are not the account with that username.
    """

    profiles: Mapping[str, Profile] = field(default_factory=dict)
    mapped: Mapping[str, int] = field(default_factory=dict)
    role: str = MAX_ROLE
    notes: dict[str, Note] = field(default_factory=dict)
    _ids: dict[str, int] = field(default_factory=dict)

    def ids_of(self, names: Iterable[str]) -> list[int]:
        """Return the distinct ids of the accounts. Creates missing accounts, without a password."""
        return list(dict.fromkeys(self._id_of(name) for name in names))

    def create_missing(self, names: Iterable[str]) -> None:
        """Create the accounts of new authors together; one by one, each takes three times as long.

        Leaves out those that need more: whose username is taken, and who have an address or another name in a profile.
        """
        new: dict[str, str] = {}
        for name in names:
            key = fold(username_for(name))
            if key not in self._ids and self._mapped_id(name) is None:
                new.setdefault(key, name)
        taken = crud.find_username_keys(new)
        users = {
            key: self._new(username_for(name), name)
            for key, name in new.items()
            if key not in taken and self._is_plain(name, key)
        }
        crud.add_users(list(users.values()))
        self._ids |= {key: user.id for key, user in users.items()}

    def find_id(self, name: str) -> int | None:
        """Return the id of the account, or None if it does not exist yet."""
        if (mapped := self._mapped_id(name)) is not None:
            return mapped
        _, user = self._find(name)
        return user.id if user else None

    def check(self, names: Iterable[str]) -> None:
        """Add the notes on these names without creating accounts."""
        for name in names:
            if self._mapped_id(name) is None:
                self._find(name)

    def forget(self) -> None:
        """Forget the accounts that a rollback has removed."""
        self._ids.clear()

    def knows(self, name: str) -> bool:
        """Return whether the name is that of a profile, or mapped to an account."""
        return fold(name) in self.profiles or fold(name) in self.mapped

    def _mapped_id(self, name: str) -> int | None:
        return next((self.mapped[key] for key in _spellings(name) if key in self.mapped), None)

    def _profile(self, name: str) -> Profile | None:
        return next((self.profiles[key] for key in _spellings(name) if key in self.profiles), None)

    def _is_plain(self, name: str, key: str) -> bool:
        profile = self._profile(name)
        return profile is None or (not profile.email and fold(username_for(profile.slug)) == key)

    def _id_of(self, name: str) -> int:
        if (mapped := self._mapped_id(name)) is not None:
            return mapped
        key = fold(username_for(name))
        if key not in self._ids:
            username, user = self._find(name)
            if user is None:
                user = self._new(username, name)
                crud.add_users([user])
            self._ids[key] = user.id
        return self._ids[key]

    def _find(self, name: str) -> tuple[str, User | None]:
        """Return the username for an author, and the account, if an import has created it."""
        base = username_for(name)
        profile = self._profile(name)
        # Posts can use the name of a profile or its display name. An account from before the profile stays.
        other = username_for(profile.slug) if profile else base
        if fold(other) != fold(base) and crud.find_user(base) is None:
            base = other
        for number in count(1):
            suffix = f"-{number}" if number > 1 else ""
            username = base[: 50 - len(suffix)] + suffix
            user = crud.find_user(username)
            if user is None or user.imported:
                break
        if username != base:
            detail = (
                f"{name} is not the existing account {base}, so the posts go to {username}; "
                f"to change that: --map-author '{name}={base}'"
            )
            self.notes[base] = Note(Code.AUTHOR_NOT_MAPPED, detail)
        return username, user

    def _new(self, username: str, name: str) -> User:
        shown = public_name(read_person(name).name) or username
        profile = self._profile(name) or Profile(username, shown, "")
        # Only one account can have an address.
        is_free = bool(profile.email) and crud.find_user(profile.email) is None
        return crud.new_user(
            username,
            email=profile.email if is_free else None,
            display_name=profile.display_name,
            bio=profile.bio,
            website=profile.website,
            image=profile.image,
            role=profile.role or self.role,
            imported=True,
        )


def _spellings(name: str) -> list[str]:
    """Return the keys under which `Ann Lee (@annlee)` can have a profile or be mapped."""
    person = read_person(name)
    return [fold(key) for key in (name, person.name, person.handle) if key]
