"""Write a blog to a folder."""
