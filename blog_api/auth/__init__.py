"""Authentication: tokens, access rules of routes, rate limits and the audit log."""
