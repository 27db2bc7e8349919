import re

import pytest
from lxml import html as lxml_html

from digest.config import Site
from digest.errors import TemplateError
from digest.render import Renderer, fill, inline_css
from digest.values import NoticeKind

SITE = Site(name="Harbour Post", postal_address="1 Example Street, Baku", accent="#0a5c36")
LINK = "https://digest.example.org/confirm/AbCdEfGhIjKlMnOpQrStUvWxYz0123456_-"


def context(**changes: object) -> dict[str, object]:
    given = {"name": "Harbour Post", "link": LINK, "address": "leyla@example.net", "sections": [], "site": SITE}
    return {**given, "language": "en", **changes}


@pytest.mark.parametrize("kind", [NoticeKind.CONFIRM, NoticeKind.SIGN_IN])
@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_a_notice_has_one_heading_one_button_and_its_link_in_both_parts(kind: NoticeKind, language: str) -> None:
    page = Renderer().notice(kind, context(language=language))

    html, text = fill(page, {})

    tree = lxml_html.fromstring(html)
    assert len(tree.xpath("//h1")) == 1
    assert {link.get("href") for link in tree.xpath("//a")} == {LINK}
    assert LINK in text.splitlines()
    assert "leyla@example.net" in html
    assert "leyla@example.net" in text
    assert page.subject in html
    assert 10 <= len(page.subject) <= 70
    assert not re.search(r"%%|\{\{|\bNone\b", html + text + page.subject)


def test_a_confirmation_says_which_sections_were_asked_for() -> None:
    html, text = fill(Renderer().notice(NoticeKind.CONFIRM, context(sections=["News", "Arts & <Letters>"])), {})

    assert "Sections: News, Arts &amp; &lt;Letters&gt;." in html
    assert "Sections: News, Arts & <Letters>." in text


def test_a_confirmation_without_sections_does_not_mention_any() -> None:
    html, text = fill(Renderer().notice(NoticeKind.CONFIRM, context()), {})

    assert "Sections" not in html + text


def test_what_a_stranger_typed_cannot_become_markup_or_a_token() -> None:
    page = Renderer().notice(NoticeKind.CONFIRM, context(name="<b>%%link%%</b>", address='"<i>%%name%%"@example.org'))

    html, text = fill(page, {})

    assert "<i>" not in html
    assert "<b>%" not in html
    assert "%%" not in html + text + page.subject


def test_notices_of_one_kind_are_inlined_once_however_many_there_are() -> None:
    runs: list[str] = []

    def counted(html: str) -> str:
        runs.append(html)
        return inline_css(html)

    renderer = Renderer(inline=counted)
    pages = [renderer.notice(NoticeKind.CONFIRM, context(address=f"reader{n}@example.net")) for n in range(50)]

    assert len(runs) == 1
    assert {page.values["address"] for page in pages} == {f"reader{n}@example.net" for n in range(50)}


def test_a_test_mail_is_no_notice_of_ours() -> None:
    with pytest.raises(TemplateError, match="A test mail is an edition"):
        Renderer().notice(NoticeKind.TEST, context())
