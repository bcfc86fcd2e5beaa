"""Import the tables of JSON lines of an export."""
