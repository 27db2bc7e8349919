import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import SourceTable
from digest.errors import ConfigError, UsageError
from digest.sources import push
from digest.sources.http import Http
from digest.values import DateQuality, Image, SourceState

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
KEY = "k" * 32


def table(**keys: Any) -> SourceTable:
    return SourceTable.model_validate({"id": "own", "kind": "push", "secret": KEY, **keys})


def document(**fields: Any) -> dict[str, Any]:
    return {"id": "7", "url": "https://news.example.org/7/", "title": "The ferry is back", **fields}


def signed(secret: str, stamp: str, method: str, path: str, body: bytes) -> str:
    return (
        "sha256=" + hmac.new(secret.encode(), f"{stamp}.{method} {path}.".encode() + body, hashlib.sha256).hexdigest()
    )


def test_every_field_arrives() -> None:
    found = push.article(
        document(
            summary="It sails again.",
            content_html="<p>It sails again, every day.</p><img src='/ferry.jpg'>",
            authors=["Ana Example"],
            categories=["Harbour"],
            lead_category="News",
            image={"url": "https://news.example.org/a.jpg", "alt": "A ferry", "width": 800, "height": 600},
            published="2026-11-24T07:00:00+01:00",
            updated="2026-11-24T07:10:00+01:00",
            language="en-GB",
            paywalled=True,
            breaking=True,
            sticky=True,
            priority=3,
            revision=12,
            settle=False,
            translation_group="ferry",
        )
    )
    assert (found.external_id, found.guid, found.revision) == ("7", "", 12)
    assert (found.summary, found.authors, found.categories) == (
        "It sails again.",
        ("Ana Example",),
        ("News", "Harbour"),
    )
    assert found.image == Image("https://news.example.org/a.jpg", "A ferry", 800, 600)
    assert found.published == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert found.updated == datetime(2026, 11, 24, 6, 10, tzinfo=UTC)
    assert found.date_quality == DateQuality.SOURCE
    assert (found.language, found.lead_category, found.translation_group) == ("en-gb", "News", "ferry")
    assert (found.paywalled, found.breaking, found.sticky, found.priority, found.settles) == (
        True,
        True,
        True,
        3,
        False,
    )


def test_what_is_not_said_has_a_plain_meaning() -> None:
    found = push.article(document())
    assert (found.published, found.date_quality, found.settles, found.breaking, found.revision) == (
        None,
        DateQuality.MISSING,
        True,
        False,
        None,
    )


def test_markup_becomes_text_and_plain_text_stays_as_it_is() -> None:
    found = push.article(
        document(title="A &amp; <b>B</b>", content_html="<script>alert(1)</script><p>Read &lt;this&gt;.</p>")
    )
    assert (found.title, found.summary) == ("A & B", "Read <this>.")
    plain = push.article(document(content_text="If a < b then\nc & d.\n\nSecond paragraph."))
    assert plain.summary == "If a < b then c & d. Second paragraph."


def test_addresses_are_cleaned_as_those_of_any_source() -> None:
    assert (
        push.article(document(url="HTTPS://News.Example.org:443/7/?utm_source=x")).url == "https://news.example.org/7/"
    )


def test_settle_may_be_written_as_zero() -> None:
    assert not push.article(document(settle=0)).settles


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"url": "ftp://news.example.org/"}, "“url”: is no http or https address."),
        ({"url": "https://news.example.org/" + "x" * 2048}, "“url”: string should have at most 2048 characters."),
        ({"title": " \t"}, "“title”: is empty."),
        ({"title": "x" * 501}, "“title”: string should have at most 500 characters."),
        ({"title": 7}, "“title”: input should be a valid string."),
        ({"titel": "x"}, "“titel” is no field of an article."),
        ({"revision": "12"}, "“revision”: input should be a valid integer."),
        ({"revision": 2**63}, "“revision”: input should be less than or equal to 9223372036854775807."),
        ({"priority": -1}, "“priority”: input should be greater than or equal to 0."),
        ({"breaking": "yes"}, "“breaking”: input should be a valid boolean."),
        ({"settle": 1}, "“settle”: input should be a valid boolean."),
        ({"published": "yesterday"}, "“published”: is no ISO 8601 time such as 2026-11-24T07:30:00+01:00."),
        ({"language": "klingon!"}, "“language”"),
        ({"authors": ["x"] * 21}, "“authors”: list should have at most 20 items"),
        ({"categories": "News"}, "“categories”: input should be a valid list."),
        ({"image": {"url": "data:image/png;base64,x"}}, "“image.url”: is no http or https address."),
        ({"content_text": "x" * 500_001}, "“content_text”: string should have at most 500000 characters."),
        ({"id": ""}, "“id”: string should have at least 1 character."),
        ({"id": "é" * 251}, "“id”: is longer than 500 bytes."),
        ({"id": "a\x00"}, "“id”: holds control characters or blanks at its ends."),
    ],
)
def test_each_fault_is_one_sentence(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        push.article(document(**fields))
    assert caught.value.detail.startswith(sentence)


@pytest.mark.parametrize("given", [None, [], "x", 7, {}])
def test_what_is_no_article_is_said_to_be_none(given: object) -> None:
    with pytest.raises(UsageError):
        push.article(given)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(sorted(push.BatchArticle.model_fields)), JSON))
