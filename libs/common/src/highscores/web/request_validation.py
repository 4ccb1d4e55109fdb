"""Request bodies: read within a limit, decoded by type, and every wrong field named, not only the first."""

import json
import math
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Annotated, Any, Generic, NamedTuple, TypeVar, get_args, get_origin

import msgspec
from litestar import Request

from highscores.domain import problems
from highscores.domain.fields import BoardId, PlayerId, Region
from highscores.domain.problems import FieldError, ProblemError
from highscores.web.field_faults import field_fault, pointer_token
from highscores.web.json_faults import why_not_json
from highscores.web.negotiation import require_json_body, require_plain_body

REQUEST_MAX_BYTES = 8 * 1024
BATCH_MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_UNKNOWN_FIELDS_NAMED = 20  # in one object
MAX_NUMBER_DIGITS = 400

T = TypeVar("T", bound=msgspec.Struct)
Receive = Callable[[], Awaitable[Any]]

_decode_anything = msgspec.json.Decoder().decode


class Examination(NamedTuple):
    """What a wrong object holds all the same: the fields that are right, and what is wrong with the others."""

    values: dict[str, Any]
    errors: list[FieldError]


class ClientGoneError(Exception):
    """The client went away before its request was complete."""


def raw_headers(request: Request[Any, Any, Any]) -> dict[bytes, bytes]:
    """Return the headers of a framework's request as the routes that bypass it see them."""
    return dict(request.scope["headers"])


async def read_json(receive: Receive, headers: Mapping[bytes, bytes], limit: int) -> bytes:
    """Return the body of a request that brings JSON; raise the 415 or the 413 problem."""
    require_json_body(headers.get(b"content-type"))
    require_plain_body(headers.get(b"content-encoding"))
    return await read_body(receive, headers, limit)


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], limit: int) -> bytes:
    """Return the whole body; raise the 413 problem when it is longer than `limit` bytes."""
    announced = headers.get(b"content-length")
    if announced is not None and announced.isdigit() and int(announced) > limit:
        raise _too_large(limit)
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body", False) and len(body) <= limit:
        return body
    chunks = bytearray()
    while True:
        if message["type"] != "http.request":
            raise ClientGoneError
        chunks += message.get("body", b"")
        more = message.get("more_body", False)
        if len(chunks) > limit:
            raise _too_large(limit)
        if not more:
            return bytes(chunks)
        message = await receive()


class BodyDecoder(Generic[T]):
    """Decodes JSON into one struct type."""

    def __init__(self, struct: type[T]) -> None:
        self._struct = struct
        self._decode = msgspec.json.Decoder(struct).decode

    def decode(self, body: bytes) -> T:
        """Return the struct; raise the 400 problem (not JSON) or the 422 problem that names each wrong field."""
        decoded = self.decode_or_examine(body)
        if isinstance(decoded, Examination):
            raise ProblemError(problems.invalid_fields(errors=decoded.errors))
        return decoded

    def decode_or_examine(self, body: bytes) -> T | Examination:
        """Like `decode`, but return what is wrong, for a caller who has more to find fault with."""
        decoded = self.try_decode(body)
        return examine_as(parse(body), self._struct) if decoded is None else decoded

    def try_decode(self, body: bytes) -> T | None:
        """Return the struct, or None when something may be wrong: `examine_as(parse(body), ...)` tells."""
        try:
            return self._decode(body)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None


def parse(body: bytes) -> Any:
    """Return the JSON value; raise the 400 problem when the body is none, or is nested beyond reason."""
    try:
        try:
            value = _decode_anything(body)
        except msgspec.ValidationError:  # JSON, with a number beyond what a double holds
            value = json.loads(
                body, parse_constant=_refuse_constant, parse_int=_integer, parse_float=float, object_pairs_hook=dict
            )
            json.dumps(value, ensure_ascii=False).encode()  # fails on lone surrogates
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ProblemError(problems.not_json(why_not_json(body))) from error
    if is_too_deep(value):
        raise ProblemError(problems.not_json(f"The JSON is nested more than {MAX_DEPTH} levels deep."))
    return value


def examine_as(value: Any, struct: type[T], pointer: str = "#") -> T | Examination:
    """Return the struct, or what is wrong. Of a member that came twice only the last counts, unlike in `try_decode`."""
    examined = examine(value, struct, pointer)
    return examined if examined.errors else struct(**examined.values)


def examine(value: Any, struct: type[msgspec.Struct], pointer: str = "#") -> Examination:
    """Return which fields of `value` fit the struct type and what is wrong with the others."""
    if not isinstance(value, dict):
        return Examination({}, [FieldError(pointer, "must be an object")])
    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    fields = msgspec.structs.fields(struct)
    for field in fields:
        at = f"{pointer}/{field.encode_name}"
        if field.encode_name not in value:
            if field.required:
                errors.append(FieldError(at, "is missing"))
            continue
        wrong = list(_field_errors(value[field.encode_name], field.type, at))
        if wrong:
            errors += wrong
        else:
            values[field.name] = msgspec.convert(value[field.encode_name], field.type)
    known = {field.encode_name for field in fields}
    unknown = [name for name in value if name not in known][:MAX_UNKNOWN_FIELDS_NAMED]
    errors += [FieldError(f"{pointer}/{pointer_token(name)}", "is not a field of this request") for name in unknown]
    return Examination(values, errors)


def is_too_deep(value: Any) -> bool:
    """Tell whether JSON is nested deeper than MAX_DEPTH, without recursion of its own."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [inner for outer in level for inner in _children(outer)]
        if not level:
            return False
    return True


def is_board_id(text: str) -> bool:
    return _fits(text, BoardId)


def is_player_id(text: str) -> bool:
    return _fits(text, PlayerId)


def is_region(text: str) -> bool:
    return _fits(text, Region)


def _field_errors(value: Any, kind: Any, pointer: str) -> Iterator[FieldError]:
    item = _struct_item(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from examine(value, kind, pointer).errors
    elif item is not None and isinstance(value, list):
        try:
            msgspec.convert(value, Annotated[list[Any], *get_args(kind)[1:]])  # its length alone
        except msgspec.ValidationError as error:
            yield FieldError(pointer, field_fault(error, kind)[1])
        else:
            for index, inner in enumerate(value):
                yield from examine(inner, item, f"{pointer}/{index}").errors
    else:
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            below, detail = field_fault(error, kind)
            yield FieldError(pointer + below, detail)
        else:
            if _holds_infinity(value):
                yield FieldError(pointer, "holds a number out of range")


def _struct_item(kind: Any) -> type[msgspec.Struct] | None:
    """Return the struct type of the items when `kind` is an annotated list, or tuple of any length, of structs."""
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if get_origin(bare) not in (list, tuple):
        return None
    item = get_args(bare)[0]
    return item if isinstance(item, type) and issubclass(item, msgspec.Struct) else None


def _children(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _holds_infinity(value: Any) -> bool:
    level = [value]
    while level:
        if any(isinstance(each, float) and not math.isfinite(each) for each in level):
            return True
        level = [inner for outer in level for inner in _children(outer)]
    return False


def _fits(text: str, kind: Any) -> bool:
    try:
        msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return False
    return True


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_NUMBER_DIGITS else math.inf


def _too_large(limit: int) -> ProblemError:
    return ProblemError(problems.too_large(f"The body may have at most {limit} bytes."))
