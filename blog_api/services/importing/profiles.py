"""Validate the profiles of authors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from marshmallow import ValidationError

from blog_api.schemas.users import EmailAddress
from blog_api.schemas.users import Profile as ProfileSchema
from blog_api.services.importing.checking import MAX_NAME, describe_errors
from blog_api.text.documents import Profile
from blog_api.text.issues import Code, Note, Refused

MAX_BIO = 1000
_schema = ProfileSchema()
_email = EmailAddress()


def validate_profile(profile: Profile) -> tuple[Profile, list[Note]]:
    """Return the profile within the limits of an account, with notes on what is left out. Raises Refused."""
    values: dict[str, Any] = {"display_name": profile.display_name[:MAX_NAME], "bio": profile.bio[:MAX_BIO]}
    optional = {"website": profile.website, "image": profile.image}
    notes = []
    for name, value in optional.items():
        if errors := _schema.validate({name: value}):
            detail = f"left out: {describe_errors(errors)}"
            notes.append(Note(Code.PROFILE_PART_INVALID, detail))
        else:
            values[name] = value
    try:
        fields = _schema.load(values)
    except ValidationError as error:
        raise Refused(Code.PROFILE_INVALID, describe_errors(error.messages)) from error
    return replace(profile, **(dict.fromkeys(optional) | fields)), notes


def valid_email(address: str) -> str:
    """Return the address, or "" if mail cannot be sent to it."""
    try:
        return str(_email.deserialize(address))
    except ValidationError:
        return ""
