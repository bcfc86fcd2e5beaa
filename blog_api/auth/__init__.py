"""Who is asking: tokens, access rules of routes, rate limits and the audit trail."""
