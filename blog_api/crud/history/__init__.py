"""The history of posts: `snapshots` describes what is kept of a post, `recording` writes revisions."""
