"""The issues that an import reports: reasons for refusals, and notes on how a file was read."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Code(StrEnum):
    """The codes of refusals and notes. They are stable; docs/importing.md explains them."""

    # Refusals
    CHANGED_MEANWHILE = "changed_meanwhile"
    DATABASE_ERROR = "database_error"
    DUPLICATED = "duplicated"
    FILE_TOO_LARGE = "file_too_large"
    FRONT_MATTER_INVALID = "front_matter_invalid"
    FRONT_MATTER_MISSING = "front_matter_missing"
    FRONT_MATTER_TOO_LARGE = "front_matter_too_large"
    FRONT_MATTER_UNCLOSED = "front_matter_unclosed"
    IMPORT_STOPPED = "import_stopped"
    ITEM_TOO_LARGE = "item_too_large"
    JSON_INVALID = "json_invalid"
    LINE_INVALID = "line_invalid"
    NAME_MISSING = "name_missing"
    NAME_TOO_LONG = "name_too_long"
    NOT_AN_EXPORT = "not_an_export"
    NOT_A_FILE = "not_a_file"
    NOT_UTF8 = "not_utf8"
    PATH_TOO_LONG = "path_too_long"
    POST_INVALID = "post_invalid"
    PROFILE_INVALID = "profile_invalid"
    TITLE_MISSING = "title_missing"
    UNREADABLE = "unreadable"
    VALUE_INVALID = "value_invalid"
    XML_INVALID = "xml_invalid"

    # Notes
    ALIAS_INVALID = "alias_invalid"
    ALIAS_TAKEN = "alias_taken"
    ALIASES_TOO_MANY = "aliases_too_many"
    AUTHOR_MAPPED = "author_mapped"
    AUTHOR_MISSING = "author_missing"
    AUTHOR_NOT_MAPPED = "author_not_mapped"
    BYLINE_SPLIT = "byline_split"
    CODE_REMOVED = "code_removed"
    COMMENT_MOVED = "comment_moved"
    COMMENT_SHORTENED = "comment_shortened"
    COMMENT_SKIPPED = "comment_skipped"
    CONTENT_MISSING = "content_missing"
    CONTENT_WITHOUT_HTML = "content_without_html"
    DATE_FROM_PATH = "date_from_path"
    DATE_INVALID = "date_invalid"
    DATE_MISSING = "date_missing"
    EDITED_IN_BLOG = "edited_in_blog"
    EMBED_LINKED = "embed_linked"
    FILE_GONE = "file_gone"
    FILE_RENAMED = "file_renamed"
    FOLDER_EMPTY = "folder_empty"
    FOLDER_NOT_ENTERED = "folder_not_entered"
    HIDDEN = "hidden"
    HTML_KEPT = "html_kept"
    HTML_REMOVED = "html_removed"
    IMAGE_NOT_ABSOLUTE = "image_not_absolute"
    KEY_DUPLICATED = "key_duplicated"
    KEY_UNREAD = "key_unread"
    LEFT_OUT = "left_out"
    LINK_MISSING = "link_missing"
    METADATA_TOO_LARGE = "metadata_too_large"
    NOT_MARKDOWN = "not_markdown"
    PICTURE_INVALID = "picture_invalid"
    PICTURE_MISSING = "picture_missing"
    PICTURE_OUTSIDE = "picture_outside"
    PICTURE_TOO_LARGE = "picture_too_large"
    PROFILE_COMPLETED = "profile_completed"
    PROFILE_PART_INVALID = "profile_part_invalid"
    REDIRECT_ADDED = "redirect_added"
    REDIRECT_SKIPPED = "redirect_skipped"
    SECTION_PAGE = "section_page"
    SLUG_WITH_LANGUAGE = "slug_with_language"
    STATUS_CHANGED = "status_changed"
    TEMPLATE_CODE = "template_code"
    TITLE_FROM_NAME = "title_from_name"
    VALUE_SHORTENED = "value_shortened"
    VALUE_SKIPPED = "value_skipped"


class Note(NamedTuple):
    """A note on a line of a file. Lines are counted from 1."""

    code: Code
    detail: str
    line: int = 1


class Tally(NamedTuple):
    """An occurrence of something. The report has one note on all equal ones, with their number."""

    code: Code
    detail: str
    line: int = 1


class Refused(Exception):
    """A file or a part of it cannot be imported."""

    def __init__(self, code: Code, detail: str, line: int = 1) -> None:
        super().__init__(f"line {line}: {detail}")
        self.code, self.detail, self.line = code, detail, line
