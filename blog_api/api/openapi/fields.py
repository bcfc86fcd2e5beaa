"""OpenAPI schemas of custom field types, which apispec does not know."""

from __future__ import annotations

from typing import Any

from blog_api.api.openapi.document import Json
from blog_api.schemas.fields import DelimitedList
from blog_api.schemas.nested import OneOf, ValueOrObject


def describe_fields(converter: Any) -> None:
    """Register the field types of `schemas.fields` with the converter of apispec."""
    converter.add_attribute_function(_describe_list)
    converter.add_attribute_function(_describe_variants)
    converter.add_attribute_function(_describe_value_or_object)
    converter.add_attribute_function(_rename_example)
    converter.add_parameter_attribute_function(_describe_separator)


def _describe_list(self: Any, field: Any, ret: Json) -> Json:
    if not isinstance(field, DelimitedList):
        return {}
    items = self.field2property(field.item)
    return {"type": "array", "items": items, "minItems": 1, "maxItems": field.max_items}


def _describe_variants(self: Any, field: Any, ret: Json) -> Json:
    if not isinstance(field, OneOf):
        return {}
    kinds = {name: self.resolve_nested_schema(schema) for name, schema in field.schemas.items()}
    mapping = {name: kind["$ref"] for name, kind in kinds.items()}
    return {
        "oneOf": list(kinds.values()),
        "discriminator": {"propertyName": field.discriminator, "mapping": mapping},
    }


def _describe_value_or_object(self: Any, field: Any, ret: Json) -> Json:
    if not isinstance(field, ValueOrObject):
        return {}
    return {"oneOf": [self.field2property(field.value), self.resolve_nested_schema(field.schema)]}


def _describe_separator(self: Any, field: Any, ret: Json) -> Json:
    return {"style": "form", "explode": False} if isinstance(field, DelimitedList) else {}


def _rename_example(self: Any, field: Any, ret: Json) -> Json:
    # OpenAPI 3.1 uses the `examples` list of JSON Schema and deprecates `example`.
    return {"examples": [ret.pop("example")]} if "example" in ret else {}
