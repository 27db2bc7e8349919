"""Pictures looked at: the first bytes of one go in, whether a mail can show it comes out, with its kind and its size."""

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from digest.errors import FetchError
from digest.sources.http import Http

HEAD = 256 * 1024  # cameras put up to 128 KiB of notes and colour tables before a JPEG's size
MOST_BYTES = 5_000_000  # a phone loads it for each reader: what a camera took, unscaled, is larger
_MOST_PIXELS = 50_000_000  # mail programs give up unpacking it
_TINY = 100
_WIDEST = 4
# Content negotiation is asked for what mail programs know: they say nothing of the kind themselves when they load it.
_ACCEPT = {"Accept": "image/jpeg, image/png, image/gif, image/*;q=0.5"}
_SVG = re.compile(rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]", re.IGNORECASE | re.DOTALL)
_OTHER = (
    (b"\x00\x00\x01\x00", "ico"),
    (b"BM", "bmp"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"8BPS", "psd"),
    (b"%PDF", "pdf"),
)
_CERTAIN = {200, 404, 410}  # nothing in it, or gone
_SHOWN = {"jpeg", "png", "gif", "webp", "avif"}
# Start of frame: all of C0 to CF that are no tables (ITU T.81, table B.1).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARK = 0xFF
_BARE_MARKERS = frozenset(range(0xD0, 0xD9)) | {0x01, _MARK}

Size = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Probed:
    """What a picture turned out to be: `kind` is jpeg, png, gif, webp, avif, another or empty; its bytes and pixels where they are known.

    `reason` says in half a sentence why a mail cannot show it, empty when `ok`. It is `uncertain` where nobody came to see the picture: its
    server did not answer, or does not let us in.
    """

    ok: bool
    kind: str = ""
    bytes: int | None = None
    width: int | None = None
    height: int | None = None
    reason: str = ""
    uncertain: bool = False


def probe(http: Http, url: str, *, allow_private: bool = False) -> Probed:
    """Fetch no more than the first 256 KiB of a picture and judge it; what cannot be fetched is not ok, and nothing is raised."""
    try:
        answer = http.head_of(url, most=HEAD, headers=_ACCEPT, allow_private=allow_private)
    except FetchError as error:
        return Probed(ok=False, reason=error.detail.rstrip("."), uncertain=error.status not in _CERTAIN)
    return judge(answer.body, answer.headers)


def judge(head: bytes, headers: Mapping[str, str]) -> Probed:
    """Judge a picture by its first bytes (all of them, or 256 KiB) and its answer's headers, whose names are lower-case.

    Its bytes say what it is, not its Content-Type. Refused are what mail programs do not show, more than 5,000,000 bytes or 50 million
    pixels, and what is surely no picture of a story: a side under 100 pixels, or one side more than four times the other.
    """
    kind, size = measured(head)
    width, height = size or (None, None)
    length = _length(head, headers)
    reason = _reason(kind, size, length)
    return Probed(ok=not reason, kind=kind, bytes=length, width=width, height=height, reason=reason)


def measured(head: bytes) -> tuple[str, Size]:
    """Return the kind of a file and, for what mails show, its pixels; empty for no picture, None where the size stands further on."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg", _jpeg(head)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png", _unpacked(">II", head, 16)
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif", _unpacked("<HH", head, 6)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp", _webp(head)
    if head[4:8] == b"ftyp":
        brands = head[8 : int.from_bytes(head[:4], "big")]
        return ("avif", _avif(head)) if b"avif" in brands or b"avis" in brands else ("heif or video", None)
    if _SVG.match(head[:4096]):
        return "svg", None
    return next((kind for mark, kind in _OTHER if head.startswith(mark)), ""), None


def _reason(kind: str, size: Size, length: int | None) -> str:
    if kind not in _SHOWN:
        return f"it is {kind}, which mails do not show" if kind else "it is no picture"
    if length is not None and length > MOST_BYTES:
        return f"it has {length:,} bytes, more than {MOST_BYTES:,}"
    if size is None:
        return ""
    least, most = sorted(size)
    if least < _TINY:
        return f"it has only {size[0]} × {size[1]} pixels"
    if most > _WIDEST * least:
        return f"it has {size[0]} × {size[1]} pixels, like a banner"
    if size[0] * size[1] > _MOST_PIXELS:
        return f"it has {size[0]} × {size[1]} pixels, too many to unpack"
    return ""


def _length(head: bytes, headers: Mapping[str, str]) -> int | None:
    """Return a picture's bytes: as its server says where it does not pack it, else what came, if that is all of it."""
    told = headers.get("content-length", "")
    if told.isdecimal() and len(told) < len("9" * 18) and not headers.get("content-encoding"):
        return int(told)
    return len(head) if len(head) < HEAD else None


def _unpacked(form: str, head: bytes, at: int) -> Size:
    """Return a width and a height above nothing, None where the bytes end too early."""
    if len(head) < at + struct.calcsize(form):
        return None
    width, height = struct.unpack_from(form, head, at)
    return (width, height) if width and height else None


def _jpeg(head: bytes) -> Size:
    """Walk from marker to marker to the start of a frame (ITU T.81, section B.1.1)."""
    at = 2
    while at + 4 <= len(head):
        if head[at] != _MARK:
            return None
        marker = head[at + 1]
        if marker in _BARE_MARKERS:
            at += 1 if marker == _MARK else 2  # any number of marks may fill up
        elif marker in _FRAMES:
            size = _unpacked(">HH", head, at + 5)
            return (size[1], size[0]) if size else None
        else:
            at += 2 + max(int.from_bytes(head[at + 2 : at + 4], "big"), 2)
    return None


def _webp(head: bytes) -> Size:
    """Read the size of a simple, lossless or extended file (RFC 9649, sections 2.5 to 2.7)."""
    form = head[12:16]
    if form == b"VP8X" and len(head) >= 30:  # noqa: PLR2004 -- where its canvas ends
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if form == b"VP8L" and len(head) >= 25 and head[20] == 0x2F:  # noqa: PLR2004 -- the signature and the four bytes behind it
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if form == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        size = _unpacked("<HH", head, 26)
        return (size[0] & 0x3FFF, size[1] & 0x3FFF) if size else None
    return None


def _avif(head: bytes) -> Size:
    """Read the largest of its image spatial extents (ISO/IEC 23008-12, section 6.5.3): a grid has one for each tile and one for all."""
    found = [size for match in re.finditer(b"ispe", head) if (size := _unpacked(">II", head, match.end() + 4))]
    return max(found, default=None)
