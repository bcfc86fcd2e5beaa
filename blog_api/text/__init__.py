"""Pure functions on text: front matter, slugs, search queries, dates and so on."""
