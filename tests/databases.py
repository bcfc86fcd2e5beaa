"""A marker for tests that need only one database."""

import pytest

# The tested behaviour does not depend on the database.
on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
