"""What this machine still lacks, and how it gets it: bin/install-packages, which says what it does."""

import subprocess
from pathlib import Path

from highscores_local import binaries
from highscores_local.errors import StackError

INSTALLER = Path("bin/install-packages")
INSTALL_TIMEOUT_S = 900
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


def missing_browser_packages() -> list[str]:
    return [] if any(binaries.find(name) for name in BROWSERS) else ["chromium"]


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
