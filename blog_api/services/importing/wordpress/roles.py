"""Read the roles of accounts in a file that `wp user list` writes."""

from __future__ import annotations

import csv
from pathlib import Path

from blog_api.text.folding import fold
from blog_api.text.issues import Code, Refused

# From the highest to the lowest.
_ROLES = {
    "administrator": "admin",
    "editor": "editor",
    "author": "author",
    "contributor": "contributor",
    "subscriber": "reader",
}
_COLUMNS = ("user_login", "roles")


def read_roles(path: Path) -> dict[str, str]:
    """Return the roles by folded login. Accounts without a known role are left out. Raises Refused.

    The file has the columns `user_login` and `roles`, in which names of roles are separated by commas.
    """
    roles: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if not set(_COLUMNS) <= set(reader.fieldnames or ()):
                raise Refused(
                    Code.VALUE_INVALID, f"the first line has to name the columns {' and '.join(_COLUMNS)}"
                )
            for row in reader:
                names = {name.strip().lower() for name in (row["roles"] or "").split(",")}
                if role := next((mine for theirs, mine in _ROLES.items() if theirs in names), None):
                    roles[fold(row["user_login"])] = role
    except (OSError, UnicodeError, csv.Error) as error:
        raise Refused(Code.UNREADABLE, f"cannot be read: {error}") from error
    return roles
