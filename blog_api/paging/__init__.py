"""Cursors and pages of lists."""
