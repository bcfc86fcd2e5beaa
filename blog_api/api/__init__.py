"""The request pipeline: parsing, ETags, idempotency keys, response cache, OpenAPI and error responses."""
