"""The committed bundles of the live figures are those of the present JavaScript sources."""

import gzip
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from samlib.live._figure import BUNDLES
from scripts.bundle_figures import BUNDLE, CHECKS, INSTALL, SOURCES, run

SCRIPTS = sorted(file.name for file in BUNDLES.glob("*.js"))


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundles made anew from a copy of the sources, with the packages pinned in package-lock.json."""
    folder = tmp_path_factory.mktemp("figures")
    shutil.copytree(SOURCES, folder / "js", ignore=shutil.ignore_patterns("node_modules"))
    run([INSTALL, [*BUNDLE, str(folder / "bundles")]], folder / "js")
    return folder / "bundles"


def test_bundles_are_in_step_with_their_sources(rebuilt: Path) -> None:
    committed, made = ({file.name: file.read_bytes() for file in folder.iterdir()} for folder in (BUNDLES, rebuilt))
    assert sorted(committed) == sorted(made)
    stale = [name for name in made if made[name] != committed[name]]
    assert not stale, f"{', '.join(stale)}: older than samlib/live/js; run `make figures`"


def test_a_wrong_type_and_a_loose_name_in_the_sources_are_found(rebuilt: Path) -> None:
    sources = rebuilt.parent / "js"
    run(CHECKS, sources)
    (sources / "views" / "wrong.js").write_text('export const wrong = Math.sqrt("four");\n')
    with pytest.raises(subprocess.CalledProcessError, match="tsc"):
        run(CHECKS[:1], sources)
    (sources / "views" / "wrong.js").write_text("export const wrong = () => undeclared;\n")
    with pytest.raises(subprocess.CalledProcessError, match="eslint"):
        run(CHECKS[1:], sources)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_bundle_is_small_licensed_and_has_one_export(name: str) -> None:
    source = (BUNDLES / name).read_text(encoding="utf-8")
    # One figure brings mathjs, which reads the reader's formula.
    assert len(gzip.compress(source.encode(), 9)) <= (54_000 if name == "your_loss.js" else 36_000)
    assert "Copyright Mike Bostock" in source
    assert re.search(r"export\s*\{\s*[\w$]+ as default\s*\};?\s*$", source)
    assert len(re.findall(r"\bexport\b", source)) == 1
    # "from samlib import" and "import numpy as np" stand in the Python that a figure shows.
    forbidden = r"(?<!from samlib )\bimport\b(?! numpy as np)|\beval\(|new Function|https?://(?!www\.w3\.org/)"
    assert not re.search(forbidden, source)
