"""Folders of templates → rendered text; whatever goes wrong in a template names the template, the line and the variable."""

from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import jinja2
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.sandbox import ImmutableSandboxedEnvironment

from digest import errors

_FAULTS = (
    *(jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
    *(MemoryError, OverflowError, RecursionError),
)
_MOST_TURNS = 1_000_000  # of all loops in one rendering; an edition of seventy articles takes about a thousand
_LONGEST = 1_000_000  # characters that `*` may make of a text
_turns: ContextVar[int] = ContextVar("turns", default=0)


def packaged_templates() -> Path:
    """Return the folder of the templates that came with the software: in the wheel, else beside the source."""
    package = Path(__file__).resolve().parents[1]
    in_wheel = package / "_templates"
    return in_wheel if in_wheel.is_dir() else package.parent / "templates"


class _CountedLoops(Extension):
    """Has each turn of each loop counted, so that no template can keep a morning from coming."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Put a call behind the beginning of each loop, on its line."""
        inside = False
        previous = ""
        for token in stream:
            yield token
            inside = inside or (previous == "block_begin" and token.test("name:for"))
            previous = token.type
            if inside and token.type == "block_end":
                inside = False
                for kind, value in _CALL:
                    yield Token(token.lineno, kind, value)


_CALL = (("variable_begin", ""), ("name", "_turn"), ("lparen", "("), ("rparen", ")"), ("variable_end", ""))


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which a text cannot be made endless either."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 -- Jinja's own
        """Refuse to multiply what would become huge. Raises SecurityError."""
        if operator == "**":
            raise SecurityError("powers are not for templates")
        for text, times in ((left, right), (right, left)):
            if isinstance(text, str | list | tuple) and isinstance(times, int) and len(text) * times > _LONGEST:
                raise SecurityError("that text would be too long")
        return super().call_binop(context, operator, left, right)


def mail_environment(*folders: Path) -> jinja2.Environment:
    """Return the Jinja environment of the mail templates below each folder's `email`, the first that has a file; sandboxed and strict."""
    environment = _Sandbox(
        loader=jinja2.FileSystemLoader([folder / "email" for folder in folders]),
        undefined=jinja2.StrictUndefined,
        autoescape=jinja2.select_autoescape(enabled_extensions=("html",), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=[_CountedLoops],
    )
    environment.globals["_turn"] = _turn
    return environment


def _turn() -> str:
    """Count one turn of a loop. Raises SecurityError when there were too many."""
    _turns.set(_turns.get() + 1)
    if _turns.get() > _MOST_TURNS:
        raise SecurityError("its loops have no end")
    return ""


def render(environment: jinja2.Environment, name: str, context: Mapping[str, Any]) -> str:
    """Render one template. Raises TemplateError naming the template, the line and what is wrong."""
    _turns.set(0)
    try:
        return environment.get_template(name).render(context)
    except _FAULTS as error:
        raise _explained(environment, name, error) from error


def _explained(environment: jinja2.Environment, name: str, error: Exception) -> errors.TemplateError:
    if isinstance(error, jinja2.TemplateNotFound):
        return errors.TemplateError(
            f"There is no templates/email/{error.name}.", hint="Put it there, or name another template."
        )
    where, line = _place(environment, name, error)
    what = str(error).strip().rstrip(".") or type(error).__name__
    if isinstance(error, LookupError):
        what = f"{what} is not known"
    return errors.TemplateError(f"{where}, line {line}: {what}.", hint="Mend that line; the last good edition stays.")


def _place(environment: jinja2.Environment, name: str, error: Exception) -> tuple[str, int]:
    """Find the innermost template line of an error: Jinja writes the lines of templates into the traceback."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.name or name, error.lineno
    found, line = name, 0
    trace = error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if inside := _inside(environment, file):
            found, line = inside, trace.tb_lineno
        trace = trace.tb_next
    return found, line


def _inside(environment: jinja2.Environment, file: Path) -> str:
    loader = environment.loader
    folders = loader.searchpath if isinstance(loader, jinja2.FileSystemLoader) else []
    for folder in folders:
        if file.is_relative_to(folder):
            return file.relative_to(folder).as_posix()
    return ""
