"""Requests to URLs that somebody else chose. They reach only public addresses."""
