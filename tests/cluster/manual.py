"""The commands of a page of docs/, as they stand there: what people are told to type is what is run."""

import re
import textwrap

from tests.cluster.kube import REPOSITORY, run

COMMANDS_TIMEOUT_S = 180.0


class Manual:
    """A page whose first block of commands sets NAMESPACE and RELEASE, and defines what the others use."""

    def __init__(self, page: str, namespace: str, release: str) -> None:
        self._text = (REPOSITORY / "docs" / page).read_text(encoding="utf-8")
        self._preamble = re.sub(
            r"NAMESPACE=\w+ RELEASE=\w+", f"NAMESPACE={namespace} RELEASE={release}", _block(self._text)
        )
        assert f"RELEASE={release}" in self._preamble

    def step(self, number: int, **replaced: str) -> str:
        """Run the commands of a numbered step; return what was printed."""
        return self.paragraph(f"{number}. ", **replaced)

    def paragraph(self, title: str, **replaced: str) -> str:
        """Run the first block of commands after these words in bold, without lines that are for other installations."""
        _, found, rest = self._text.partition(f"\n**{title}")
        assert found, f"nothing begins with {title!r}"
        commands = [line for line in _block(rest).splitlines() if not re.search(r"#.*\bwithout\b", line)]
        return self.run("\n".join(commands), **replaced)

    def row(self, purpose: str) -> str:
        """Run the command of a row of a table, found by the words in its first column."""
        match = re.search(rf"^\| {re.escape(purpose)} \| `([^`]+)` \|$", self._text, re.MULTILINE)
        assert match, f"there is no row {purpose!r}"
        return self.run(match[1])

    def run(self, commands: str, **replaced: str) -> str:
        for pattern, value in replaced.items():
            assert pattern in commands, f"{pattern} is not in {commands}"
            commands = commands.replace(pattern, value)
        script = f"set -euo pipefail\n{self._preamble}\n{commands}"
        return run("bash", "-c", script, timeout_s=COMMANDS_TIMEOUT_S)


def _block(text: str) -> str:
    """The first block of indented lines."""
    match = re.search(r"(?:^    .*\n|^\n(?=    ))+", text, re.MULTILINE)
    assert match, text
    return textwrap.dedent(match[0])
