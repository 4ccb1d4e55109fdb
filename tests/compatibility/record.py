"""Records samples of what this version writes: `python -m tests.compatibility.record` into the newest folder.

Before the first release, and whenever nothing that was written by the folder's version is kept anywhere, its samples
may be recorded anew. Afterwards a changed form gets a new folder (`--new`), and the older ones stay: they must be read.
"""

import json
import sys
from pathlib import Path

from tests.compatibility.cases import samples

SAMPLES = Path(__file__).resolve().parent / "samples"


def versions() -> list[Path]:
    """Return the folders of all versions, the oldest first."""
    return sorted((folder for folder in SAMPLES.iterdir() if folder.is_dir()), key=lambda folder: int(folder.name))


def record(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name, found in samples().items():
        text = json.dumps(found, indent=1, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    newest = versions()[-1]
    record(SAMPLES / str(int(newest.name) + 1) if "--new" in sys.argv else newest)
