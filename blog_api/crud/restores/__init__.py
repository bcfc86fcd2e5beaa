"""Insert what exports have of a blog besides its posts."""
