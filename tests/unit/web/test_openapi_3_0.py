"""OpenAPI 3.1 in the older form."""

from typing import Any

import pytest

from highscores.web.openapi_3_0 import as_3_0

REF = {"$ref": "#/components/schemas/Board"}


def converted(schema: dict[str, Any]) -> Any:
    document = {"openapi": "3.1.0", "info": {"title": "t"}, "paths": {}, "components": {"schemas": {"It": schema}}}
    return as_3_0(document)["components"]["schemas"]["It"]


@pytest.mark.parametrize(
    ("schema", "older"),
    [
        ({"oneOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string", "nullable": True}),
        ({"anyOf": [{"type": "null"}, REF], "default": 1}, {"allOf": [REF], "default": 1, "nullable": True}),
        (
            {"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
            {"oneOf": [{"type": "string"}, {"type": "integer"}], "nullable": True},
        ),
        ({"oneOf": [REF, {"type": "string"}]}, {"oneOf": [REF, {"type": "string"}]}),
        ({"type": ["string", "null"], "minLength": 1}, {"type": "string", "nullable": True, "minLength": 1}),
        ({"type": ["string", "integer"]}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ({"type": "null"}, {"nullable": True, "enum": [None]}),
        ({"type": "string", "const": "queued"}, {"type": "string", "enum": ["queued"]}),
        ({"type": "string", "examples": ["a", "b"]}, {"type": "string", "example": "a"}),
        ({**REF, "readOnly": True}, {"allOf": [REF], "readOnly": True}),
        (REF, REF),
        ({"type": "object", "propertyNames": {"enum": ["a"]}}, {"type": "object"}),
        ({"type": "object", "required": []}, {"type": "object"}),
        ({"type": "object", "required": ["a"]}, {"type": "object", "required": ["a"]}),
        ({"type": "array"}, {"type": "array", "items": {}}),
        ({"type": "array", "items": {"const": 1}}, {"type": "array", "items": {"enum": [1]}}),
        ({"properties": {"const": {"const": 1}, "type": {"type": "string"}}},
         {"properties": {"const": {"enum": [1]}, "type": {"type": "string"}}}),
        ({"default": {"const": 1}, "enum": [{"const": 1}]}, {"default": {"const": 1}, "enum": [{"const": 1}]}),
        ({"oneOf": [{"type": "string"}, {"type": "null"}], "default": None},
         {"type": "string", "nullable": True, "default": None}),
    ],
)  # fmt: skip
def test_each_word_that_is_new_is_said_in_the_older_way(schema: dict[str, Any], older: dict[str, Any]) -> None:
    assert converted(schema) == older


def test_examples_with_names_stay_and_what_they_hold_is_no_schema() -> None:
    media = {"schema": {"const": 1}, "examples": {"one": {"value": {"const": 1, "examples": [1]}}}}
    assert converted({"content": media}) == {"content": {**media, "schema": {"enum": [1]}}}


def test_the_head_is_that_of_the_older_version() -> None:
    document = {"openapi": "3.1.0", "info": {"license": {"name": "MIT", "identifier": "MIT"}}}
    assert as_3_0(document) == {"openapi": "3.0.3", "info": {"license": {"name": "MIT"}}}
    assert document["openapi"] == "3.1.0"
