"""Reads the routing table that nginx and the chart share."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from highscores_local.errors import StackError

ROUTES_FILE = Path("charts/highscores/routes.yaml")

PlainPath = Annotated[str, msgspec.Meta(pattern=r"^/([a-z0-9]+(/[a-z0-9]+)*)?$")]


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    path: PlainPath
    match: Literal["Exact", "Prefix"]
    service: Literal["post_score", "get_scores", "get_jobs"]


class RouteTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    routes: tuple[Route, ...]


def load(repository: Path) -> tuple[Route, ...]:
    """The table of the clone at `repository`."""
    file = repository / ROUTES_FILE
    try:
        return msgspec.yaml.decode(file.read_bytes(), type=RouteTable).routes
    except (OSError, msgspec.MsgspecError) as error:
        raise StackError(f"The routing table {file} cannot be read: {error}") from error
