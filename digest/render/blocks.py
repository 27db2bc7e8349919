"""An edition's content and a look → its frozen blocks: one Jinja render of everything, one inlining, one cut at the marks."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jinja2
from markupsafe import Markup

from digest import errors
from digest.render import names, texts, views
from digest.render.environment import render
from digest.values import Block, EditionContent, Look

_MARK = re.compile(r"<!--s:([\w-]+)-->(.*?)<!--/s:\1-->", re.DOTALL)
_LINES = "\n"  # blanks at the edges are meant: “ · also in News”
Inline = Callable[[str], str]


def draw(environment: jinja2.Environment, inline: Inline, content: EditionContent, look: Look) -> tuple[Block, ...]:
    """Return the blocks of one look in a stable order. Raises TemplateError, also when a template draws too little."""
    context = views.context(content, look)
    html = cut_at_marks(framed(inline(source(environment, look, "html", context))))
    text = cut_at_marks(source(environment, look, "txt", context))
    _check(f"{look.template}/body.html", html, _expected_html(content))
    _check(f"{look.template}/body.txt", text, _expected_text(content))
    return tuple(Block(name, html.get(name, ""), text.get(name, "")) for name in {**html, **text})


def source(environment: jinja2.Environment, look: Look, kind: str, context: Mapping[str, Any]) -> str:
    """Return the one document that holds every piece between its marks, not yet inlined."""
    piece = _html_piece if kind == "html" else _text_piece
    return render(environment, f"{look.template}/body.{kind}", {**context, "piece": piece})


def framed(document: str) -> str:
    """Return an HTML document with the two marks that cannot stand in one: before the doctype and after the end."""
    return f"<!--s:{names.OPEN}-->{document}<!--/s:{names.CLOSE}-->"


def cut_at_marks(document: str) -> dict[str, str]:
    """Return the pieces of a document by their names; a piece that is drawn twice counts once."""
    pieces: dict[str, str] = {}
    for found in _MARK.finditer(document):
        pieces.setdefault(found[1], found[2])
    return pieces


def _html_piece(name: str, caller: Callable[[], str]) -> Markup:
    begin = "" if name == names.OPEN else f"<!--s:{name}-->"
    end = "" if name == names.CLOSE else f"<!--/s:{name}-->"
    return Markup(f"{begin}{caller().strip(_LINES)}{end}")  # noqa: S704 -- the caller's output is escaped


def _text_piece(name: str, caller: Callable[[], str]) -> str:
    return f"<!--s:{name}-->{caller()}<!--/s:{name}-->"


def _expected_html(content: EditionContent) -> Iterable[str]:
    sections = [section.id for section in content.sections]
    yield from names.expected(names.HTML_SHELL, names.ARTICLE_HTML, sections, content.articles)
    yield from (names.kicker(section_id) for section_id in sections)
    yield from _corrections(content)


def _expected_text(content: EditionContent) -> Iterable[str]:
    sections = [section.id for section in content.sections]
    yield from names.expected(names.TEXT_SHELL, names.ARTICLE_TEXT, sections, content.articles)
    yield from (names.more(section.id) for section in content.sections if texts.clean_url(section.url))
    yield from _corrections(content)


def _corrections(content: EditionContent) -> Iterable[str]:
    corrected = (id_ for id_, one in content.articles.items() if texts.clean(one.correction))
    return (names.article(id_, names.CORRECTION) for id_ in corrected)


def _check(template: str, drawn: Mapping[str, str], expected: Iterable[str]) -> None:
    missing = next((name for name in expected if name not in drawn), None)
    if missing is not None:
        raise errors.TemplateError(
            f"{template} does not draw the piece “{missing}”.", hint="Compare it with the template “daily”."
        )
