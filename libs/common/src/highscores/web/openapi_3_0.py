"""OpenAPI 3.1 said in 3.0.3, which many generators of client code still want.

3.1 takes JSON Schema as it is, 3.0 an older dialect: no type `null`, no `const`, one example instead of a list, nothing
beside a reference, no list without its items.
"""

from collections.abc import Mapping
from typing import Any

VERSION = "3.0.3"

_DATA = frozenset({"default", "enum", "example", "value"})  # what stands below is no schema, whatever it looks like
_NULL = {"nullable": True, "enum": [None]}  # the type `null`, once it is converted
_UNKNOWN = frozenset({"propertyNames"})  # without it less is said, and nothing wrong


def as_3_0(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document in the older form."""
    converted: dict[str, Any] = {**_convert(document), "openapi": VERSION}
    if "license" in converted["info"]:
        name = converted["info"]["license"]["name"]
        converted["info"] = {**converted["info"], "license": {"name": name}}
    return converted


def _convert(node: Any) -> Any:
    if isinstance(node, list):
        return [_convert(each) for each in node]
    if not isinstance(node, Mapping):
        return node
    converted = {name: _convert_member(name, value) for name, value in node.items() if _is_known(name, value)}
    for convert in (_convert_alternatives, _convert_types, _convert_const, _convert_examples, _convert_reference):
        converted = convert(converted)
    return converted


def _is_known(name: str, value: Any) -> bool:
    return name not in _UNKNOWN and not (name == "required" and value == [])  # 3.0 has no list of nothing there


def _convert_member(name: str, value: Any) -> Any:
    if name in _DATA:
        return value
    if name == "properties" and isinstance(value, Mapping):
        return {field: _convert(schema) for field, schema in value.items()}  # a field may be called like a keyword
    return _convert(value)


def _convert_alternatives(schema: dict[str, Any]) -> dict[str, Any]:
    for keyword in ("oneOf", "anyOf"):
        ways = schema.get(keyword)
        if isinstance(ways, list) and (real := [way for way in ways if way != _NULL]) != ways:
            rest = _without(schema, keyword)
            if len(real) > 1:
                return {**rest, keyword: real, "nullable": True}
            return {**(real[0] if real else {}), **rest, "nullable": True}
    return schema


def _convert_types(schema: dict[str, Any]) -> dict[str, Any]:
    types = schema.get("type")
    if types == "array":
        return {"items": {}, **schema}
    if not isinstance(types, list):
        return {**_without(schema, "type"), **_NULL} if types == "null" else schema
    real = [kind for kind in types if kind != "null"]
    rest = _without(schema, "type")
    if real != types:
        rest["nullable"] = True
    return {**rest, "type": real[0]} if len(real) == 1 else {**rest, "anyOf": [{"type": kind} for kind in real]}


def _convert_const(schema: dict[str, Any]) -> dict[str, Any]:
    if "const" not in schema:
        return schema
    return {**_without(schema, "const"), "enum": [schema["const"]]}


def _convert_examples(schema: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(schema.get("examples"), list):
        return schema  # those of a parameter or a body have names, in both versions
    rest = _without(schema, "examples")
    return {**rest, "example": schema["examples"][0]} if schema["examples"] else rest


def _convert_reference(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema or len(schema) == 1:
        return schema
    return {**_without(schema, "$ref"), "allOf": [{"$ref": schema["$ref"]}]}


def _without(schema: dict[str, Any], keyword: str) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != keyword}
