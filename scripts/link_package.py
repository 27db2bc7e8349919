"""Puts this checkout on the path of its own .venv: no build, no network, and changes count at once."""

import configparser
import sys
import sysconfig
import tomllib
from pathlib import Path

_LAUNCHER = """#!{python}
import sys
from {module} import {function}
sys.exit({function}())
"""


def main() -> None:
    """Write the .pth file, the launcher, and the metadata by which entry points are found."""
    root = Path(__file__).resolve().parent.parent
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = (root / project["name"].removeprefix("newsroom-") / "__init__.py").read_text(encoding="utf-8").split('"')[-2]
    site = Path(sysconfig.get_path("purelib"))
    (site / "newsroom_digest.pth").write_text(f"{root}\n", encoding="utf-8")
    info = site / f"newsroom_digest-{version}.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {version}\n", encoding="utf-8")
    entries = configparser.ConfigParser(delimiters=("=",))
    entries.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    entries.read_dict({"console_scripts": project["scripts"], **project["entry-points"]})
    with (info / "entry_points.txt").open("w", encoding="utf-8") as file:
        entries.write(file)
    for name, target in project["scripts"].items():
        module, _, function = target.partition(":")
        launcher = Path(sys.executable).parent / name
        launcher.write_text(
            _LAUNCHER.format(python=sys.executable, module=module, function=function), encoding="utf-8"
        )
        launcher.chmod(0o755)


main()
