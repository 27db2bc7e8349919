"""Puts this checkout on the path of its own .venv: no build, no network, and a change counts at once."""

import configparser
import shutil
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

_LAUNCHER = """#!/bin/sh
'''exec' "$(dirname "$0")/python" "$0" "$@"
' '''
import sys
from {module} import {function}
sys.exit({function}())
"""


class _Names(configparser.ConfigParser):
    def optionxform(self, optionstr: str) -> str:
        """Keep the names' upper and lower case."""
        return optionstr


def main() -> None:
    """Write the .pth file, the launchers, and the metadata by which entry points are found."""
    root = Path(__file__).resolve().parent.parent
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    site = Path(sysconfig.get_path("purelib"))
    (site / "newsroom_digest.pth").write_text(f"{root}\n", encoding="utf-8")
    _write_metadata(site, project, _version(root / "digest" / "__init__.py"))
    for name, target in project["scripts"].items():
        _write_launcher(Path(sys.executable).parent / name, target)


def _version(file: Path) -> str:
    line = next(line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("__version__"))
    return line.split('"')[1]


def _write_metadata(site: Path, project: dict[str, Any], version: str) -> None:
    for old in site.glob("newsroom_digest-*.dist-info"):
        shutil.rmtree(old)
    info = site / f"newsroom_digest-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {version}\n", encoding="utf-8"
    )
    (info / "INSTALLER").write_text("make\n", encoding="utf-8")
    (info / "RECORD").write_text("", encoding="utf-8")
    entries = _Names(delimiters=("=",))
    entries.read_dict({"console_scripts": project["scripts"], **project["entry-points"]})
    with (info / "entry_points.txt").open("w", encoding="utf-8") as file:
        entries.write(file)


def _write_launcher(file: Path, target: str) -> None:
    module, _, function = target.partition(":")
    file.write_text(_LAUNCHER.format(module=module, function=function), encoding="utf-8")
    file.chmod(0o755)


main()
