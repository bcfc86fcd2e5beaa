"""The queries: what is read and written. crud flushes, and never commits."""
