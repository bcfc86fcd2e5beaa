"""Logs and metrics. Knows neither the database nor HTTP."""
