"""A terminal that a test looks at: a shell in tmux, keys in, the visible screen out."""

import os
import pathlib
import re
import subprocess

from lab.process import SLOWNESS, in_namespace
from lab.wait import until

COLUMNS, LINES = 260, 40
PROMPT = "screen> "


class Screen:
    """bash in a tmux server of its own, on a machine of the lab. `close` ends both."""

    def __init__(self, folder: pathlib.Path, namespace: str | None, environment: dict[str, str]):
        self._socket = folder / "tmux"
        start = folder / "screen.bashrc"
        start.write_text(f"PS1='{PROMPT}'\nbind 'set bell-style none'\nbind 'set show-all-if-ambiguous on'\nunset NO_COLOR\n")
        # Not what a person has configured for themselves.
        wanted = {key: value for key, value in os.environ.items() if not key.startswith(("TMUX", "LC_", "LANG"))}
        self._environment = wanted | environment | {"LC_ALL": "C.UTF-8", "TERM": "xterm"}
        self._environment.pop("NO_COLOR", None)
        shell = in_namespace(namespace, ["bash", "--noprofile", "--rcfile", str(start), "-i"])
        self._tmux("-f", "/dev/null", "new-session", "-d", "-s", "test", "-x", str(COLUMNS), "-y", str(LINES), *shell)
        self.shows(re.escape(PROMPT.rstrip()), within=20)

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(["tmux", "-u", "-S", str(self._socket), *words], env=self._environment, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30 * SLOWNESS)
        assert done.returncode == 0, f"tmux {' '.join(words)}: {done.stdout}"
        return done.stdout

    def text(self) -> str:
        """What a person sees now, lines without trailing blanks."""
        return "\n".join(line.rstrip() for line in self._tmux("capture-pane", "-p", "-t", "test").splitlines()).rstrip()

    def keys(self, *keys: str) -> None:
        """Presses keys by their names: "Tab", "C-c", "Enter"."""
        self._tmux("send-keys", "-t", "test", *keys)

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-t", "test", "-l", text)

    def enter(self, line: str) -> None:
        """Runs a command on a screen that is empty before."""
        self._tmux("send-keys", "-t", "test", "-R")
        self.type(line)
        self.keys("Enter")

    def shows(self, pattern: str, within: float = 60) -> re.Match:
        """Waits until the screen has what the regular expression describes."""

        def look() -> re.Match:
            text = self.text()
            found = re.search(pattern, text, re.M)
            assert found, f"the screen:\n{text}"
            return found

        return until(look, within, f"{pattern!r} on the screen")

    def shows_prompt(self, within: float = 60) -> str:
        """Waits until the shell asks for the next command, and returns the screen."""
        self.shows(rf"\n{re.escape(PROMPT.rstrip())}$", within)
        return self.text()

    def close(self) -> None:
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
