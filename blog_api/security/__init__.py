"""Passwords, counters for limits, and networks of clients."""
