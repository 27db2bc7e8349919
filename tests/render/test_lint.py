"""Each rule of the email lint: a mail of ours passes, and broken on purpose in that one way it is caught."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import LintError
from digest.mail import lint
from digest.mail.lint import Facts, Level
from digest.values import Look
from tests.render.test_structure import LOOKS, STATES, drawn

Mail = tuple[str, str]
Break = Callable[[str, str], Mail]


def html(old: str, new: str) -> Break:
    """Break the first place where the HTML says `old`."""

    def broken(page: str, text: str) -> Mail:
        assert old in page
        return page.replace(old, new, 1), text

    return broken


def pattern(old: str, new: str) -> Break:
    """Break the first match of a regular expression in the HTML."""

    def broken(page: str, text: str) -> Mail:
        found, times = re.subn(old, new, page, count=1, flags=re.DOTALL)
        assert times == 1
        return found, text

    return broken


def before_the_end(more: str) -> Break:
    """Put something at the end of the body."""
    return html("</body>", f"{more}</body>")


def text(change: Callable[[str], str]) -> Break:
    """Break the text part."""
    return lambda page, part: (page, change(part))


LINK = '<a href="{}" style="color:#1c1b18">a word</a>'
IMAGE = '<img src="{}" alt="" width="{}" style="display:block">'
STYLED = '<p style="color:#1c1b18;{}">words</p>'
TABLE = '<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td>{}</td></tr></table>'
NESTED = "words"
for _ in range(7):
    NESTED = TABLE.format(NESTED)

BROKEN: list[tuple[str, Level, Break]] = [
    ("E01", Level.ERROR, before_the_end("<!--" + "x" * 102_000 + "-->")),
    ("E01", Level.WARN, lambda page, part: (page + "<!--" + "x" * (92_100 - len(page.encode())) + "-->", part)),
    ("E02", Level.ERROR, html("</head>", f"<style>{'a{color:#000000}' * 520}</style></head>")),
    ("E03", Level.ERROR, html("<!DOCTYPE html>", "")),
    ("E03", Level.ERROR, html("<!DOCTYPE html>", '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">')),
    ("E04", Level.ERROR, html('<html lang="en"', "<html")),
    ("E05", Level.ERROR, html('dir="ltr"', 'dir="auto"')),
    ("E06", Level.ERROR, pattern("<title>.*?</title>", "<title> </title>")),
    ("E07", Level.ERROR, html('<meta charset="utf-8">', "")),
    ("E07", Level.ERROR, pattern('<meta name="viewport"[^>]*>', "")),
    ("E07", Level.WARN, pattern('<meta name="format-detection"[^>]*>', "")),
    *(("E08", Level.ERROR, before_the_end(f"<{tag}></{tag}>")) for tag in ("script", "form", "iframe", "video", "svg")),
    ("E08", Level.ERROR, html("</head>", '<link rel="stylesheet" href="https://example.org/a.css"></head>')),
    ("E09", Level.ERROR, before_the_end('<p onclick="leave()">words</p>')),
    ("E10", Level.ERROR, html("</head>", "<style>@import url(https://example.org/a.css);</style></head>")),
    ("E10", Level.ERROR, html("</head>", "<style>@\\69mport 'a.css';</style></head>")),
    ("E10", Level.ERROR, html("</head>", "<style>@font-face{font-family:X}</style></head>")),
    ("E11", Level.ERROR, before_the_end("<style>p{color:#000000}</style>")),
    ("E12", Level.ERROR, html(' role="presentation"', "")),
    ("E13", Level.ERROR, html(' cellspacing="0"', "")),
    ("E14", Level.WARN, before_the_end(NESTED)),
    ("E15", Level.ERROR, html("<![endif]-->", "-->")),
    ("E16", Level.ERROR, html("<!--[if mso]><table", "<!--[if mso]><tr><table")),
    ("E17", Level.ERROR, before_the_end(STYLED.format("box-shadow:0 0 1px #000000"))),
    ("E17", Level.ERROR, before_the_end(STYLED.format("display:flex"))),
    ("E17", Level.ERROR, before_the_end(STYLED.format("position:relative"))),
    *(
        ("E18", Level.ERROR, before_the_end(STYLED.format(f"width:{value}")))
        for value in ("calc(100% - 2px)", "var(--w)", "min(1px,2px)", "10vw", "2rem", "3ch")
    ),
    ("E18", Level.ERROR, html("</head>", "<style>p{width:clamp(1px,2px,3px)}</style></head>")),
    ("E19", Level.ERROR, before_the_end('<p style="color:#000">words</p>')),
    ("E19", Level.ERROR, before_the_end('<p style="color:rgb(0, 0, 0)">words</p>')),
    ("E19", Level.ERROR, before_the_end(STYLED.format("background-color:white"))),
    ("E20", Level.ERROR, before_the_end(STYLED.format("width:1px !important"))),
    ("E21", Level.ERROR, before_the_end(STYLED.format("margin:0 -4px"))),
    ("E22", Level.ERROR, before_the_end(STYLED.format("font-size:11px"))),
    ("E22", Level.ERROR, before_the_end(STYLED.format("font:bold 11px/14px Georgia,serif"))),
    ("E22", Level.ERROR, before_the_end('<p style="font-size:16px"><b style="font-size:.6em">w</b></p>')),
    ("E22", Level.ERROR, html("</head>", "<style>p{font-size:8pt}</style></head>")),
    *(
        ("E23", Level.ERROR, before_the_end(f"<p>{words}</p>"))
        for words in ("{{ name }}", "{% if a %}", "None", "14 min · None", "by None", "[object Object]", "%%address%%")
    ),
    ("E23", Level.ERROR, before_the_end(LINK.format("https://example.org/%7B%7Bslug%7D%7D"))),
    ("E23", Level.ERROR, before_the_end(LINK.format("https://example.org/undefined"))),
    ("E24", Level.ERROR, html(' alt=""', "")),
    ("E25", Level.ERROR, before_the_end(IMAGE.format("http://example.org/a.png", 10))),
    ("E25", Level.ERROR, before_the_end(IMAGE.format("data:image/png;base64,AAAA", 10))),
    ("E26", Level.ERROR, before_the_end(IMAGE.format("https://example.org/a.png", "100%"))),
    ("E27", Level.WARN, before_the_end(IMAGE.format("https://example.org/a.webp?w=1", 10))),
    ("E28", Level.WARN, before_the_end('<img src="https://example.org/a.png" alt="" width="1">')),
    *(
        ("E29", Level.ERROR, before_the_end(LINK.format(address)))
        for address in ("/there", "http://example.org/", "javascript:leave()", "#top", "//example.org/", "http://[")
    ),
    ("E30", Level.WARN, before_the_end(LINK.format("https://example.org/" + "x" * 400))),
    ("E31", Level.ERROR, before_the_end('<a href="https://example.org/"> &zwnj;</a>')),
    ("E32", Level.WARN, before_the_end('<a href="https://example.org/" style="color:#1c1b18">Read more →</a>')),
    ("E33", Level.ERROR, lambda page, part: (re.sub(r"(?i)<a\b[^>]*>[^<]*unsubscribe[^<]*</a>", "", page), part)),
    ("E34", Level.ERROR, before_the_end("<h1>again</h1>")),
    ("E34", Level.ERROR, before_the_end("<h5>deep</h5>")),
    ("E35", Level.ERROR, pattern(r"(<body[^>]*><div[^>]*)display:none", r"\1display:block")),
    ("E35", Level.WARN, pattern(r"(<body[^>]*><div[^>]*>).*?</div>", r"\1Short.</div>")),
    ("E36", Level.WARN, html("prefers-color-scheme:dark", "prefers-color-scheme:light")),
    ("E37", Level.ERROR, before_the_end('<p style="color:#c0c0c0">pale words</p>')),
    ("E37", Level.ERROR, before_the_end('<p style="color:#3d3a34">words with no twin in dark mode</p>')),
    ("E38", Level.WARN, before_the_end('<p style="background-color:#fffdf8;color:#a8281e">words</p>')),
    ("E39", Level.ERROR, text(lambda part: part + "<p>words</p>")),
    ("E39", Level.ERROR, text(lambda part: part + "x" * 999)),
    ("E39", Level.ERROR, text(lambda part: re.sub(r"(?im)^.*(unsubscribe|/u/).*$", "", part))),
    ("E40", Level.ERROR, text(lambda part: re.sub(r"https://\S+", "", part, count=20))),
    ("E41", Level.ERROR, before_the_end('<p dir="rtl" style="color:#1c1b18;letter-spacing:.5px">كلمات</p>')),
]  # fmt: skip


@lru_cache(maxsize=1)
def mail() -> Mail:
    return drawn("full")


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("state", STATES)
def test_our_own_mail_has_nothing_that_the_lint_finds(state: str, look: Look) -> None:
    page, part = drawn(state, look)

    assert [one for one in lint.check(page, part) if one.rule != "E01"] == []
    assert len(page.encode()) < 102_000


@pytest.mark.parametrize(("rule", "level", "broken"), BROKEN, ids=lambda value: value if isinstance(value, str) else "")
def test_a_mail_broken_on_purpose_is_caught_by_the_rule(rule: str, level: Level, broken: Break) -> None:
    found = lint.check(*broken(*mail()))

    assert (rule, level) in {(one.rule, one.level) for one in found}


def test_every_rule_has_a_way_to_be_broken() -> None:
    assert {rule for rule, _, _ in BROKEN} == {f"E{number:02d}" for number in range(1, 42)}


def test_a_finding_names_the_line_it_is_about() -> None:
    page = "<!DOCTYPE html>\n<html>\n<body>\n<p>words</p>\n<script></script>\n</body></html>"

    assert [one.line for one in lint.check(page) if one.rule == "E08"] == [5]


@pytest.mark.parametrize(
    "words", ["None of the ministers came.", "The answer: none", "Nobody, and None the wiser", "An undefined behaviour"]
)
def test_english_words_that_templates_leave_too_are_no_finding_in_a_sentence(words: str) -> None:
    page, part = before_the_end(f'<p class="d-i" style="color:#1c1b18">{words}</p>')(*mail())

    assert [one.message for one in lint.check(page, part) if one.rule == "E23"] == []


@pytest.mark.parametrize("nothing", ["", "   ", "\x00"])
def test_where_there_is_no_html_at_all_that_is_said(nothing: str) -> None:
    with pytest.raises(LintError):
        lint.check(nothing)


@given(st.text() | st.text(alphabet="<>/=\"'abpdtr! -[]{}:;#0123456789").map(lambda some: f"<p>{some}</p>"))
def test_whatever_stands_in_the_html_the_lint_answers(some: str) -> None:
    try:
        found = lint.check(some, some)
    except LintError:
        return

    assert all(re.fullmatch(r"E\d\d", one.rule) and one.message for one in found)


NOW = datetime(2026, 3, 1, 5, tzinfo=UTC)
OTHER = "A" * 35
MESSAGE = "\r\n".join(
    (
        "DKIM-Signature: v=1; a=rsa-sha256; h=from:list-unsubscribe:list-unsubscribe-post; b=x",
        "From: Daily <news@example.org>",
        "To: ana@example.org",
        "Reply-To: desk@example.org",
        "Subject: The council votes at last",
        "Date: Sun, 01 Mar 2026 04:00:00 +0000",
        "Message-ID: <d.1@example.org>",
        "List-Id: Daily <daily.example.org>",
        "List-Unsubscribe: <https://example.org/u/x>, <mailto:unsub+x@b.example.org>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "MIME-Version: 1.0",
        'Content-Type: multipart/alternative; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "Words https://example.org/u/" + "B" * 35,
        "--b",
        "Content-Type: text/html; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "<p>Words</p>",
        "--b--",
        "",
    )
)


def whole(old: str = "", new: str = "", **known: object) -> set[tuple[str, Level]]:
    """Return the rules that find something in the message with one change."""
    assert old in MESSAGE
    raw = MESSAGE.replace(old, new, 1) if old else MESSAGE
    return {(one.rule, one.level) for one in lint.check_message(raw.encode(), NOW, **known)}  # type: ignore[arg-type]


def test_a_whole_message_as_it_should_be_passes() -> None:
    assert whole(others={OTHER}, preheader="What else the day brings") == set()


@pytest.mark.parametrize(
    ("rule", "level", "old", "new"),
    [
        ("H1", Level.ERROR, "multipart/alternative", "multipart/mixed"),
        ("H1", Level.ERROR, "text/plain", "text/html"),
        ("H2", Level.ERROR, "Encoding: quoted-printable", "Encoding: 8bit"),
        ("H2", Level.ERROR, "Words", "x" * 999),
        ("H3", Level.ERROR, "<https://example.org/u/x>, ", ""),
        ("H3", Level.ERROR, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", ""),
        ("H3", Level.ERROR, ":list-unsubscribe-post", ""),
        ("H3", Level.WARN, ", <mailto:unsub+x@b.example.org>", ""),
        ("H3", Level.WARN, "DKIM-Signature", "X-Signature"),
        ("H4", Level.ERROR, "List-Id", "X-List-Id"),
        ("H4", Level.WARN, "Reply-To", "X-Reply-To"),
        ("H5", Level.ERROR, "The council", "[Test 2] The council"),
        ("H5", Level.WARN, "The council votes at last", "Votes"),
        ("H6", Level.ERROR, "To: ana@example.org", "To: ana@example.org, ben@example.org"),
        ("H7", Level.ERROR, "B" * 35, OTHER),
    ],
)  # fmt: skip
def test_a_whole_message_broken_on_purpose_is_caught(rule: str, level: Level, old: str, new: str) -> None:
    assert (rule, level) in whole(old, new, others={OTHER})


def test_a_subject_that_the_preheader_repeats_is_caught() -> None:
    assert whole(preheader="The council  votes at last") == {("H5", Level.ERROR)}


@pytest.mark.parametrize(
    "facts",
    [
        Facts(articles=(("https://example.org/a", datetime(2026, 3, 2, tzinfo=UTC)),)),
        Facts(articles=(("https://example.org/a", NOW), ("https://example.org/a", NOW))),
        Facts(counted=3, placed=2),
    ],
)
def test_articles_from_the_future_or_twice_and_a_wrong_count_are_caught(facts: Facts) -> None:
    assert whole(facts=facts) == {("H8", Level.ERROR)}
