"""Pure functions on text: nothing here knows of Flask, the database or the disk."""
