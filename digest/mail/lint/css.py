"""As much of CSS as a mail uses: declarations and rules go in as text, names and values come out; what cannot be read is left out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SEMICOLON = re.compile(r""";(?![^("']*[)"'])""")  # not one inside url(…) or a string
_FONT = re.compile(r"(?P<size>\d*\.?\d+(?:px|pt|em|rem|%))\s*(?:/\s*[\w.%]+)?\s")
_HEX = re.compile(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})\b", re.IGNORECASE)
_RGB = re.compile(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)\s*(?:[,/]\s*([\d.]+%?)\s*)?\)", re.IGNORECASE)
_NAMED = {"white": (255, 255, 255), "black": (0, 0, 0), "red": (255, 0, 0), "gray": (128, 128, 128)}
_TO_PX = {"px": 1.0, "pt": 4 / 3}
Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Value:
    """One declaration's value, without its `!important`."""

    text: str
    important: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a style element: the conditions around it, joined, its selector and its declarations."""

    media: str
    selector: str
    declarations: Mapping[str, Value]


def declarations(style: str) -> dict[str, Value]:
    """Read the inside of a style attribute or of a rule; later declarations win."""
    found: dict[str, Value] = {}
    for declaration in _SEMICOLON.split(_COMMENT.sub("", style)):
        name, colon, value = declaration.partition(":")
        if colon and name.strip():
            plain = re.sub(r"\s*!\s*important\s*$", "", value.strip(), flags=re.IGNORECASE)
            found[name.strip().lower()] = Value(plain, important=plain != value.strip())
    return found


def rules(css: str) -> Iterator[Rule]:
    """Yield the rules of a style element in order, those inside @media with their condition."""
    yield from _rules(_COMMENT.sub("", css), "")


def _rules(css: str, media: str) -> Iterator[Rule]:
    at = 0
    while (opened := css.find("{", at)) >= 0:
        closed = _closing(css, opened)
        prelude = css[at:opened].rpartition(";")[2].strip()
        inside = css[opened + 1 : closed]
        if prelude.startswith(("@media", "@supports")):
            yield from _rules(inside, f"{media} {prelude}".strip())
        elif not prelude.startswith("@"):
            yield Rule(media, prelude, declarations(inside))
        at = closed + 1


def _closing(css: str, opened: int) -> int:
    depth = 0
    for found in re.finditer(r"[{}]", css[opened:]):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return opened + found.start()
    return len(css)


def color(text: str) -> Rgb | None:
    """Return red, green and blue (0–255) of the first opaque colour in a value; None where it names none that we can read."""
    if found := _HEX.search(text):
        digits = found[0][1:]
        wide = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)  # noqa: PLR2004 -- rrggbb
        return int(wide[0:2], 16), int(wide[2:4], 16), int(wide[4:6], 16)
    if (found := _RGB.search(text)) and found[4] in (None, "1", "1.0", "100%"):
        return int(found[1]), int(found[2]), int(found[3])
    return next((rgb for word in re.findall(r"[a-z]+", text.lower()) if (rgb := _NAMED.get(word))), None)


def font_size(style: Mapping[str, Value]) -> str | None:
    """Return the size that a style gives to its text, as it is written."""
    if size := style.get("font-size"):
        return size.text
    font = style.get("font")
    found = _FONT.search(font.text + " ") if font else None
    return found["size"] if found else None


def pixels(size: str, around: float) -> float | None:
    """Return a size in CSS pixels; em and % count from `around`, the size of the text around. None where it cannot be read."""
    found = re.fullmatch(r"(\d*\.?\d+)(px|pt|em|rem|%)?", size.strip().lower())
    if not found:
        return None
    number, unit = float(found[1]), found[2]
    if unit in _TO_PX:
        return number * _TO_PX[unit]
    if unit == "%":
        return around * number / 100
    return number * (16 if unit == "rem" else around) if unit else 0.0


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast of two colours, 1–21 (WCAG 2.2, “contrast ratio”)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(rgb: Rgb) -> float:
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb]  # noqa: PLR2004
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
