"""The commands that a reader types first, and the files that say what they are."""

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
import yaml

import samlib
from scripts import browsers, build_book, find_firefox, setup_environment
from scripts.find_chromium import CHROMIUM
from scripts.find_firefox import FIREFOX

ROOT = Path(__file__).resolve().parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


# --- finding a Python


def find_python(path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the search with nothing but `path` to look in."""
    return subprocess.run(
        ["/bin/sh", ROOT / "scripts/find_python.sh"],
        env={"PATH": str(path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def command(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def test_a_suitable_python_is_found_behind_unsuitable_ones(tmp_path: Path) -> None:
    command(tmp_path, "python3", "echo is Python 3.9.2, too old")
    command(tmp_path, "python3.13", "exit 127")
    command(tmp_path, "python3.12", f'exec "{sys.executable}" "$@"')
    assert find_python(tmp_path).stdout == "python3.12\n"


def test_without_a_suitable_python_the_message_says_what_was_found_and_what_is_needed(tmp_path: Path) -> None:
    command(tmp_path, "python3", "echo is Python 3.9.2, too old")
    outcome = find_python(tmp_path)
    assert outcome.returncode != 0
    assert outcome.stdout == ""
    for part in ("Python 3.11 or newer", "python3 is Python 3.9.2, too old", "python3.12 is not there"):
        assert part in outcome.stderr


def test_a_named_python_is_taken_or_refused_but_never_replaced(tmp_path: Path) -> None:
    spaced = tmp_path / "a folder"
    spaced.mkdir()
    command(spaced, "my python", f'exec "{sys.executable}" "$@"')
    assert find_python(tmp_path, PYTHON=str(spaced / "my python")).stdout == f"{spaced / 'my python'}\n"
    command(tmp_path, "python3", f'exec "{sys.executable}" "$@"')
    assert find_python(tmp_path, PYTHON="python9").returncode != 0


# --- the environment


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the project's pins and metadata, and an environment that passes for a complete one."""
    for name in ("pyproject.toml", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    venv.create(tmp_path / ".venv", symlinks=True)
    record = setup_environment.wanted("book", tmp_path)
    (tmp_path / ".venv" / setup_environment.RECORD).write_text(json.dumps(record), encoding="utf-8")
    return tmp_path


def test_a_complete_environment_is_ready_for_what_was_installed(project: Path) -> None:
    assert setup_environment.state("book", project) == "ready"
    assert setup_environment.state("test", project) == "outdated"


def test_new_pins_make_an_environment_outdated_and_new_tool_settings_do_not(project: Path) -> None:
    settings = project / "pyproject.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("line-length = 120", "line-length = 99"), encoding="utf-8"
    )
    assert setup_environment.state("book", project) == "ready"
    with (project / "requirements.txt").open("a", encoding="utf-8") as pins:
        pins.write("one-more==1.0\n")
    assert setup_environment.state("book", project) == "outdated"


def test_a_half_made_or_moved_environment_is_made_anew(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    moved = tmp_path_factory.mktemp("elsewhere") / "the book"
    shutil.copytree(project, moved, symlinks=True)
    assert setup_environment.state("book", moved) == "unusable"

    (project / ".venv/bin/python").unlink()
    assert setup_environment.state("book", project) == "unusable"
    venv.create(project / ".venv", symlinks=True)
    assert setup_environment.state("book", project) == "ready"
    (project / ".venv" / setup_environment.RECORD).unlink()
    assert setup_environment.state("book", project) == "unusable"


# --- the pages' fingerprint


def test_a_book_is_stale_as_soon_as_a_source_or_setting_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for source in build_book.sources():
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, tmp_path / source)
    first = build_book.fingerprint(tmp_path)
    assert first == build_book.fingerprint(ROOT)

    monkeypatch.setenv("BOOK_REPOSITORY", "https://example.org/someone/else")
    assert build_book.fingerprint(tmp_path) != first
    monkeypatch.undo()
    with (tmp_path / "chapters/index.md").open("a", encoding="utf-8") as chapter:
        chapter.write("One more sentence.\n")
    assert build_book.fingerprint(tmp_path) != first


def test_a_book_that_was_never_built_is_not_fresh(tmp_path: Path) -> None:
    assert not build_book.is_fresh(tmp_path)


# --- the package


def test_the_installed_package_holds_the_live_figures_and_not_their_sources(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(ROOT / "samlib", source / "samlib", ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXT"):
        shutil.copy(ROOT / name, source)
    build = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", tmp_path, source]
    subprocess.run([sys.executable, "-m", "pip", *build], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    bundles = {file.relative_to(ROOT).as_posix() for file in (ROOT / "samlib/live/bundles").iterdir()}
    assert bundles
    assert bundles <= held
    assert not [name for name in held if name.startswith("samlib/live/js/")]


# --- the files that say what this is


def test_the_commands_that_the_documents_name_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for document in ("README.md", "CONTRIBUTING.md", ".ci/run", ".github/workflows/book.yml"):
        named = set(re.findall(r"\bmake ([a-z-]+)", _commands(document)))
        assert named
        assert named <= targets, f"{document} names {named - targets}"


def test_make_help_lists_every_target() -> None:
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert phony is not None
    assert re.findall(r"^make ([a-z-]+)", helped, re.MULTILINE) == phony[1].split()


def test_the_readme_shows_code_that_runs() -> None:
    blocks = re.findall(
        r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})


def test_the_readmes_links_and_pictures_are_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8") + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)\)", text):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_the_package_and_all_documents_give_the_same_version() -> None:
    assert samlib.__version__ == VERSION
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == VERSION
    date = citation["date-released"].isoformat()
    assert f"## [{VERSION}] - {date}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_check_of_a_clean_checkout_can_be_started() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)


def _commands(document: str) -> str:
    """The code of a Markdown document, or the whole of any other."""
    text = (ROOT / document).read_text(encoding="utf-8")
    if not document.endswith(".md"):
        return text
    return "\n".join(re.findall(r"```sh\n.*?```|`[^`\n]+`", text, re.DOTALL))


# --- finding a browser


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH, on a system that is not Debian and names no browser."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for variable in ("CHROMIUM", "FIREFOX"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(browsers, "is_debian", lambda: False)
    return tmp_path


def without_other_places(browser: browsers.Browser, folder: Path) -> browsers.Browser:
    return dataclasses.replace(browser, mac=folder / "not there", elsewhere=browsers.nowhere, installer=())


BROWSERS = pytest.mark.parametrize("browser", [CHROMIUM, FIREFOX], ids=lambda browser: browser.name)


@BROWSERS
def test_a_browser_that_starts_is_found_behind_one_that_does_not(browser: browsers.Browser, bare: Path) -> None:
    browser = without_other_places(browser, bare)
    assert browser.find() is None
    command(bare, browser.commands[0], "exit 1")
    assert browser.find() is None
    command(bare, browser.commands[1], "exit 0")
    assert browser.find() == bare / browser.commands[1]


@BROWSERS
def test_a_named_browser_is_taken_or_refused_but_never_replaced(
    browser: browsers.Browser, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(bare, browser.commands[0], "exit 0")
    command(bare, "my browser", "exit 0")
    monkeypatch.setenv(browser.variable, str(bare / "my browser"))
    assert browser.find() == bare / "my browser"
    command(bare, "my browser", "exit 1")
    with pytest.raises(RuntimeError, match=rf"{browser.variable} names '.*my browser', which does not start"):
        browser.find()


@BROWSERS
def test_a_missing_browser_is_installed_and_found(browser: browsers.Browser, bare: Path) -> None:
    name = browser.commands[0]
    command(bare, "installer", f"printf '#!/bin/sh\\n' > '{bare / name}' && /bin/chmod 755 '{bare / name}'")
    browser = dataclasses.replace(without_other_places(browser, bare), installer=(str(bare / "installer"),))
    assert browser.install() == bare / name


@BROWSERS
def test_debian_s_package_comes_first_for_root(
    browser: browsers.Browser, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsers, "is_debian", lambda: True)
    monkeypatch.setattr(browsers.os, "geteuid", lambda: 0)
    command(bare, "apt-get", f'echo "$@" >> "{bare}/asked"')
    command(bare, "other", f'echo other >> "{bare}/asked"')
    with pytest.raises(RuntimeError, match=rf"tried: apt-get .* {browser.package}; .*/other\)"):
        dataclasses.replace(without_other_places(browser, bare), installer=(str(bare / "other"),)).install()
    update, install, other = (bare / "asked").read_text(encoding="utf-8").splitlines()
    assert update.endswith(" update")
    assert install.endswith(f" {browser.package}")
    assert other == "other"


@BROWSERS
def test_without_a_browser_the_message_says_how_to_get_one(browser: browsers.Browser, bare: Path) -> None:
    with pytest.raises(RuntimeError) as caught:
        without_other_places(browser, bare).install()
    assert f"apt-get install {browser.package}" in str(caught.value)
    assert f"make test {browser.variable}=" in str(caught.value)


def test_the_tests_go_on_without_a_firefox_but_not_with_a_wrong_one(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(find_firefox, "FIREFOX", without_other_places(FIREFOX, bare))
    monkeypatch.setattr(sys, "argv", ["find_firefox", "--install"])
    find_firefox.main()
    assert "will be skipped" in capsys.readouterr().err
    monkeypatch.setenv("FIREFOX", str(bare / "not there"))
    with pytest.raises(SystemExit, match="FIREFOX names"):
        find_firefox.main()
    monkeypatch.delenv("FIREFOX")
    monkeypatch.setattr(sys, "argv", ["find_firefox"])
    with pytest.raises(SystemExit, match="No Firefox was found"):
        find_firefox.main()
