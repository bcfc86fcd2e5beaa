"""Queries for pictures."""
