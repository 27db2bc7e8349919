"""What a web page says of its article: the page's bytes go in, its headline, times, people, picture and more come out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser

from digest.sources import byline, discovery, headline, pagebody, pagedates, pictures, text, urls, webpage
from digest.sources.jsonld import JsonLd, Thing, string
from digest.sources.metas import Metas
from digest.sources.pictures import Candidate
from digest.values import DateQuality, Image

_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[a-z0-9]{2,8})*$")
_FALSE = {"false", "0", "no"}
_LOCKED = {"locked", "metered", "paid", "premium", "subscriber"}
_SUMMARY_LEAST = 40
_LEAST_PARAGRAPH = 60


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """What a page came to. Times are aware and keep the publisher's offset; addresses are absolute; `feeds` come best first.

    `article` says that the page calls itself one, or carries a time of publication; a listing or a front page does not. `text` is the
    article's own, where it can be told from the rest of the page.
    """

    url: str
    title: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    date_quality: DateQuality = DateQuality.MISSING
    section: str = ""
    summary: str = ""
    image: Image | None = None
    site: str = ""
    language: str = ""
    feeds: tuple[str, ...] = ()
    paywalled: bool = False
    article: bool = False
    text: str = ""


def parse_page(body: bytes, url: str, now: datetime, content_type: str = "") -> ParsedPage:
    """Read a page of any kind; nothing is fetched, no bytes are so bad that it raises. What is weeks after `now` is no publication."""
    tree = webpage.document(body, content_type)
    metas, json_ld = Metas(tree), JsonLd(tree)
    address = _address(tree, metas, url)
    titles = [metas.first("og:title", "twitter:title"), _title(tree)]
    article = json_ld.article([address, url], titles)
    page = json_ld.page([address, url], titles)
    site = _site(metas, json_ld, article)
    language = _language(tree, metas, article)
    title = headline.headline(tree, metas, article, site, address)
    dateable = pagedates.Dateable(tree, address, metas, article, page, title, language, now)
    dated = pagedates.published(dateable)
    base = webpage.base_of(tree, url)
    is_article = bool(article) or metas.first("og:type").lower() == "article" or dated.quality is DateQuality.PAGE
    whole = pagebody.read(tree, article, base) if is_article else text.Markup(())
    return ParsedPage(
        url=address,
        title=title,
        authors=byline.authors(tree, metas, json_ld, article, site),
        published=dated.moment,
        updated=pagedates.updated(dateable),
        date_quality=dated.quality,
        section=_section(metas, json_ld, article),
        summary=_summary(tree, metas, article, page, language),
        image=pictures.best(_pictures(metas, json_ld, article, whole), base),
        site=site,
        language=language,
        feeds=discovery.addresses_in(tree, url),
        paywalled=_paywalled(metas, json_ld, article, page),
        article=is_article,
        text=whole.text,
    )


def _address(tree: LexborHTMLParser, metas: Metas, url: str) -> str:
    """Return the page's address: the canonical one that it names, where that can be believed."""
    base = webpage.base_of(tree, url)
    for claim in (webpage.attribute(tree.css_first("link[rel~='canonical' i][href]"), "href"), metas.first("og:url")):
        if claim and (found := urls.accepted_canonical(webpage.joined(base, claim), url)):
            return found
    return urls.canonical(url)


def _title(tree: LexborHTMLParser) -> str:
    node = tree.css_first("title")
    return text.line(node.text()) if node is not None else ""


def _site(metas: Metas, json_ld: JsonLd, article: Thing) -> str:
    named = metas.first("og:site_name", "application-name", "al:android:app_name")
    if named:
        return text.line(named, 200)
    whole = next(json_ld.of_type(re.compile(r"^WebSite$|NewsMediaOrganization$")), {})
    return text.line(next(json_ld.names(article.get("publisher")), "") or string(whole, "name"), 200)


