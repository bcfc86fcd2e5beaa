"""Import posts from Markdown files, and from exports of other services and of this one."""
