"""A folder of templates → rendered text; whatever goes wrong in a template names the template, the line and the variable."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from digest import errors

_FAULTS = (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def packaged_templates() -> Path:
    """Return the folder of the templates that came with the software: in the wheel, else beside the source."""
    package = Path(__file__).resolve().parents[1]
    in_wheel = package / "_templates"
    return in_wheel if in_wheel.is_dir() else package.parent / "templates"


def mail_environment(templates: Path) -> jinja2.Environment:
    """Return the Jinja environment of the mail templates below `templates`/email, sandboxed and strict."""
    return ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader(templates / "email"),
        undefined=jinja2.StrictUndefined,
        autoescape=jinja2.select_autoescape(enabled_extensions=("html",), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render(environment: jinja2.Environment, name: str, context: Mapping[str, Any]) -> str:
    """Render one template. Raises TemplateError naming the template, the line and what is wrong."""
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
