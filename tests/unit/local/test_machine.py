import os
import platform
from pathlib import Path

import pytest

from highscores_local import binaries, machine
from highscores_local.errors import StackError

CHROMIUM = Path(".cache/ms-playwright/chromium-1255/chrome-linux64/chrome")


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The only directory in which programs are found; the home directory is empty."""
    directory = tmp_path / "system"
    directory.mkdir()
    monkeypatch.setenv("PATH", f"{directory}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    monkeypatch.delenv("DEBIAN_FRONTEND", raising=False)
    monkeypatch.setattr(binaries, "find", lambda name: next(iter(directory.glob(name)), None))
    return directory


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose playwright and whose installer of packages write down how they were called."""
    clone = tmp_path / "clone"
    make_program(clone / "bin/install-packages", f'echo "$@" >{clone}/packages')
    make_program(
        clone / ".venv/bin/playwright",
        f'echo "$@" $DEBIAN_FRONTEND >>{clone}/fetched\n[ "$1" = install ] || exit 0\n'
        f"mkdir -p ~/{CHROMIUM.parent}\n>~/{CHROMIUM}",
    )
    return clone


def make_program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def run_on(monkeypatch: pytest.MonkeyPatch, distribution: str) -> None:
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": distribution})


def test_debian_has_packages_of_curl_and_the_browser(
    monkeypatch: pytest.MonkeyPatch, system: Path, clone: Path
) -> None:
    run_on(monkeypatch, "debian")

    machine.install(clone, machine.missing_page_packages())
    machine.fetch_browser(clone)

    assert (clone / "packages").read_text() == "curl chromium\n"
    assert not (clone / "fetched").exists()


@pytest.mark.parametrize("uid", [0, 1000])
def test_on_ubuntu_playwright_fetches_the_browser_once(
    monkeypatch: pytest.MonkeyPatch, system: Path, clone: Path, capsys: pytest.CaptureFixture[str], uid: int
) -> None:
    run_on(monkeypatch, "ubuntu")
    monkeypatch.setattr(os, "getuid", lambda: uid)
    make_program(system / "sudo", f'echo sudo >>{clone}/fetched\nexec "$@"')

    machine.install(clone, machine.missing_page_packages())
    machine.fetch_browser(clone)

    assert (clone / "packages").read_text() == "curl\n"
    assert (clone / "fetched").read_text().splitlines() == [
        *(["sudo"] if uid else []),
        "install-deps chromium noninteractive",
        "install --no-shell chromium",
    ]
    assert machine.browser() == Path(os.environ["HOME"]) / CHROMIUM
    assert "180 MB" in capsys.readouterr().out

    (clone / "fetched").unlink()
    machine.fetch_browser(clone)
    assert not (clone / "fetched").exists()


@pytest.mark.parametrize("stub", ["chromium", "chromium-browser"])
def test_what_ubuntu_calls_chromium_is_no_browser(
    monkeypatch: pytest.MonkeyPatch, system: Path, clone: Path, stub: str
) -> None:
    """It asks snap for one, whose confinement lets no test look at it."""
    make_program(system / stub, "echo requires the chromium snap to be installed >&2; exit 1")

    run_on(monkeypatch, "ubuntu")
    assert machine.browser() is None
    run_on(monkeypatch, "debian")
    assert machine.browser() == system / stub


def test_google_chrome_will_do(monkeypatch: pytest.MonkeyPatch, system: Path, clone: Path) -> None:
    make_program(system / "google-chrome", "exit 0")
    make_program(system / "curl", "exit 0")
    run_on(monkeypatch, "ubuntu")

    machine.install(clone, machine.missing_page_packages())
    machine.fetch_browser(clone)

    assert machine.browser() == system / "google-chrome"
    assert not (clone / "packages").exists()
    assert not (clone / "fetched").exists()


@pytest.mark.parametrize("script", ["echo no mirror; exit 1", "echo no mirror"], ids=["fails", "fetches nothing"])
def test_a_browser_that_cannot_be_fetched_says_what_else_will_do(
    monkeypatch: pytest.MonkeyPatch, system: Path, clone: Path, capfd: pytest.CaptureFixture[str], script: str
) -> None:
    make_program(clone / ".venv/bin/playwright", script)
    make_program(system / "sudo", 'exec "$@"')
    run_on(monkeypatch, "ubuntu")

    with pytest.raises(StackError, match="install Google Chrome"):
        machine.fetch_browser(clone)

    assert "no mirror" in capfd.readouterr().out


def test_who_may_not_install_is_told_so(monkeypatch: pytest.MonkeyPatch, system: Path, clone: Path) -> None:
    run_on(monkeypatch, "ubuntu")
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    monkeypatch.setenv("PATH", str(system))

    with pytest.raises(StackError, match="'sudo' is not installed"):
        machine.fetch_browser(clone)


def test_a_folder_of_browsers_that_is_named_is_looked_into(
    monkeypatch: pytest.MonkeyPatch, system: Path, tmp_path: Path
) -> None:
    run_on(monkeypatch, "ubuntu")
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "browsers"))
    make_program(tmp_path / "browsers/chromium-1255/chrome-linux64/chrome", "exit 0")

    assert machine.browser() == tmp_path / "browsers/chromium-1255/chrome-linux64/chrome"
