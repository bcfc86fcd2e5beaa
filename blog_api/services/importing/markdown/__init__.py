"""Read posts from a folder of Markdown files."""
