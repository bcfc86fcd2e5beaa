"""Queries for exports: everything in the order of ids, in batches."""
