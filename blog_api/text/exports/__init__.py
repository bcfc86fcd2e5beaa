"""The files of exports: posts as Markdown with front matter, from which nothing is lost."""
