"""The queries: the only code that reads and writes the database. It flushes and never commits."""
