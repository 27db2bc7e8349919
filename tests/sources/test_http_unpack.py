import gzip
import zlib
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import FetchError
from digest.sources.http import MIB, Http
from digest.sources.unpack import PIECE, unpacked
from digest.testing.httpd import HttpServer, Reply


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "x-gzip": lambda body: gzip.compress(body, mtime=0),
    "deflate": zlib.compress,
    " GZIP ": lambda body: gzip.compress(body, mtime=0),
    "identity, gzip": lambda body: gzip.compress(body, mtime=0),
    "identity": lambda body: body,
    "": lambda body: body,
}


def whole(packed: bytes, encoding: str, size: int = 100) -> bytes:
    pieces = (packed[start : start + size] for start in range(0, len(packed), size))
    return b"".join(unpacked(pieces, encoding, "http://a/"))


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as running:
        yield running


@pytest.mark.parametrize("encoding", PACKERS)
def test_a_packed_answer_is_unpacked(server: HttpServer, encoding: str) -> None:
    server.replies["/"] = Reply(PACKERS[encoding](b"x" * 5000), headers={"Content-Encoding": encoding})
    with Http() as http:
        assert http.get(f"{server.url}/", allow_private=True).body == b"x" * 5000


@given(st.binary(max_size=3000), st.sampled_from([*PACKERS, "raw"]), st.integers(1, 50))
def test_every_body_comes_out_as_it_went_in_however_it_arrives(body: bytes, encoding: str, size: int) -> None:
    packed = raw_deflate(body) if encoding == "raw" else PACKERS[encoding](body)
    assert whole(packed, "deflate" if encoding == "raw" else encoding, size) == body


@given(st.lists(st.binary(max_size=500), min_size=1, max_size=4), st.integers(1, 40))
def test_a_gzip_body_may_have_many_members(bodies: list[bytes], size: int) -> None:
    packed = b"".join(gzip.compress(body, mtime=0) for body in bodies)
    assert whole(packed, "gzip", size) == b"".join(bodies)


@given(st.binary(min_size=1, max_size=300), st.sampled_from(["gzip", "deflate"]), st.data())
def test_a_packed_body_that_breaks_off_is_an_error(body: bytes, encoding: str, data: st.DataObject) -> None:
    packed = PACKERS[encoding](body)
    end = data.draw(st.integers(1, len(packed) - 1))
    with pytest.raises(FetchError, match="breaks off"):
        whole(packed[:end], encoding)


@pytest.mark.parametrize("padding", [b"\0" * 512, b"\r\n", b"x", b"\x1f"])
def test_what_follows_the_last_member_is_padding(padding: bytes) -> None:
    assert whole(gzip.compress(b"hello", mtime=0) + padding, "gzip") == b"hello"


@pytest.mark.parametrize("encoding", ["gzip, gzip", "deflate, gzip", "br", "zstd", "compress", "x"])
def test_a_second_layer_and_a_packing_that_was_not_asked_for_are_errors(server: HttpServer, encoding: str) -> None:
    server.replies["/"] = Reply(gzip.compress(b"x", mtime=0), headers={"Content-Encoding": encoding})
    with Http() as http, pytest.raises(FetchError, match="did not ask for"):
        http.get(f"{server.url}/", allow_private=True)


def test_a_second_layer_that_is_not_named_stays_packed() -> None:
    inner = gzip.compress(b"x", mtime=0)
    assert whole(gzip.compress(inner, mtime=0), "gzip") == inner


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_body_that_is_not_packed_as_it_says_is_an_error(encoding: str) -> None:
    with pytest.raises(FetchError, match="packed wrongly"):
        whole(b"<rss version='2.0'></rss>", encoding)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_stopped_after_a_megabyte(encoding: str) -> None:
    packed = PACKERS[encoding](b"\0" * 40 * MIB)
    given_out = 0
    with pytest.raises(FetchError, match="more than 200 times its size"):
        for piece in unpacked([packed], encoding, "http://a/"):
            given_out += len(piece)
            assert len(piece) <= PIECE
    assert given_out <= 2 * MIB


def test_a_bomb_of_many_members_is_one_all_the_same() -> None:
    packed = gzip.compress(b"\0" * MIB, mtime=0) * 20
    with pytest.raises(FetchError, match="more than 200 times its size"):
        list(unpacked([packed], "gzip", "http://a/"))


def test_what_is_small_may_be_packed_as_tightly_as_it_likes() -> None:
    assert len(whole(gzip.compress(b"\0" * MIB, mtime=0), "gzip")) == MIB


def test_the_limit_counts_what_is_unpacked(server: HttpServer) -> None:
    body = b"".join(b"%d " % number for number in range(400_000))
    server.replies["/"] = Reply(gzip.compress(body, mtime=0), headers={"Content-Encoding": "gzip"})
    with Http() as http:
        with pytest.raises(FetchError, match="larger than 1 MiB"):
            http.get(f"{server.url}/", allow_private=True, limit=MIB)
        assert http.head_of(f"{server.url}/", most=500, allow_private=True).body == body[:500]
