"""Cursors and pages for lists."""
