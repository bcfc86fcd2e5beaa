"""The OpenAPI document, generated from schemas and views."""