def test_any_json_is_an_article_or_one_sentence(fields: dict[str, Any]) -> None:
    try:
        found = push.article(document(**fields))
    except UsageError as error:
        sentence = error.detail
    else:
        sentence = "."
        assert found.url.startswith(("http://", "https://"))
        assert "<" not in found.title or "<" in str(fields.get("title"))
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_the_newest_and_the_previous_keys_sign() -> None:
    keys = push.secrets_of(table(previous=["o" * 32]), Path())
    for secret in (KEY, "o" * 32):
        given = signed(secret, "1", "PUT", "/a", b"x")
        assert push.verified(keys, given, "1", "PUT", "/a", b"x") == given.removeprefix("sha256=")
    assert not push.verified(keys, signed("x" * 32, "1", "PUT", "/a", b"x"), "1", "PUT", "/a", b"x")


def test_keys_may_stand_in_a_file_one_a_line(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a" * 32 + "\n\n" + "b" * 32 + "\n", encoding="utf-8")
    assert push.secrets_of(table(secret=None, secret_file="keys"), tmp_path) == (b"a" * 32, b"b" * 32)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"secret": None}, "“sources.own.secret” is missing"),
        ({"secret": "short"}, "shorter than 16 characters"),
        ({"secret": None, "secret_file": "none"}, "cannot be read"),
        ({"sekret": KEY}, "“sekret” is no key"),
    ],
)
def test_a_wrong_table_is_refused(keys: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=words):
        push.secrets_of(table(**keys), tmp_path)


@pytest.mark.parametrize(
    ("method", "path", "body", "stamp"),
    [("DELETE", "/a", b"x", "1"), ("PUT", "/b", b"x", "1"), ("PUT", "/a", b"y", "1"), ("PUT", "/a", b"x", "2")],
)
def test_a_signature_holds_for_one_time_method_path_and_body(method: str, path: str, body: bytes, stamp: str) -> None:
    given = signed(KEY, "1", "PUT", "/a", b"x")
    assert not push.verified([KEY.encode()], given, stamp, method, path, body)


def test_one_signature_has_one_form() -> None:
    given = signed(KEY, "1", "PUT", "/a", b"x")
    shouted = "sha256=" + given.removeprefix("sha256=").upper()
    assert push.verified([KEY.encode()], shouted, "1", "PUT", "/a", b"x") == given.removeprefix("sha256=")


@given(st.text(max_size=80), st.text(max_size=20), st.binary(max_size=20))
def test_no_guess_is_a_signature(signature: str, stamp: str, body: bytes) -> None:
    assert not push.verified([KEY.encode()], signature, stamp.encode("ascii", "replace").decode(), "PUT", "/a", body)


@pytest.mark.parametrize(("seconds", "believed"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_time_is_believed_five_minutes_either_way(seconds: int, believed: bool) -> None:
    stamp = str(int((NOW + timedelta(seconds=seconds)).timestamp()))
    assert push.fresh(stamp, NOW) is believed


@pytest.mark.parametrize("stamp", ["", "now", "1e9", "-5", "９", "1" * 400])
def test_what_is_no_time_stamp_is_not_believed(stamp: str) -> None:
    assert not push.fresh(stamp, NOW)


def test_there_is_nothing_to_poll() -> None:
    with Http() as http:
        assert push.Push(table(), http).fetch(SourceState(now=NOW)).unchanged
        with pytest.raises(ConfigError):
            push.Push(table(extra=1), http)


def test_a_source_that_is_pushed_has_no_address() -> None:
    with Http() as http:
        assert push.Push(table(), http).fetch(SourceState()).unchanged
        with pytest.raises(ConfigError, match="“sources.own.url” is given"):
            push.Push(table(url="https://news.example.org/"), http)
