"""Binder's environment, as repo2docker writes it down; no container is built."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from repo2docker import buildpacks
from repo2docker.buildpacks import PythonBuildPack

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def dockerfile(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(ROOT)
    pack = PythonBuildPack("docker.io/library/buildpack-deps:24.04")
    pack.platform = "linux/amd64"
    assert pack.detect()
    assert pack.python_version == "3.12", (
        "runtime.txt names the newest Python that repo2docker's base image was seen with"
    )
    return pack.render({})


def test_binder_installs_the_pins_and_samlib_and_runs_post_build(dockerfile: str) -> None:
    steps = ['pip install --no-cache-dir -r "requirements.txt"', "pip install --no-cache-dir .", "./postBuild"]
    positions = [dockerfile.find(step) for step in steps]
    assert -1 not in positions, dict(zip(steps, positions, strict=True))
    assert positions == sorted(positions)


def test_the_chapters_are_tested_in_the_jupyterlab_of_binders_base_image() -> None:
    lock = Path(buildpacks.__file__).parent / "conda" / "environment.py-3.12-linux-64.lock"
    base = dict(re.findall(r"/([a-z0-9_-]+)-([0-9.]+)-[^-/]+\.conda", lock.read_text(encoding="utf-8")))
    named = [Requirement(line) for line in _lines("tests/jupyter/requirements.in") if "==" in line]
    assert {"jupyterlab", "notebook"} <= {pin.name for pin in named}
    for pin in named:
        held = base.get(pin.name) or base[pin.name.replace("-", "_")]
        assert str(pin.specifier) == f"=={held}"
    # Binder installs requirements.txt over its base image.
    assert _without_markers("requirements.txt") | set(map(str, named)) <= _without_markers(
        "tests/jupyter/requirements.txt"
    )


def test_no_folder_hides_the_top_level_files_from_binder() -> None:
    assert not (ROOT / "binder").exists()
    assert not (ROOT / ".binder").exists()


def test_post_build_makes_jupytext_the_viewer_of_chapters(tmp_path: Path) -> None:
    assert os.access(ROOT / "postBuild", os.X_OK), "Binder runs postBuild only with its executable bit"
    subprocess.run([ROOT / "postBuild"], cwd=ROOT, env={**os.environ, "NB_PYTHON_PREFIX": str(tmp_path)}, check=True)
    settings = json.loads((tmp_path / "share/jupyter/lab/settings/overrides.json").read_text(encoding="utf-8"))
    viewer = settings["@jupyterlab/docmanager-extension:plugin"]["defaultViewers"]["markdown"]
    # The name under which the pinned jupytext registers its viewer; any other opens chapters as raw text.
    extension = Path(sys.prefix) / "share/jupyter/labextensions/jupyterlab-jupytext/static"
    assert any(f'"{viewer}"' in file.read_text(encoding="utf-8") for file in extension.glob("*.js"))


def test_requirements_pin_every_dependency_and_hold_no_test_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    pins = {pin.name: pin for pin in map(Requirement, _lines("requirements.txt"))}

    for line in project["dependencies"] + extras["book"]:
        asked = Requirement(line)
        (version,) = pins[asked.name].specifier
        assert version.operator == "=="
        assert asked.specifier.contains(version.version), f"{pins[asked.name]} is not {asked}: run `make requirements`"
    assert not {Requirement(line).name for line in extras["test"]} & pins.keys()


def test_the_test_environment_holds_the_readers_pins() -> None:
    assert _without_markers("requirements.txt") <= _without_markers("requirements-dev.txt")


def _without_markers(name: str) -> set[str]:
    return {line.partition(";")[0].strip() for line in _lines(name)}


def _lines(name: str) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
