"""Alembic environment, revisions, and helpers for changing large tables."""
