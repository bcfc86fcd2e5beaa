"""Database queries. Functions in this package flush but never commit."""
