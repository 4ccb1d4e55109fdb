"""The OpenAPI document of a service: from the handlers' signatures, with what they take and refuse filled in.

Handlers decode bodies themselves, to name every wrong field, so a handler says in its `opt` what its body is:
`opt=described(body=Submission, problems=(400, 401))`.
"""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, Example, License, SecurityScheme, Tag
from litestar.params import PathParameter
from litestar.types import ControllerRouterHandler, Method
from litestar.types.internal_types import PathParameterDefinition

from highscores.domain.problems import Problem
from highscores.web.answers import PROBLEM_JSON, encode_json
from highscores.web.openapi_3_0 import as_3_0

_BODY, _EXAMPLES, _PROBLEMS = "openapi_body", "openapi_examples", "openapi_problems"
_HEADERS, _QUERY, _ANSWERS = "openapi_headers", "openapi_query", "openapi_answers"
# Of parameters by name, in JSON Schema.
Schemas = dict[str, dict[str, Any]]

INT32_MAX = 2**31 - 1

_REF = "#/components/schemas/{name}"
_EVERYWHERE = (406, 503)
API_KEY: list[dict[str, list[str]]] = [{"apiKey": []}]  # a handler's `security` when a key is needed
API_KEY_OR_NONE: list[dict[str, list[str]]] = [{}, {"apiKey": []}]

_MEANING = {
    400: "The body is not JSON: malformed, empty, NaN, nested too deep. `detail` says what is wrong, and where.",
    401: "No API key, or one that is not known.",
    403: "The API key lacks the scope.",
    404: "There is no such board, player, document or job.",
    406: "The client does not accept JSON.",
    409: "The board has submissions, so this rule cannot change.",
    413: "The body is too large.",
    415: "The body is not declared as JSON, or is compressed.",
    422: "A field or parameter is wrong; each is named in `errors`.",
    429: "Too many requests: wait as long as `Retry-After` says.",
    503: "Not possible now: try again after `Retry-After`, with the same idempotency key.",
}


