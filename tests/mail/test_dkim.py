"""Signatures that other people's verifiers accept, and that break at the smallest change."""

import base64
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dkim as oracle
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from digest import config
from digest.errors import ConfigError
from digest.mail import dkim, keys, mime
from digest.mail.dkim import Signer
from digest.mail.keys import SigningKey
from digest.values import Mailbox, Message
from tests.mail import letters, oracles
from tests.mail.test_headers import PLAIN

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
DOMAIN = "example.org"
MESSAGE = replace(
    PLAIN,
    text=("Hello %%name%%,  two blanks\n\n.dot\nFrom here \n\n\n",),
    html=("<p>Hello %%name%%</p>\n",),
    tokens={"name": "Ana é"},
    headers=(
        ("List-Id", "Daily <daily.example.org>"),
        ("List-Unsubscribe", f"<https://news.example.org/u/{'t' * 35}>, <mailto:unsub+{'t' * 42}@bounces.example.org>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Feedback-ID", "2026-11-24:daily:edition:newsdigest"),
        ("Auto-Submitted", "auto-generated"),
        ("X-Digest-Delivery", "abc"),
    ),
    envelope_sender="b+abc@bounces.example.org",
)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SigningKey]:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("rsa", "ed25519"):
        keys.make(folder / name, ed25519=name == "ed25519")
    return {name: keys.load(folder / name) for name in ("rsa", "ed25519")}


def records(pair: dict[str, SigningKey]) -> dict[str, str]:
    return {f"{name}._domainkey.{DOMAIN}": "".join(keys.record(key)) for name, key in pair.items()}


def signed(pair: dict[str, SigningKey], message: Message = MESSAGE, *names: str) -> bytes:
    head, body = mime.parts(message)
    return (
        Signer(DOMAIN, [(name, pair[name]) for name in names or ("rsa",)]).sign(head, body, NOW) + head + b"\r\n" + body
    )


def verifies(content: bytes, pair: dict[str, SigningKey], at: int = 0) -> bool:
    known = records(pair)

    def dns(name: bytes, timeout: int = 5) -> bytes:
        return known[name.decode().rstrip(".")].encode()

    return bool(oracle.DKIM(content).verify(idx=at, dnsfunc=dns))


@given(letters.messages())
@settings(max_examples=100)
def test_dkimpy_accepts_any_message(pair: dict[str, SigningKey], message: Message) -> None:
    assert verifies(signed(pair, message), pair)


def test_dkimpy_accepts_both_signatures_of_a_message(pair: dict[str, SigningKey]) -> None:
    content = signed(pair, MESSAGE, "rsa", "ed25519")

    assert content.count(b"DKIM-Signature: ") == 2
    assert [verifies(content, pair, at) for at in (0, 1)] == [True, True]


@given(st.binary(max_size=300) | st.sampled_from([b"", b" \r\n ", b"a", b"a \t b\r\n\r\n\r\n", b"\t\r\n."]))
@settings(max_examples=300)
def test_a_body_that_is_not_ours_is_hashed_as_dkimpy_hashes_it(body: bytes) -> None:
    body = re.sub(rb"\r?\n|\r", b"\r\n", body) + b"\r\n"  # as every body leaves

    assert dkim.canonical(body) == oracle.CanonicalizationPolicy.from_c_value(b"relaxed/relaxed").canonicalize_body(
        body
    )


@given(letters.messages())
def test_our_bodies_are_canonical_as_they_stand(message: Message) -> None:
    body = mime.parts(message).body

    assert dkim.canonical(body) == body


def test_fields_with_strange_blanks_verify(pair: dict[str, SigningKey]) -> None:
    head = b"from:  a@example.org\t\r\nTo:b@example.org\r\nSUBJECT: a\t b\r\n\t c  \r\nList-Id:\r\n <x.example.org>\r\nDate: x\r\n"

    content = Signer(DOMAIN, [("rsa", pair["rsa"])]).sign(head, b"Hello\r\n", NOW) + head + b"\r\nHello\r\n"

    assert verifies(content, pair)


