"""Queries of webhooks: `endpoints` for the API, `queue` for the worker, `content` for the messages."""
