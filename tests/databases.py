"""Tests that one database will do for."""

import pytest

# What is tested is decided before any database is asked, or after it.
on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
