"""Header fields: a name and a value go in, the lines of the field come out, folded where a receiver can put them together again.

They are written here, for Python's email package turns a long List-Unsubscribe into encoded words that no mailbox understands.
"""

import base64
import re

from digest.errors import HeaderError

_FORBIDDEN = re.compile("[\x00-\x08\x0a-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_WHITE = re.compile("[ \t]+")
_LINE = 76
_LONGEST_LINE = 998  # RFC 5322, section 2.1.1
_WORD_BYTES = 45  # bytes in one encoded word: 60 of base64, and with its frame under 75 (RFC 2047, section 2)
_FIRST_WORD_BYTES = 12
_CHARSET = "utf-8"


def header(name: str, value: str) -> str:
    """Return one field, its value in encoded words where it has other letters than ASCII, and only there.

    Raises HeaderError for control characters, and for a word of more than 998.
    """
    if not (value.isascii() and value.isprintable()) or "  " in value:  # most values are plain, and it is soon seen
        value = tidy(name, value)
    return folded(name, value.strip(" ") if value.isascii() else encoded_words(value, len(name) + 2))


def text_header(name: str, value: str) -> str:
    """Return one field of free text, such as a subject; what would read as an encoded word without being one is encoded, too."""
    return header(name, encoded_words(tidy(name, value), len(name) + 2)) if "=?" in value else header(name, value)


def check(name: str, value: str) -> None:
    """Refuse what could start another header (CWE-93), and what is no text. Raises HeaderError."""
    if _FORBIDDEN.search(value):
        raise HeaderError(
            f"{name} holds a control character.", hint="Take line breaks and other control characters out of it."
        )


def tidy(name: str, value: str) -> str:
    """Return a value as it reads after folding: no blanks at its ends, one between words. Raises HeaderError as `check` does."""
    check(name, value)
    return _WHITE.sub(" ", value).strip(" ")


def folded(name: str, value: str) -> str:
    """Return the field of a tidy value, broken before words only: a long one stays whole (RFC 5322, section 2.1.1).

    Raises HeaderError for a word of more than 998 characters.
    """
    if len(name) + len(value) < _LINE - 1:
        return f"{name}: {value}\r\n"
    lines = [f"{name}:"]
    for at, word in enumerate(value.split(" ")):
        if at and len(lines[-1]) + 1 + len(word) > _LINE:
            lines.append(f" {word}")
        else:
            lines[-1] += f" {word}"
    if len(value) > _LONGEST_LINE - len(name) - 2 and max(map(len, lines)) > _LONGEST_LINE:
        raise HeaderError(f"{name} has a word of more than {_LONGEST_LINE} characters.", hint="Shorten it.")
    return "\r\n".join(lines) + "\r\n"


def encoded_words(value: str, used: int) -> str:
    """Encode a value as RFC 2047 asks: base64 words of 75 characters at most that never cut a character.

    `used` is how many characters stand before the first one in its line.
    """
    words, piece = [], b""
    room = max(_WORD_BYTES - used, _FIRST_WORD_BYTES)
    for character in value:
        encoded = character.encode()
        if len(piece) + len(encoded) > room:
            words.append(piece)
            piece, room = b"", _WORD_BYTES
        piece += encoded
    words.append(piece)
    return " ".join(f"=?{_CHARSET}?b?{base64.b64encode(word).decode()}?=" for word in words)
