"""What is shipped: the locks hold every dependency and name no registry, and the wheel holds what the program reads."""

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).parent.parent
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
_LOCKS = ["requirements.lock", "requirements-dev.lock", "tools.lock"]
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", re.MULTILINE)


def _pins(lock: str) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in _PIN.findall(_text(lock))}


def _text(file: str) -> str:
    return (_ROOT / file).read_text(encoding="utf-8")


def _wanted() -> dict[str, list[str]]:
    project = _PROJECT["project"]
    runtime = [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    return {"requirements.lock": runtime, "requirements-dev.lock": runtime + _PROJECT["dependency-groups"]["dev"]}


@pytest.mark.parametrize("lock", sorted(_wanted()))
def test_the_lock_fits_what_pyproject_asks_for(lock: str) -> None:
    """`make lock` makes it so."""
    pins = _pins(lock)
    wanted = [Requirement(text) for text in _wanted()[lock]]
    missing = [str(one) for one in wanted if not one.specifier.contains(pins.get(canonicalize_name(one.name), "0"))]
    assert missing == []


@pytest.mark.parametrize("lock", _LOCKS)
def test_the_lock_names_no_registry_and_pins_every_file_by_hash(lock: str) -> None:
    """So that it works behind a mirror, and installs what was tested or nothing."""
    text = _text(lock)
    assert "://" not in text
    assert re.findall(r"^-.*", text, re.MULTILINE) == []
    blocks = re.split(r"\n(?=\S)", text)
    assert [block.splitlines()[0] for block in blocks if _PIN.match(block) and "--hash=sha256:" not in block] == []
    assert _pins(lock)


def test_what_the_tests_run_with_is_what_the_program_runs_with() -> None:
    """The second lock adds to the first and changes nothing in it."""
    runtime, dev = _pins("requirements.lock"), _pins("requirements-dev.lock")
    assert runtime.items() <= dev.items()


def test_every_entry_point_leads_somewhere() -> None:
    """A source, provider or engine that is named in pyproject.toml can be loaded."""
    project = _PROJECT["project"]
    groups = {"console_scripts": project["scripts"], **project["entry-points"]}
    points = [EntryPoint(name, value, group) for group, names in groups.items() for name, value in names.items()]
    assert [point.name for point in points if not callable(point.load())] == []


def test_the_wheel_holds_the_templates_and_the_migrations(tmp_path: Path) -> None:
    """Given this checkout, when a wheel is built, then everything that the program reads at run time is in it."""
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=_ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    templates = {
        f"digest/_templates/{file.relative_to(_ROOT / 'templates').as_posix()}"
        for file in (_ROOT / "templates").rglob("*")
        if file.is_file() and not file.name.startswith(".")
    }
    migrations = {
        file.relative_to(_ROOT).as_posix()
        for file in (_ROOT / "digest" / "store" / "migrations").rglob("*.py*")
        if file.suffix == ".py"
    }
    assert len(templates) > 1
    assert len(migrations) > 1
    assert (templates | migrations | {"digest/_templates/config.example.toml"}) - packed == set()
    assert [name for name in packed if name.startswith("tests/")] == []
