"""Import of folders of Markdown files."""
