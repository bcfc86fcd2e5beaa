"""The request pipeline: parsing, ETags, idempotency keys, kept replies, OpenAPI and error replies."""
