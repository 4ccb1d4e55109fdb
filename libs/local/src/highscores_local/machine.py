"""What this machine still lacks, and how it gets it: bin/install-packages, which says what it does."""

import platform
import subprocess
from pathlib import Path

from highscores_local import binaries
from highscores_local.errors import StackError

INSTALLER = Path("bin/install-packages")
INSTALL_TIMEOUT_S = 900
PLAYWRIGHT_BROWSERS = Path("~/.cache/ms-playwright")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def missing_server_packages() -> list[str]:
    """The Debian packages of the servers that cannot be found."""
    found = {
        "postgresql": binaries.find_postgres("postgres") and binaries.find_postgres("initdb"),
        "rabbitmq-server": binaries.find_rabbitmq("rabbitmq-server") and binaries.find("epmd"),
        "redis-server": binaries.find("redis-server"),
        "nginx": binaries.find("nginx"),
    }
    return [package for package, program in found.items() if program is None]


def browser() -> Path | None:
    """The Chromium for the end-to-end test: the system's, else one that `playwright install chromium` has fetched."""
    of_system = (binaries.find(name) for name in BROWSERS)
    of_playwright = sorted(PLAYWRIGHT_BROWSERS.expanduser().glob("chromium-*/chrome-linux*/chrome"), reverse=True)
    return next((found for found in (*of_system, *of_playwright) if found is not None), None)


def missing_browser_packages() -> list[str]:
    """As missing_server_packages. StackError on Ubuntu, whose package of that name only asks snap for the browser."""
    if browser() is not None:
        return []
    if platform.freedesktop_os_release().get("ID") == "ubuntu":
        raise StackError(
            "The end-to-end test needs a Chromium, which Ubuntu has as a snap only. Install Google Chrome, or run:\n"
            "    .venv/bin/playwright install --with-deps chromium"
        )
    return ["chromium"]


def missing_prometheus_packages() -> list[str]:
    """As missing_server_packages, for the tests of alerts and dashboards."""
    return [] if binaries.find("prometheus") and binaries.find("promtool") else ["prometheus"]


def install(repository: Path, packages: list[str]) -> None:
    """Install `packages`, or raise StackError with what the person should do. Nothing is done when none is wanted."""
    if not packages:
        return
    try:
        result = subprocess.run([str(repository / INSTALLER), *packages], timeout=INSTALL_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise StackError(f"Installing {' '.join(packages)} took longer than {INSTALL_TIMEOUT_S} s.") from error
    if result.returncode != 0:
        raise StackError(f"These packages are needed: {' '.join(packages)}")
