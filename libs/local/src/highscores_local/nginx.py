"""A private nginx in front of the services; its routes come from the table that the chart uses too."""

from dataclasses import dataclass
from pathlib import Path
from string import Template

from highscores_local import binaries, probe
from highscores_local.home import Home
from highscores_local.ports import LOOPBACK, Ports
from highscores_local.program import Program
from highscores_local.routes import Route

TEMPLATE_FILE = Path("nginx.conf")
STOP_WAIT_S = 15
UPSTREAM_KEEPALIVE_CONNECTIONS = 64


class NginxTemplate(Template):
    """nginx has taken the dollar sign, so %{name} marks what is filled in."""

    delimiter = "%"


@dataclass(frozen=True, slots=True)
class Nginx:
    home: Home
    ports: Ports
    routes: tuple[Route, ...]
    repository: Path

    @property
    def directory(self) -> Path:
        return self.home.run / "nginx"

    def configure(self) -> None:
        template = NginxTemplate((self.repository / TEMPLATE_FILE).read_text(encoding="utf-8"))
        services = sorted({route.service for route in self.routes})
        self.home.write(
            "nginx.conf",
            template.substitute(
                run=self.directory,
                listen=f"{LOOPBACK}:{self.ports.page}",
                upstreams="\n".join(upstream(service, getattr(self.ports, service)) for service in services),
                locations="\n".join(locations(route) for route in self.routes),
            ),
        )

    def initialise(self) -> None:
        self.home.user.own(self.directory)

    def program(self) -> Program:
        return Program(
            name="nginx",
            argv=(
                str(binaries.require(binaries.find("nginx"), "nginx")),
                "-e",
                "stderr",
                "-p",
                str(self.directory),
                "-c",
                str(self.home.conf / "nginx.conf"),
            ),
            directory=self.directory,
            check=lambda: probe.http_ok(self.ports.page, "/v1/boards"),
            stop_signal="QUIT",  # finish the requests in hand
            stop_wait_s=STOP_WAIT_S,
        )


def upstream(service: str, port: int) -> str:
    """One service as nginx knows it. Idle connections end before the service would end them under a request's feet."""
    return (
        f"    upstream {service} {{\n"
        f"        server {LOOPBACK}:{port} max_fails=0;\n"
        f"        keepalive {UPSTREAM_KEEPALIVE_CONNECTIONS};\n"
        f"        keepalive_timeout 10s;\n"
        f"    }}"
    )


def locations(route: Route) -> str:
    """The nginx locations with the meaning of the Kubernetes path type: a prefix ends at a segment's end."""
    if route.match == "Exact":
        return _location(f"= {route.path}", route.service)
    if route.path == "/":
        return _location("/", route.service)
    return "\n".join(
        [_location(f"= {route.path}", route.service), _location(f"^~ {route.path}/", route.service)],
    )


def _location(match: str, service: str) -> str:
    return f"        location {match} {{ proxy_pass http://{service}; }}"
