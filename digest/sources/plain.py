"""Plain text: any characters go in, text without invisible ones, cut at words, its reading time and numbers come out."""

import itertools
import math
import re

TITLE_MAX = 500
WORDS_A_MINUTE = 265
CJK_A_MINUTE = 500
_SAMPLE = 100
# C0 but for tab and line breaks, C1, surrogates (JSON can carry half a pair), soft hyphen, zero-width space, word joiner, invisible
# operators, deprecated format characters, byte order mark, interlinear annotation, object replacement. The joiners U+200C and U+200D stay:
# Persian, Indic scripts and emoji are spelt with them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffc\ud800-\udfff]"
)
_NUMBER = re.compile(r"\s*(\d{1,9})(?:\.0+)?\s*(?:px)?\s*", re.IGNORECASE)
_WORD = re.compile(r"\w\S*")
_UNSPACED = "\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff"
_CJK = re.compile(f"[{_UNSPACED}\u1100-\u11ff\uac00-\ud7af]")
# Between two of these a line may break. Thai, Lao, Khmer and Burmese have no spaces between words either, but break only between them.
_BREAKABLE = re.compile(f"[{_UNSPACED}\u3001\u3002\uff00-\uff0f\uff1a-\uff1f]")
_LONGEST_WORD = 120  # or phrase
_JOINERS = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u200d\ufe0e\ufe0f]"
)
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_PDF, _PDI = "\u202c", "\u2069"
_ISOLATES = "\u2066\u2067\u2068"


def squeezed(text: str) -> str:
    """Fold white space, drop characters that nobody sees, and close every direction that a text leaves open."""
    return " ".join(balanced(seen(text)).split())


def seen(text: str) -> str:
    """Drop the characters that nobody sees; white space stays as it is."""
    return _UNSEEN.sub("", text)


def cut(text: str, most: int) -> str:
    """Return at most `most` characters: cut at a word, with an ellipsis, and with every direction that was opened closed again."""
    text = balanced(text)
    room = most - 1
    while len(text) > most and room > 0:
        head = text[: _break(text, room)].rstrip(" ,;:–—-.…·|/([{“«„‘¿¡\"'\u3001\u3002")
        shorter = balanced(f"{head}…")
        if len(shorter) <= most:
            return shorter
        room -= len(shorter) - most
    return text if len(text) <= most else "…"[: max(most, 0)]


def balanced(text: str) -> str:
    """Close the embeddings and isolates that a text leaves open and drop closers of nothing (Unicode Standard Annex 9, section 3.1)."""
    if not _BIDI.search(text):
        return text
    kept: list[str] = []
    opened: list[str] = []
    isolates = 0
    for character in text:
        if character == _PDI:
            if not isolates:
                continue
            isolates -= 1
            while opened.pop() != _PDI:
                kept.append(_PDF)
        elif character == _PDF:
            if not opened or opened[-1] != _PDF:
                continue
            opened.pop()
        elif _BIDI.match(character):
            isolates += character in _ISOLATES
            opened.append(_PDI if character in _ISOLATES else _PDF)
        kept.append(character)
    return "".join(kept + opened[::-1])


def minutes(text: str, *, words_a_minute: int = WORDS_A_MINUTE, characters_a_minute: int = CJK_A_MINUTE) -> int | None:
    """Return the reading time in whole minutes, None without a word.

    Words are counted, or characters where most of the first hundred letters are Chinese, Japanese or Korean.
    """
    if not _WORD.search(text):
        return None
    letters = list(itertools.islice(filter(str.isalpha, text), _SAMPLE))
    if len(_CJK.findall("".join(letters))) * 2 > len(letters):
        return math.ceil(sum(map(str.isalnum, text)) / characters_a_minute)
    return math.ceil(len(_WORD.findall(text)) / words_a_minute)


def number(value: object) -> int | None:
    """Read a whole number of pixels or views, below a thousand million; None for anything else."""
    found = _NUMBER.fullmatch(str(value))
    return int(found[1]) if found else None


def _break(text: str, room: int) -> int:
    """Return where a text may be cut so that at most `room` characters stay: at a space, or between signs that stand without any."""
    for at in range(room, max(room - _LONGEST_WORD, 0), -1):
        if text[at] == " " or (
            _BREAKABLE.match(text[at - 1]) and _BREAKABLE.match(text[at]) and not _JOINERS.match(text[at])
        ):
            return at
    at = room
    while at > 1 and (_JOINERS.match(text[at]) or text[at - 1] == "\u200d"):
        at -= 1
    return at
