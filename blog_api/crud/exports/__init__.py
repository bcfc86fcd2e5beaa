"""Queries for exports: all rows by id, in batches."""
