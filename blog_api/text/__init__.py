"""Pure functions on text: Markdown front matter, slugs, search queries, dates."""
