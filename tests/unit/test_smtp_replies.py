"""Replies of mail servers, in pieces as they come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.smtp.replies import GarbageError, Parser, Reply, scrubbed

texts = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=40)
replies = st.builds(
    lambda code, lines: Reply(code, "\n".join(lines)), st.integers(200, 599), st.lists(texts, min_size=1, max_size=4)
)


def written(reply: Reply) -> bytes:
    *first, last = reply.text.split("\n")
    return "".join([*(f"{reply.code}-{line}\r\n" for line in first), f"{reply.code} {last}\r\n"]).encode()


@given(st.lists(replies, max_size=6), st.data())
def test_replies_are_the_same_however_they_are_cut(told: list[Reply], data: st.DataObject) -> None:
    whole = b"".join(map(written, told))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    parser, found = Parser(), []
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        found += list(parser.feed(whole[start:end]))
    assert found == told
    assert not parser.unfinished


@pytest.mark.parametrize(
    "garbage",
    [
        b"hello\r\n",
        b"25\r\n",
        b"\r\n",
        b"250_ok\r\n",
        b"\xff\x00\r\n",
        b"250-a\r\n550 b\r\n",
        b"2" * 5000,
        b"250-a\r\n" * 300,
    ],
)
def test_what_is_no_reply_is_known_behind_what_is_one(garbage: bytes) -> None:
    found = []
    with pytest.raises(GarbageError):
        for reply in Parser().feed(b"250 2.0.0 fine\r\n" + garbage):
            found.append(reply)  # noqa: PERF402 -- what came before the garbage counts
    assert found == [Reply(250, "2.0.0 fine")]


@given(st.binary(max_size=200))
def test_any_bytes_are_replies_or_garbage(data: bytes) -> None:
    parser = Parser()
    try:
        found = list(parser.feed(data))
    except GarbageError:
        return
    assert all(0 <= reply.code <= 999 for reply in found)


@pytest.mark.parametrize(
    ("code", "positive", "negative"),
    [
        (199, False, False),
        (200, True, False),
        (299, True, False),
        (354, False, False),
        (400, False, True),
        (599, False, True),
        (600, False, False),
    ],
)
def test_a_reply_is_a_yes_a_no_or_a_surprise(code: int, *, positive: bool, negative: bool) -> None:
    reply = Reply(code, "")
    assert (reply.positive, reply.negative) == (positive, negative)


def test_nobodys_address_is_kept_and_no_more_than_a_kilobyte() -> None:
    assert (
        scrubbed("550 5.1.1 <ana@example.org>: unknown, ask help@example.org")
        == "550 5.1.1 (address): unknown, ask (address)"
    )
    assert len(scrubbed("x" * 5000)) == 1024
    assert "\0" not in scrubbed("5\0")
