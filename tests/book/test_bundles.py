"""The committed bundles of the live figures are those of the present JavaScript sources."""

import gzip
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from samlib.live._figure import BUNDLES
from scripts.bundle_figures import SOURCES, node_folder

SCRIPTS = sorted(file.name for file in BUNDLES.glob("*.js"))


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundles made anew from a copy of the sources, with the packages pinned in package-lock.json."""
    folder = tmp_path_factory.mktemp("figures")
    shutil.copytree(SOURCES, folder / "js", ignore=shutil.ignore_patterns("node_modules"))
    path = os.pathsep.join((str(node_folder()), os.environ.get("PATH", "")))
    for command in (["npm", "ci", "--no-audit", "--no-fund"], ["node", "build.mjs", str(folder / "bundles")]):
        program = shutil.which(command[0], path=path) or command[0]
        ran = subprocess.run(
            [program, *command[1:]],
            cwd=folder / "js",
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, f"{' '.join(command)}\n{ran.stdout}{ran.stderr}"
    return folder / "bundles"


def test_bundles_are_in_step_with_their_sources(rebuilt: Path) -> None:
    committed, made = ({file.name: file.read_bytes() for file in folder.iterdir()} for folder in (BUNDLES, rebuilt))
    assert sorted(committed) == sorted(made)
    stale = [name for name in made if made[name] != committed[name]]
    assert not stale, f"{', '.join(stale)}: older than samlib/live/js; run `make figures`"


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_bundle_is_small_licensed_and_has_one_export(name: str) -> None:
    source = (BUNDLES / name).read_text(encoding="utf-8")
    # One figure brings mathjs, which reads the reader's formula.
    assert len(gzip.compress(source.encode(), 9)) <= (50_000 if name == "your_loss.js" else 30_000)
    assert "Copyright Mike Bostock" in source
    assert re.search(r"export\s*\{\s*[\w$]+ as default\s*\};?\s*$", source)
    assert len(re.findall(r"\bexport\b", source)) == 1
    # "from samlib import" stands in the Python that a figure shows.
    assert not re.search(r"(?<!from samlib )\bimport\b|\beval\(|new Function|https?://(?!www\.w3\.org/)", source)
