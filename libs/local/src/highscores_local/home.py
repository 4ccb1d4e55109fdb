"""Where everything of one stack lives on disk."""

from dataclasses import dataclass
from pathlib import Path

from highscores_local.identity import Identity

OPEN_DIRECTORY_MODE = 0o755  # to walk through; the files in it are closed one by one


@dataclass(frozen=True, slots=True)
class Home:
    """A state directory and the user whose processes use it.

    `conf` belongs to the caller, and the processes may only read it; `data`, `log` and `run` belong to the processes.
    """

    root: Path
    user: Identity

    @property
    def conf(self) -> Path:
        return self.root / "conf"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def run(self) -> Path:
        return self.root / "run"

    def create(self) -> None:
        """Make the directories; nothing that exists is lost."""
        for directory in (self.root, self.conf):
            directory.mkdir(parents=True, exist_ok=True)
            directory.chmod(OPEN_DIRECTORY_MODE)
        for directory in (self.data, self.log, self.run):
            self.user.own(directory)

    def write(self, name: str, text: str) -> Path:
        """Write the settings file `name` into `conf`: readable by the processes, writable by the caller alone."""
        file = self.conf / name
        temporary = file.with_name(f".{name}.new")
        temporary.unlink(missing_ok=True)
        temporary.touch(mode=0o600)
        temporary.write_text(text, encoding="utf-8")
        self.user.let_read(temporary)
        return temporary.replace(file)