_ANSWERED_HEADERS: Schemas = {
    "ETag": {"description": "The version, for `If-None-Match`.", "schema": {"type": "string"}},
    "Location": {"description": "Where the job is told, the first of several.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
    "WWW-Authenticate": {"description": "`Bearer`.", "schema": {"type": "string"}},
}


def described(
    *,
    body: type[msgspec.Struct] | None = None,
    examples: dict[str, Any] | None = None,
    problems: tuple[int, ...] = (),
    headers: Schemas | None = None,
    query: Schemas | None = None,
    answers: dict[int, Any] | None = None,
) -> dict[str, Any]:
    """The `opt` of a handler: the type of its body with examples by name, statuses of its problems, the schemas of
    headers and query parameters that it reads by itself (each with its `description`, and `required` where it is), and
    examples of its answers by status (the framework would leave out their nulls)."""
    return {
        _BODY: body,
        _EXAMPLES: examples or {},
        _PROBLEMS: problems,
        _HEADERS: headers or {},
        _QUERY: query or {},
        _ANSWERS: answers or {},
    }


def described_path(schema: dict[str, Any], description: str, *, example: str) -> Any:
    """A parameter in a path that the framework takes as it is: what does not fit is the path of nothing, and no 422."""
    kept = {name: value for name, value in schema.items() if name != "type"}
    return PathParameter(description=description, examples=[Example(value=example)], schema_extra=kept)


class ApiDocument:
    """What one service says of itself, at paths that are routed to it: in OpenAPI 3.1, and in 3.0 for older tools."""

    def __init__(self, *, title: str, description: str, path: str, tags: Sequence[Tag] = ()) -> None:
        self.path = path
        self.path_3_0 = f"{path.removesuffix('.json')}-3.0.json"
        self._title = title
        self._description = description
        self._tags = list(tags)
        self._encoded: dict[str, bytes] = {}

    def encoded(
        self, path: str, route_handlers: Sequence[ControllerRouterHandler], dependencies: Mapping[str, Provide]
    ) -> bytes:
        """Return the document at one of the paths as JSON; both are made when one is first asked for."""
        if not self._encoded:
            document = self._make(route_handlers, dependencies)
            self._encoded = {self.path: encode_json(document), self.path_3_0: encode_json(as_3_0(document))}
        return self._encoded[path]

    def _make(
        self, route_handlers: Sequence[ControllerRouterHandler], dependencies: Mapping[str, Provide]
    ) -> dict[str, Any]:
        # An application of its own, since the framework would serve the document below a path of its own choice.
        app = Litestar(
            route_handlers=route_handlers,
            dependencies=dict(dependencies),
            openapi_config=self._config(),
            logging_config=None,
        )
        document: dict[str, Any] = app.openapi_schema.to_schema()
        schemas = document["components"].setdefault("schemas", {})
        _add_schema(schemas, Problem)
        for route in app.routes:
            for handler in getattr(route, "route_handlers", ()):
                operations = document["paths"].get(getattr(route, "path_format", ""))
                if operations and isinstance(handler, HTTPRouteHandler):
                    for method in handler.http_methods:
                        if operation := operations.get(method.lower()):
                            _complete(operation, handler.opt, schemas)
                            if (answer := _answer_type(handler)) is not None:
                                _add_schema(schemas, answer)
        _refine(document)
        return document

    def _config(self) -> OpenAPIConfig:
        return OpenAPIConfig(
            title=self._title,
            version=version("highscores-common"),
            description=self._description,
            tags=self._tags,
            license=License(name="MIT", identifier="MIT"),
            use_handler_docstrings=True,
            operation_id_creator=_operation_id,
            components=Components(
                security_schemes={"apiKey": SecurityScheme(type="http", scheme="bearer", description="An API key.")}
            ),
            render_plugins=[JsonRenderPlugin()],
        )


def _operation_id(handler: HTTPRouteHandler, _method: Method, _path: list[str | PathParameterDefinition]) -> str:
    """Return the handler's name as code generators for most languages write names of functions."""
    first, *others = handler.fn.__name__.split("_")
    return first + "".join(word.capitalize() for word in others)


def _complete(operation: dict[str, Any], opt: dict[str, Any], schemas: dict[str, Any]) -> None:
    operation["responses"].pop("400", None)  # the framework's own idea of an error
    for status in sorted({*opt.get(_PROBLEMS, ()), *_EVERYWHERE}):
        operation["responses"][str(status)] = {
            "description": _MEANING[status],
            "content": {PROBLEM_JSON.decode(): {"schema": {"$ref": _REF.format(name=Problem.__name__)}}},
        }
    for status, response in operation["responses"].items():
        if headers := _headers_of(status, operation["responses"]):
            response["headers"] = {
                name: {"required": is_always_there, **_ANSWERED_HEADERS[name]}
                for name, is_always_there in headers.items()
            }
    for place, schemas_by_name in (("header", opt.get(_HEADERS, {})), ("query", opt.get(_QUERY, {}))):
        for name, schema in schemas_by_name.items():
            shape = dict(schema)
            about = {"required": shape.pop("required", False), "description": shape.pop("description")}
            operation.setdefault("parameters", []).append({"name": name, "in": place, **about, "schema": shape})
    for status, example in opt.get(_ANSWERS, {}).items():
        operation["responses"][str(status)]["content"]["application/json"]["example"] = example
    if body := opt.get(_BODY):
        _add_schema(schemas, body)
        content: dict[str, Any] = {"schema": {"$ref": _REF.format(name=body.__name__)}}
        if examples := opt[_EXAMPLES]:
            content["examples"] = {name: {"value": value} for name, value in examples.items()}
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}


def _headers_of(status: str, responses: Mapping[str, Any]) -> dict[str, bool]:
    """Return which headers tell a client more about the answer with this status, of an operation with these answers,
    and whether each is always there."""
    match status:
        case "200" | "304" if "304" in responses:
            return {"ETag": True}
        case "202" if "200" in responses:
            return {"Location": False, "Retry-After": True}  # a version may come that no job brings
        case "202":
            return {"Location": True}
        case "401":
            return {"WWW-Authenticate": True}
        case "429" | "503":
            return {"Retry-After": True}
    return {}


def _answer_type(handler: HTTPRouteHandler) -> type[msgspec.Struct] | None:
    """Return what `Response[...]` of a handler holds: msgspec tells more of it than the framework does."""
    held = [inner.annotation for inner in handler.parsed_fn_signature.return_type.inner_types]
    return next((kind for kind in held if isinstance(kind, type) and issubclass(kind, msgspec.Struct)), None)


def _refine(node: Any) -> None:
    """Leave out of patterns what only Python needs (elsewhere, `$` matches at the end alone), and say of integers that
    32 bits are too few: generators of code take no more unless they are told."""
    if isinstance(node, dict):
        if isinstance(pattern := node.get("pattern"), str):
            node["pattern"] = pattern.replace(r"$(?!\n)", "$")
        if node.get("type") == "integer" and node.get("maximum", INT32_MAX + 1) > INT32_MAX:
            node["format"] = "int64"
        for inner in node.values():
            _refine(inner)
    elif isinstance(node, list):
        for inner in node:
            _refine(inner)


def _add_schema(schemas: dict[str, Any], struct: type[msgspec.Struct]) -> None:
    _, components = msgspec.json.schema_components([struct], ref_template=_REF)
    schemas.update(components)
