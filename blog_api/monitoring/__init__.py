"""Logs and metrics, independent of the database and HTTP."""
