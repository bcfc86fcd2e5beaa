"""The OpenAPI document, put together from schemas and views."""
