"""A service that knows its site."""

from tests.sites import _site, site

__all__ = ["_site", "site"]
