"""Import an export of JSON lines."""
