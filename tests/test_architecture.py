"""The rules of ARCHITECTURE.md that a machine can watch: who may import whom, who opens transactions, how large a file grows."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import digest

_PACKAGE = Path(digest.__file__).parent
_ROOT = _PACKAGE.parent
_MOST_LINES = 450

_OPENS_TRANSACTIONS = (
    "digest/pipeline",
    "digest/web",
    "digest/store/writer.py",  # the thread in which the pipeline's last looks are committed in groups
)
_READS_THE_CLOCK = (
    "digest/clock.py",
    "digest/providers/maildir.py",  # a file's name in a Maildir begins with the second in which it was written
)
_CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
_WRITTEN_ONCE = "digest/store/migrations/versions/"


def test_imports_go_down_never_up_or_sideways() -> None:
    """The contracts stand in pyproject.toml; this is `lint-imports` itself."""
    program = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [program, "--no-logo", "--no-cache"], cwd=_ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_only_pipeline_and_web_open_transactions() -> None:
    """A stage is given the session of its caller, so that what belongs together is written together."""
    openers = {file for file in _files() for call in _calls(file) if _name(call.func)[-1] == "writing"}
    assert "digest/pipeline/planning.py" in openers
    assert sorted(file for file in openers if not file.startswith(_OPENS_TRANSACTIONS)) == []


def test_only_the_clock_reads_the_time() -> None:
    """The time comes in as an argument, so that any morning can be run again."""
    readers = {file for file in _files() for call in _calls(file) if ".".join(_name(call.func)[-2:]) in _CLOCKS}
    assert "digest/clock.py" in readers
    assert sorted(readers - set(_READS_THE_CLOCK)) == []


def test_files_stay_small() -> None:
    """One that does not is split along one of the words of CONTEXT.md."""
    lengths = {file: len(_text(file).splitlines()) for file in _files() if not file.startswith(_WRITTEN_ONCE)}
    assert "digest/values/states.py" in lengths
    assert {file: lines for file, lines in lengths.items() if lines > _MOST_LINES} == {}


def test_a_module_opens_with_a_sentence() -> None:
    """What comes in, what goes out."""
    openings = {file: (ast.get_docstring(_tree(file)) or "").partition("\n")[0] for file in _files()}
    assert openings["digest/clock.py"]
    assert {file: opening for file, opening in openings.items() if not opening.endswith(".")} == {}


def _files() -> Iterator[str]:
    """Yield the program's files as the rules name them: `digest/clock.py`."""
    return (file.relative_to(_ROOT).as_posix() for file in _PACKAGE.rglob("*.py"))


def _text(file: str) -> str:
    return (_ROOT / file).read_text(encoding="utf-8")


def _tree(file: str) -> ast.Module:
    return ast.parse(_text(file), filename=file)


def _calls(file: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(_tree(file)) if isinstance(node, ast.Call))


def _name(node: ast.expr) -> tuple[str, ...]:
    """Return the dotted name of what is called, as its parts: `datetime.datetime.now` is three."""
    if isinstance(node, ast.Attribute):
        return (*_name(node.value), node.attr)
    return (node.id,) if isinstance(node, ast.Name) else ("",)
