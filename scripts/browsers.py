"""How a browser for the tests is found and installed: what `find_chromium` and `find_firefox` have in common."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

Command = list[str]


def nowhere() -> Iterable[Path]:
    """No further places."""
    return ()


@dataclass(frozen=True)
class Browser:
    """A browser, the places it may be in, and the ways to install it.

    `variable` is the setting of the environment that names one, `commands` are its names on PATH, `mac` its place on a
    Mac, `elsewhere` gives the places to look in last. `package` is Debian's; `installer` is a command that installs the
    browser on other systems, where there is one.
    """

    name: str
    variable: str
    commands: tuple[str, ...]
    mac: Path
    package: str
    elsewhere: Callable[[], Iterable[Path]] = nowhere
    installer: tuple[str, ...] = ()

    def find(self) -> Path | None:
        """The first that starts of: the one that `variable` names, on PATH, in /Applications, elsewhere; else None.

        Raises RuntimeError where the named one does not start: it is never replaced by another.
        """
        return next(filter(starts, self._candidates()), None)

    def install(self) -> Path:
        """Installs the browser and returns its path; raises RuntimeError, saying what was tried, if none comes of it.

        On Debian as root the distribution's package comes first, since it brings the system's libraries as well.
        """
        attempts: list[list[Command]] = []
        if is_debian() and os.geteuid() == 0:
            apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
            attempts.append([[*apt, "update"], [*apt, "install", "--yes", "--no-install-recommends", self.package]])
        if self.installer:
            attempts.append([list(self.installer)])
        for commands in attempts:
            print(f"Installing {self.name} with {commands[-1][0]} …", file=sys.stderr, flush=True)
            if all(succeeds(command) for command in commands) and (path := self.find()):
                return path
        tried = "; ".join(" ".join(commands[-1]) for commands in attempts) or "nothing, for want of a way"
        raise RuntimeError(f"{self.missing}\nNone could be installed (tried: {tried}).")

    @property
    def missing(self) -> str:
        """What to say where there is none, and what to do then."""
        command = self.package
        return (
            f"No {self.name} was found: install it (on Debian: apt-get install {command}), "
            f"or name one: make test {self.variable}=/path/to/{command}"
        )

    def _candidates(self) -> Iterator[Path]:
        if named := os.environ.get(self.variable):
            if not starts(Path(named)):
                raise RuntimeError(f"{self.variable} names {named!r}, which does not start.")
            yield Path(named)
        for command in self.commands:
            if found := shutil.which(command):
                yield Path(found)
        yield self.mac
        yield from self.elsewhere()


def starts(path: Path) -> bool:
    """Whether the program at `path` can say its version."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def is_debian() -> bool:
    """Whether this system calls itself Debian."""
    release = Path("/etc/os-release")
    return release.is_file() and "ID=debian" in release.read_text(encoding="utf-8").splitlines()


def succeeds(command: Command) -> bool:
    """Runs an installer, without questions and within ten minutes."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        # What an installer prints goes to standard error: the output of the finders is a path.
        finished = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, timeout=600, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return finished.returncode == 0
