"""The feed of changes: `recording` inserts them, `numbering` gives them positions, `feed` reads them."""
