"""Comments: `threads` reads them, `write` and `moderation` change them, `showing` keeps placeholders for replies."""
