"""Queries for posts. Every statement starts from a condition of policies/posts.py."""