def test_the_header_says_what_is_signed_and_what_must_not_be_added(pair: dict[str, SigningKey]) -> None:
    field = re.sub(rb"\r\n ", b" ", signed(pair)).partition(b"\r\n")[0].decode()

    tags = dict(tag.strip().split("=", 1) for tag in field.partition(": ")[2].split(";"))
    assert (tags["a"], tags["c"], tags["d"], tags["s"]) == ("rsa-sha256", "relaxed/relaxed", DOMAIN, "rsa")
    assert tags["t"] == str(int(NOW.timestamp()))
    assert "l" not in tags
    assert tags["h"].replace(" ", "").split(":") == [
        *(
            "from",
            "from",
            "to",
            "to",
            "cc",
            "reply-to",
            "subject",
            "subject",
            "date",
            "date",
            "message-id",
            "message-id",
        ),
        *("mime-version", "content-type", "content-type", "list-id"),
        *("list-unsubscribe", "list-unsubscribe", "list-unsubscribe-post", "list-unsubscribe-post"),
        *("feedback-id", "auto-submitted"),
    ]


def test_no_line_of_a_signature_is_long(pair: dict[str, SigningKey]) -> None:
    head, body = mime.parts(MESSAGE)
    field = Signer(DOMAIN, [("rsa", pair["rsa"]), ("ed25519", pair["ed25519"])]).sign(head, body, NOW)

    assert max(map(len, field.split(b"\r\n"))) <= 78
    assert field.endswith(b"\r\n")


