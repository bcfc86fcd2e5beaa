"""Import a folder of Markdown files."""
