"""Feeds and sitemaps: what they show, and their formats."""
