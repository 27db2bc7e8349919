"""HTML with a style element → the same HTML with its rules inlined, small, and without any look at the network."""

import logging
import re
import threading
from collections.abc import Iterable

import cssutils
from premailer import Premailer

cssutils.log.setLevel(logging.CRITICAL)
cssutils.ser.prefs.minimizeColorHash = False  # #aa2211 must stay six digits: Notes and classic Outlook misread #a21

_LOCK = threading.Lock()  # cssutils keeps state in its module
_STYLE_BLOCK = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.DOTALL)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CLASS_IN_RULE = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_CLASS = re.compile(r' class="([^"]*)"')
_STYLE = re.compile(r' style="([^"]*)"')
_BETWEEN_TAGS = re.compile(r">\s+<")


class _Offline(Premailer):  # type: ignore[misc]  # premailer ships no types
    """Premailer that never fetches: `allow_network=False` alone still follows @import through cssutils."""

    def _parse_css_string(self, css_body: str, validate: bool = True) -> object:  # noqa: FBT001 -- premailer's own signature
        parser = cssutils.CSSParser(fetcher=_nothing, validate=validate)
        return parser.parseString(css_body, validate=validate)

    def _load_external(self, url: str) -> str:
        del url
        return ""


def inline_css(html: str) -> str:
    """Return `html` with the rules of its style elements inlined; elements marked data-premailer="ignore" stay as they are.

    Classes that no kept rule names, CSS comments and white space between tags are dropped.
    """
    with _LOCK:
        inlined = _Offline(
            html,
            keep_style_tags=False,
            strip_important=False,
            remove_classes=False,
            include_star_selectors=False,
            align_floating_images=False,
            disable_basic_attributes=["width", "height"],
            disable_validation=True,
            cssutils_logging_level=logging.CRITICAL,
            cache_css_parsing=False,
            allow_network=False,
        ).transform(pretty_print=False)
    return shrink(str(inlined))


def shrink(html: str) -> str:
    """Drop what no client reads: unused classes, comments and blanks in CSS, white space between tags."""
    html = _STYLE_BLOCK.sub(lambda found: found[1] + _small_css(found[2]) + found[3], html)
    kept = frozenset(_kept_classes(found[2] for found in _STYLE_BLOCK.finditer(html)))
    html = _TAG.sub(lambda found: _small_tag(found[0], kept), html)
    return _BETWEEN_TAGS.sub("><", html).strip()


def _nothing(url: str) -> tuple[str, bytes]:
    """Stand in for cssutils' fetcher: every sheet is empty."""
    del url
    return "utf-8", b""


def _kept_classes(blocks: Iterable[str]) -> Iterable[str]:
    for block in blocks:
        yield from _CLASS_IN_RULE.findall(block)


def _small_css(css: str) -> str:
    css = " ".join(_CSS_COMMENT.sub("", css).split())
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r":\s+", ":", css)).replace(";}", "}")


def _small_tag(tag: str, kept: frozenset[str]) -> str:
    tag = _STYLE.sub(lambda found: f' style="{_small_declarations(found[1])}"', tag)
    return _CLASS.sub(lambda found: _small_classes(found[1], kept), tag)


def _small_declarations(style: str) -> str:
    return re.sub(r"([;:,])\s+", r"\1", style).rstrip("; ")


def _small_classes(names: str, kept: frozenset[str]) -> str:
    left = [name for name in names.split() if name in kept]
    return f' class="{" ".join(left)}"' if left else ""