def _language(tree: LexborHTMLParser, metas: Metas, article: Thing) -> str:
    claims = (
        webpage.attribute(tree.css_first("html[lang]"), "lang"),
        webpage.attribute(tree.css_first("html"), "xml:lang"),
        metas.first("og:locale"),
        metas.first("content-language", "language", "dc.language"),
        string(article, "inLanguage"),
    )
    for claim in claims:
        clean = claim.strip().lower().replace("_", "-")
        if _LANGUAGE.match(clean):
            return clean
    return ""


def _section(metas: Metas, json_ld: JsonLd, article: Thing) -> str:
    named = string(article, "articleSection") or metas.first(
        "article:section", "section", "parsely-section", "og:article:section"
    )
    return text.line(named, 200) or _from_breadcrumb(json_ld)


def _from_breadcrumb(json_ld: JsonLd) -> str:
    """Return the crumb after the front page's, where the trail is at least front page, section, article."""
    for trail in json_ld.of_type(re.compile(r"^BreadcrumbList$")):
        items = [one for one in json_ld.each(trail.get("itemListElement")) if isinstance(one, dict)]
        names = [name for one in items if (name := string(one, "name") or _item_name(one))]
        if len(names) > 2:  # noqa: PLR2004 -- front page, section, article
            return text.line(names[1], 200)
    return ""


def _item_name(crumb: Thing) -> str:
    item = crumb.get("item")
    return string(item, "name") if isinstance(item, dict) else ""


def _summary(tree: LexborHTMLParser, metas: Metas, article: Thing, page: Thing, language: str) -> str:
    """Return whole sentences of the page's own description, else of its first paragraphs."""
    claims = (
        string(article, "description", "abstract"),
        *metas.each("og:description", "description", "twitter:description", "dc.description"),
        string(page, "description"),
    )
    for claim in claims:
        found = text.summary(text.read(claim).paragraphs, language or "en") if claim else ""
        if len(found) >= _SUMMARY_LEAST:
            return found
    return text.summary(_paragraphs(tree), language or "en") or next((text.line(one) for one in claims if one), "")


def _paragraphs(tree: LexborHTMLParser) -> list[str]:
    """Return the running text of the page: paragraphs of some length, those of the article before others."""
    for selector in ("[itemprop~='articleBody'] p", "article p", "main p", "p"):
        found = [text.squeezed(node.text(separator=" ")) for node in tree.css(selector)[:50]]
        long = [one for one in found if len(one) >= _LEAST_PARAGRAPH]
        if long:
            return long[:5]
    return []


def _pictures(metas: Metas, json_ld: JsonLd, article: Thing, whole: text.Markup) -> Iterator[Candidate]:
    """Yield what the page names for others to show, then the first picture of its text."""
    alt = metas.first("og:image:alt", "twitter:image:alt")
    width, height = text.number(metas.first("og:image:width")), text.number(metas.first("og:image:height"))
    for address in metas.each("og:image", "og:image:secure_url", "og:image:url"):
        yield Candidate(address, alt, width, height)
    for one in (*json_ld.each(article.get("image")), *json_ld.each(article.get("thumbnailUrl"))):
        if isinstance(one, str):
            yield Candidate(one, alt)
        elif isinstance(one, dict) and (address := string(one, "url", "contentUrl")):
            yield Candidate(address, alt, text.number(one.get("width")), text.number(one.get("height")))
    for address in metas.each("twitter:image", "twitter:image:src", "thumbnail", "image"):
        yield Candidate(address, alt)
    if whole.image:
        yield Candidate.of(whole.image)


def _paywalled(metas: Metas, json_ld: JsonLd, article: Thing, page: Thing) -> bool:
    """Say whether readers pay (Google's markup for paywalled content: `isAccessibleForFree` of the article or of a part)."""
    if metas.first("article:content_tier", "og:article:content_tier").lower() in _LOCKED:
        return True
    parts = [part for one in (article, page) for part in json_ld.each(one.get("hasPart")) if isinstance(part, dict)]
    claims = [one.get("isAccessibleForFree") for one in (article, page, *parts)] + [metas.first("isaccessibleforfree")]
    return any(claim is False or str(claim).rsplit("/", 1)[-1].strip().lower() in _FALSE for claim in claims)
