"""What this machine still lacks, and how it gets it: bin/install-packages or playwright, which say what they do."""

import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path

from highscores_local import binaries
from highscores_local.errors import StackError

INSTALLER = Path("bin/install-packages")
PLAYWRIGHT = Path(".venv/bin/playwright")
INSTALL_TIMEOUT_S = 900
UNATTENDED = ("env", "DEBIAN_FRONTEND=noninteractive", "NEEDRESTART_SUSPEND=1")  # no question, no restarted service
PLAYWRIGHT_BROWSERS = "~/.cache/ms-playwright"
CHROME = ("google-chrome", "google-chrome-stable")
CHROMIUM = ("chromium", "chromium-browser")


def missing_server_packages() -> list[str]:
    """The Debian packages of the servers that cannot be found."""
    found = {
        "postgresql": binaries.find_postgres("postgres") and binaries.find_postgres("initdb"),
        "rabbitmq-server": binaries.find_rabbitmq("rabbitmq-server") and binaries.find("epmd"),
        "redis-server": binaries.find("redis-server"),
        "nginx": binaries.find("nginx"),
    }
    return [package for package, program in found.items() if program is None]


def missing_prometheus_packages() -> list[str]:
    """As missing_server_packages, for the tests of alerts and dashboards."""
    return [] if binaries.find("prometheus") and binaries.find("promtool") else ["prometheus"]


def missing_page_packages() -> list[str]:
    """As missing_server_packages, for the tests of the page; on Ubuntu, fetch_browser gets the browser instead."""
    missing = [] if binaries.find("curl") else ["curl"]
    return missing if browser() is not None or _is_ubuntu() else [*missing, "chromium"]


def browser() -> Path | None:
    """The Chromium for the tests of the page: the system's, else one that playwright has fetched.

    What Ubuntu calls chromium does not count: it asks snap for a browser, whose confinement keeps tests out.
    """
    of_system = (binaries.find(name) for name in (CHROME if _is_ubuntu() else CHROMIUM + CHROME))
    fetched = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", PLAYWRIGHT_BROWSERS)).expanduser()
    of_playwright = sorted(fetched.glob("chromium-*/chrome-linux*/chrome"), reverse=True)
    return next((found for found in (*of_system, *of_playwright) if found is not None), None)


def fetch_browser(repository: Path) -> None:
    """Have playwright fetch a Chromium and the libraries that it needs, where the system has no package of one."""
    if browser() is not None or not _is_ubuntu():
        return
    playwright = str(repository / PLAYWRIGHT)
    as_root = [] if os.getuid() == 0 else ["sudo"]
    print("Installing with apt-get the libraries of a browser, a minute or two", flush=True)
    succeeded = _run([*as_root, *UNATTENDED, playwright, "install-deps", "chromium"], shown=False)
    if succeeded:
        print("Fetching Chromium with playwright, 180 MB, a minute or two", flush=True)
        succeeded = _run([playwright, "install", "--no-shell", "chromium"])
    if not succeeded or browser() is None:
        raise StackError(
            "The tests of the page need a Chromium, and playwright could not fetch it. "
            "Please install Google Chrome, or try again."
        )


def install(repository: Path, packages: list[str]) -> None:
    """Install `packages`, or raise StackError with what the person should do. Nothing is done when none is wanted."""
    if packages and not _run([str(repository / INSTALLER), *packages]):
        raise StackError(f"These packages are needed: {' '.join(packages)}")


def _run(command: Sequence[str], *, shown: bool = True) -> bool:
    """Whether the installer succeeded; StackError when it never ends. What is not shown is shown if it fails."""
    output = None if shown else subprocess.PIPE
    try:
        result = subprocess.run(
            command,
            timeout=INSTALL_TIMEOUT_S,
            stdout=output,
            stderr=output and subprocess.STDOUT,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise StackError(f"The program '{error.filename}' is not installed.") from error
    except subprocess.TimeoutExpired as error:
        raise StackError(f"This took longer than {INSTALL_TIMEOUT_S} s: {' '.join(command)}") from error
    if result.returncode != 0 and result.stdout:
        print(result.stdout, end="", flush=True)
    return result.returncode == 0


def _is_ubuntu() -> bool:
    return platform.freedesktop_os_release().get("ID") == "ubuntu"
