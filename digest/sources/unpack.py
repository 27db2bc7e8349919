"""Unpacking with bounds: pieces of a packed body go in, pieces of at most 64 KiB come out, until it can only be a bomb."""

import zlib
from collections.abc import Iterable, Iterator

from digest.errors import FetchError

PIECE = 64 * 1024
RATIO = 200  # a body that unpacks to more than this many times its size is a bomb
RATIO_FROM = 1024 * 1024
_GZIP = {"gzip", "x-gzip"}
_GZIP_MAGIC = b"\x1f\x8b"
_ZLIB_BITS, _RAW_BITS, _GZIP_BITS = 15, -15, 31


def unpacked(raw: Iterable[bytes], encoding: str, url: str) -> Iterator[bytes]:
    """Undo a Content-Encoding of one layer, gzip or deflate (RFC 9110, section 8.4.1).

    Raises FetchError for another encoding, a second layer, a bomb, and a body that breaks off: half a feed, kept with its validators,
    would hide the other half for as long as the server answers “unchanged”.
    """
    names = [name for part in encoding.split(",") if (name := part.strip().lower()) not in {"", "identity"}]
    if not names:
        return iter(raw)
    if len(names) > 1 or names[0] not in {*_GZIP, "deflate"}:
        raise FetchError(
            f"{url} is packed as “{encoding}”, which we did not ask for.", hint="Its server is set up wrongly."
        )
    return _inflated(raw, url, gzip=names[0] in _GZIP)


def _inflated(raw: Iterable[bytes], url: str, *, gzip: bool) -> Iterator[bytes]:
    """Unpack piece by piece; a gzip body may have several members (RFC 1952, section 2.2), what follows the last is padding."""
    decoder: zlib._Decompress | None = None
    rest = b""
    fed = given = 0
    for piece in raw:
        fed += len(piece)
        rest += piece
        while len(rest) > 1 or (rest and decoder and not decoder.eof):  # two bytes tell how a body begins
            if decoder is None or decoder.eof:
                if decoder and not (gzip and rest.startswith(_GZIP_MAGIC)):
                    return
                decoder = zlib.decompressobj(_GZIP_BITS if gzip else _deflate_bits(rest))
            out = _decompressed(decoder, rest, url)
            rest = decoder.unconsumed_tail or decoder.unused_data
            given += len(out)
            if given > RATIO_FROM and given > RATIO * (fed - len(rest)):
                raise FetchError(f"{url} unpacks to more than {RATIO} times its size.", hint="It looks like an attack.")
            yield out
    if decoder:
        yield from _held_back(decoder, url)
    if fed and not (decoder and decoder.eof):
        raise FetchError(f"{url} breaks off in the middle.", hint="It is tried again by itself.")


def _deflate_bits(start: bytes) -> int:
    """Tell zlib's form (RFC 1950, section 2.2), which is what HTTP means by deflate, from the raw one that some servers send."""
    zlib_header = start[0] & 0x0F == zlib.DEFLATED and int.from_bytes(start[:2], "big") % 31 == 0
    return _ZLIB_BITS if zlib_header else _RAW_BITS


def _held_back(decoder: "zlib._Decompress", url: str) -> Iterator[bytes]:
    """Give what a decoder has taken in but not given out yet."""
    while not decoder.eof and (out := _decompressed(decoder, b"", url)):
        yield out


def _decompressed(decoder: "zlib._Decompress", packed: bytes, url: str) -> bytes:
    try:
        return decoder.decompress(packed, PIECE)
    except zlib.error as error:
        raise FetchError(f"{url} is packed wrongly.", hint="It is tried again by itself.") from error
