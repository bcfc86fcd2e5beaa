"""Restore what exports of both formats contain: tags, redirects, pictures, and profiles of authors."""
