"""bin/install-tools up to the building, which takes minutes and the internet."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[3] / "bin"
TIMEOUT_S = 20
NEEDED = ("dirname", "grep", "mkdir", "mktemp", "rm", "sed", "tr")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with the script alone; its run-uv notes that it was asked for Go, and has none."""
    clone = tmp_path / "clone"
    (clone / "bin").mkdir(parents=True)
    shutil.copy(SCRIPTS / "install-tools", clone / "bin")
    make_program(clone / "bin/run-uv", f'echo "$@" >{clone}/asked\nexit 1')
    return clone


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """All that is on the PATH: what the script itself works with."""
    system = tmp_path / "system"
    system.mkdir()
    for name in NEEDED:
        if found := shutil.which(name):
            (system / name).symlink_to(found)
    return system


def make_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def install_tools(clone: Path, system: Path, *programs: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", clone / "bin/install-tools", *programs],
        env={"PATH": str(system)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def test_what_is_there_is_taken_without_a_word(clone: Path, system: Path) -> None:
    make_program(system / "helm", "echo v4.3")

    done = install_tools(clone, system, "helm")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (clone / ".local").exists()


def test_only_what_is_asked_for_is_built(clone: Path, system: Path) -> None:
    make_program(system / "helm", "echo v4.3")

    done = install_tools(clone, system, "helm", "k6")

    assert "To be built with Go, once: k6. " in done.stdout


def test_another_major_version_of_helm_is_not_taken(clone: Path, system: Path) -> None:
    make_program(system / "helm", "echo v3.19.0+g3d8990f")

    done = install_tools(clone, system, "helm")

    assert "To be built with Go, once: helm. " in done.stdout


def test_says_how_long_before_it_begins(clone: Path, system: Path) -> None:
    first = install_tools(clone, system, "kubeconform", "k6").stdout.splitlines()[0]

    assert first == "To be built with Go, once: kubeconform k6. That takes about 2 min on two cores."


@pytest.mark.parametrize("version", [None, "go1.19.8", "go1.25.12", "devel"])
def test_go_is_fetched_where_there_is_none_or_an_old_one(clone: Path, system: Path, version: str | None) -> None:
    if version is not None:
        make_program(system / "go", f"echo {version}")

    done = install_tools(clone, system, "k6")

    assert "--only-group go" in (clone / "asked").read_text()
    assert done.returncode == 1
    assert "Please install k6, or Go" in done.stderr
    assert not (clone / ".local/tools/go").exists()


@pytest.mark.parametrize("version", ["go1.26", "go1.26.8", "go1.30.1"])
def test_the_go_of_the_machine_is_taken(clone: Path, system: Path, version: str) -> None:
    make_program(system / "go", f'[ "$1" = env ] && echo {version} || exit 1')

    done = install_tools(clone, system, "k6")

    assert done.returncode == 1
    assert "Building k6" in done.stdout
    assert not (clone / "asked").exists()


def test_a_module_with_another_sum_is_not_built(clone: Path, system: Path) -> None:
    answer = 'printf \'{\\n\\t"Sum": "h1:other=",\\n}\\n\''
    make_program(system / "go", f'if [ "$1" = env ]; then echo go1.26.1; else {answer}; fi')

    done = install_tools(clone, system, "k6")

    assert done.returncode == 1
    assert "is h1:other=, and should be h1:" in done.stderr


def test_a_program_it_does_not_know_is_refused(clone: Path, system: Path) -> None:
    done = install_tools(clone, system, "kubectl")

    assert done.returncode == 1
    assert "install-tools knows no 'kubectl'; it knows: helm " in done.stderr