LISTS = ("List-Unsubscribe", "List-Unsubscribe-Post")
CHANGED = (
    *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "List-Id"),
    *("Feedback-ID", "Auto-Submitted", *LISTS),
)
ADDED = ("From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "Content-Type", *LISTS)


def changed(name: str) -> Callable[[bytes], bytes]:
    return lambda content: re.sub(rb"(\r\n%b: .)." % name.encode(), rb"\1#", content, count=1)


def added(name: str) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(b"\r\nDate:", b"\r\n%b: <x@example.net>\r\nDate:" % name.encode(), 1)


def dropped(name: str) -> Callable[[bytes], bytes]:
    return lambda content: re.sub(rb"\r\n%b: .*(\r\n .*)*" % name.encode(), b"", content, count=1)


MUTATIONS: dict[str, Callable[[bytes], bytes]] = {
    **{f"{name} changed": changed(name) for name in CHANGED},
    **{f"a second {name}": added(name) for name in ADDED},
    **{f"no {name}": dropped(name) for name in CHANGED},
    "one letter of the body": lambda content: content.replace(b"Hello", b"Hallo", 1),
    "a line after the body": lambda content: content + b"More\r\n",
    "the body cut short": lambda content: content[:-40],
    "one letter of the link": lambda content: content.replace(b"/u/t", b"/u/T", 1),
}


@pytest.mark.parametrize("what", sorted(MUTATIONS))
@pytest.mark.parametrize("key", ["rsa", "ed25519"])
def test_a_change_is_found(what: str, key: str, pair: dict[str, SigningKey]) -> None:
    content = signed(pair, replace(MESSAGE, reply_to="" if what == "a second Reply-To" else "editors@example.org"), key)

    spoiled = MUTATIONS[what](content)

    assert spoiled != content
    assert verifies(content, pair)
    try:
        assert not verifies(spoiled, pair)
    except oracle.ValidationError:
        return  # “From” is missing, say


@pytest.mark.parametrize(
    "harmless",
    [
        lambda content: b"Received: from a by b\r\n" + content,
        lambda content: content.replace(b"X-Digest-Delivery: abc", b"X-Digest-Delivery: xyz"),
        lambda content: content.replace(b"Subject: Hello", b"SUBJECT:   Hello "),
        lambda content: content + b"\r\n\r\n",
    ],
    ids=["a hop is added", "an unsigned field", "blanks", "empty lines at the end"],
)
def test_what_hops_do_on_the_way_harms_nothing(harmless: Callable[[bytes], bytes], pair: dict[str, SigningKey]) -> None:
    assert verifies(harmless(signed(pair)), pair)


def test_many_threads_share_a_signer(pair: dict[str, SigningKey]) -> None:
    signer = Signer(DOMAIN, [("rsa", pair["rsa"])])

    def one(number: int) -> bytes:
        head, body = mime.parts(replace(MESSAGE, recipient=Mailbox(f"r{number}@example.org")))
        return signer.sign(head, body, NOW) + head + b"\r\n" + body

    with ThreadPoolExecutor(4) as pool:
        assert all(verifies(content, pair) for content in pool.map(one, range(40)))


def test_mailauth_accepts_the_signature_and_finds_it_aligned(pair: dict[str, SigningKey]) -> None:
    known = {name: [text] for name, text in records(pair).items()}
    known["bounces.example.org"] = ["v=spf1 ip4:192.0.2.1 -all"]
    known["_dmarc.example.org"] = ["v=DMARC1; p=reject"]
    content = signed(pair, MESSAGE, "rsa", "ed25519")

    good = oracles.mailauth(base64.b64encode(content).decode(), known, MESSAGE.envelope_sender)
    spoiled = base64.b64encode(MUTATIONS["one letter of the link"](content)).decode()
    bad = oracles.mailauth(spoiled, known, MESSAGE.envelope_sender)

    assert [(result, aligned) for result, _, aligned in good["dkim"]] == [("pass", DOMAIN), ("pass", DOMAIN)]
    assert (good["spf"], good["dmarc"]) == ("pass", "pass")
    assert [result for result, _, _ in bad["dkim"]] == ["fail", "fail"]


@pytest.mark.parametrize("key", ["rsa", "ed25519"])
def test_opendkim_accepts_the_signature_and_finds_a_change(
    key: str, pair: dict[str, SigningKey], tmp_path: Path
) -> None:
    known = {f"{name}._domainkey.{DOMAIN}": list(keys.record(one)) for name, one in pair.items()}
    content = signed(pair, MESSAGE, key)

    assert oracles.opendkim(content, known, tmp_path) == 0
    for what in ("one letter of the body", "one letter of the link", "a second Reply-To", "no List-Unsubscribe-Post"):
        assert oracles.opendkim(MUTATIONS[what](content), known, tmp_path) != 0, what


# Configuration


def pem(key: object) -> bytes:
    return key.private_bytes(  # type: ignore[attr-defined, no-any-return]  # every kind of key has it
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "is not there. Run `digest doctor --dkim`"),
        (b"no key", "is no private key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "is no private key in PEM"),
        ("small", "has 1024 bits; 2048 are the least"),
        ("curve", "is neither RSA nor Ed25519"),
        ("locked", "has a passphrase"),
    ],
)
def test_a_key_that_will_not_do_is_refused_in_a_sentence(
    content: str | bytes | None, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "var/secrets/dkim.pem"
    file.parent.mkdir(parents=True)
    if content == "small":
        content = pem(rsa.generate_private_key(65537, 1024))  # noqa: S505 -- it shall be refused
    elif content == "curve":
        content = pem(ec.generate_private_key(ec.SECP256R1()))
    elif content == "locked":
        content = rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
        )
    if isinstance(content, bytes):
        file.write_bytes(content)

    with pytest.raises(ConfigError, match=said):
        dkim.signer(config.parse({"dkim": {"domain": DOMAIN}}, tmp_path / "config.toml"))


def test_without_a_table_nothing_is_signed(tmp_path: Path) -> None:
    assert dkim.signer(config.parse({}, tmp_path / "config.toml")) is None


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "dkim.domain” is missing"),
        ({"domain": "örnek.example"}, "dkim.domain” is wrong: write a domain in ASCII"),
        ({"domain": "example.org\r\nX: y"}, "dkim.domain” is wrong"),
        ({"domain": "example.org", "selector": "a;b"}, "dkim.selector” is wrong"),
        ({"domain": "example.org", "selector": "digest-ed25519", "ed25519_key_file": "x"}, "must differ"),
    ],
)
def test_a_table_that_will_not_do_names_its_key(table: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        config.parse({"dkim": table}, tmp_path / "config.toml")


def test_a_new_key_is_its_owners_alone_and_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "secrets/dkim.pem"

    assert keys.make(file)
    first = file.read_bytes()
    assert not keys.make(file)

    assert file.read_bytes() == first
    assert file.stat().st_mode & 0o777 == 0o600
    assert [len(part) for part in keys.record(keys.load(file))] == [255, 155]
