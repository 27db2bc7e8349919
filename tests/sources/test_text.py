import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources import text
from digest.sources.plain import balanced

BASE = "https://news.example.org/story/"


@pytest.mark.parametrize(
    ("markup", "paragraphs"),
    [
        ("<b>The tram</b>, they said", ("The tram, they said",)),
        ("one<br>two", ("one two",)),
        ("H<sub>2</sub>O on 5 m<sup>2</sup>, the 1<sup>st</sup> time", ("H2O on 5 m², the 1st time",)),
        ("<p>So it was.<sup><a href='#fn1'>1</a></sup></p>", ("So it was.",)),
        ("<p>A</p>B<div>C<p>D</p>E</div>", ("A", "B", "C", "D", "E")),
        ("One.<br> <br/>Two.<br><br><br>Three.", ("One.", "Two.", "Three.")),
        ("<h2>The vote</h2><p>It was long.</p>", ("It was long.",)),
        ("<h2>Only a heading</h2>", ("Only a heading",)),
        ("<ul><li>One</li><li>Two</li></ul>", ("One", "Two")),
        ("<table><tr><td>Votes</td><td>12</td></tr></table>", ("Votes", "12")),
        ("<pre>one\ntwo\n\nthree</pre>", ("one two", "three")),
        ("Plain\nline.\n\nAnother &amp; last.", ("Plain line.", "Another & last.")),
        ("With a <b>tag</b>.\r\n\r\nBut no block.", ("With a tag.", "But no block.")),
        ("&lt;p&gt;Ruiz &amp;amp; Weber&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;", ("Ruiz & Weber", "Two")),
        ("The tag &lt;b&gt; makes it bold", ("The tag <b> makes it bold",)),
        ("<p>Ruiz &amp;amp; Weber</p>", ("Ruiz &amp; Weber",)),
        ("3 < 5 and 5 > 3", ("3 < 5 and 5 > 3",)),
        ("cut in a tag <a href='https://news.exa", ("cut in a tag",)),
        ("so\u00adft zero\u200bwidth \x00nul\ud800 &#8203;&shy;", ("soft zerowidth nul",)),
        ("می\u200cخواهم", ("می\u200cخواهم",)),
        ("<q>Go</q>, she said", ("“Go”, she said",)),
        ("<ruby>市<rt>し</rt></ruby>議会", ("市議会",)),
        ("<p hidden>a</p><p style='display: none'>b</p><p class='screen-reader-text'>c</p>d", ("d",)),
        ("<script>x</script><style>y</style><iframe>z</iframe><noscript>n</noscript>text", ("text",)),
        ("<figure><img src='a.jpg'><figcaption>The bridge</figcaption></figure><p>Text.</p>", ("Text.",)),
        ("<div class='wp-caption alignleft'><img><p class='wp-caption-text'>The bridge</p></div>Text.", ("Text.",)),
        ("<p>Text.</p><div class='sharedaddy'><h3>Share</h3><a>Send</a></div>", ("Text.",)),
        ("", ()),
        (" &nbsp; <p></p>", ()),
    ],
)
def test_markup_becomes_the_paragraphs_a_reader_sees(markup: str, paragraphs: tuple[str, ...]) -> None:
    assert text.read(markup, BASE).paragraphs == paragraphs


@pytest.mark.parametrize(
    ("markup", "paragraphs"),
    [
        ('[caption id="a" width="300"]<img src="a.jpg"> The bridge[/caption]Text.', ("Text.",)),
        ('<p>[gallery ids="1,2"]</p><p>Text.</p>', ("Text.",)),
        ("[gallery]Text.", ("Text.",)),
        ('[vc_row][vc_column width="1/2"][b]Text.[/b][/vc_column][/vc_row]', ("Text.",)),
        ("Text [divider /]here [unclosed size=”big”]too.", ("Text here too.",)),
        ("[embed]https://video.example.org/1[/embed]Text.", ("Text.",)),
        ('The first words. [caption id="a" wid', ("The first words.",)),
        ("“[He] said [sic] so […],” she wrote [in May].", ("“[He] said [sic] so […],” she wrote [in May].",)),
        ("[VIDEO] The bridge [updated]", ("[VIDEO] The bridge [updated]",)),
    ],
)
def test_shortcodes_go_and_prose_in_brackets_stays(markup: str, paragraphs: tuple[str, ...]) -> None:
    assert text.read(markup, BASE).paragraphs == paragraphs


@pytest.mark.parametrize(
    "footer",
    [
        "The post <a>Why the tram? It burned.</a> appeared first on <a>The Town</a>.",
        "The post The tram first appeared on The Town.",
        "Der Beitrag Die Bahn erschien zuerst auf Die Stadt.",
        "La entrada El tranvía se publicó primero en La Villa.",
        "L’article Le tram est apparu en premier sur La Ville.",
        "O post O bonde apareceu primeiro em A Cidade.",
        "L'articolo Il tram proviene da La Città.",
        "Tramvay yandı yazısı ilk önce Şehir üzerinde ortaya çıktı.",
        "Tramvay yandı yazısı ilk dəfə Şəhər saytında göründü.",
        "Запись Трамвай впервые появилась Город.",
        "ظهرت المقالة الترام أولاً على المدينة.",
        "הפוסט הרכבת הופיע לראשונה ב-העיר.",
        "投稿 電車 は まち に最初に表示されました。",
        "Continue reading “The tram” →",
        "Continue reading The tram burned →",
        "Read more: The bridge is closed",
        "Weiterlesen …",
        "Lire la suite",
        "Leer más »",
        "Leggi tutto",
        "Leia mais",
        "Devamını oku",
        "Davamını oxu",
        "Читать далее",
        "اقرأ المزيد",
        "קרא עוד",
        "続きを読む",
        "阅读全文",
        "12 Comments",
        "Kommentare (3)",
        "Leave a comment",
        "Share on Facebook",
        "Teilen mit:",
        "Photo: Ana Ruiz / Agency",
        "Фото: Анна",
        "(Foto: Ana Ruiz)",
        "© 2026 Ana Ruiz",
        "Advertisement",
    ],
)
def test_what_the_content_system_wrote_is_no_paragraph(footer: str) -> None:
    assert text.read(f"<p>The tram burned.</p><p>{footer}</p>", BASE).paragraphs == ("The tram burned.",)


@pytest.mark.parametrize(
    ("markup", "clean"),
    [
        ("It burned. The post Why? So. appeared first on The Town.", "It burned."),
        ("It burned. Read more...", "It burned."),
        ("電車が燃えた。続きを読む", "電車が燃えた。"),
        ("Сгорел. Читать далее →", "Сгорел."),
        ("Read more books, the teacher said.", "Read more books, the teacher said."),
        ("More — that is what they want.", "More — that is what they want."),
        ("The post office appeared first on the map. Then the bank came.",) * 2,
    ],
)
def test_what_hangs_on_the_last_sentence_goes_and_prose_stays(markup: str, clean: str) -> None:
    assert text.read(markup, BASE).paragraphs == (clean,)


def test_what_stands_before_more_is_the_teaser() -> None:
    read = text.read("<p>The tram burned.</p><!--more--><p>It was old.</p>", BASE)
    assert read.teaser == ("The tram burned.",)
    assert read.paragraphs == ("The tram burned.", "It was old.")
    assert text.read("<p>The tram burned.</p>", BASE).teaser == ()


@pytest.mark.parametrize(
    ("title", "clean"),
    [
        ("<b>The tram</b>, &amp; the <i>bridge</i>", "The tram, & the bridge"),
        ("Ruiz &amp;amp; Weber", "Ruiz &amp; Weber"),
        ("5 < 6 &amp; <vector>", "5 < 6 & <vector>"),
        (" The\n tram\u200b\x00 ", "The tram"),
        ("<p>One</p><p>Two</p>", "One Two"),
    ],
)
def test_a_line_has_no_markup_and_its_entities_read_once(title: str, clean: str) -> None:
    assert text.line(title) == clean


def test_a_long_line_is_cut_at_a_word() -> None:
    assert text.line("tramway " * 100, 40) == "tramway tramway tramway tramway tramway…"


ANY_TEXT = st.text(
    st.sampled_from("aÄя日の。．.?!…[]()“”«»\"' \n\t\u200b\x00\x1e\xad\u200f\u202b\u2067\u202c\u2069ع،ไ1-<&ß"),
    max_size=700,
) | st.text(max_size=400)


@given(ANY_TEXT, st.integers(1, 320))
def test_a_cut_text_fits_and_its_directions_are_closed(whole: str, most: int) -> None:
    """T53."""
    found = text.cut(whole, most)
    assert len(found) <= most
    assert balanced(found) == found
    assert text.cut(found, most) == found


def test_a_cut_never_falls_inside_a_word() -> None:
    """Bug 42."""
    assert text.cut("tramway bridge river", 12) == "tramway…"
    assert text.cut("电车与老桥的未来", 5) == "电车与老…"
    assert text.cut("The end. And on", 12) == "The end…"
    assert text.cut("\u2067ترام وجسر\u2069 and a bridge", 10) == "\u2067ترام…\u2069"


@pytest.mark.parametrize(
    ("whole", "closed"),
    [
        ("\u202bab", "\u202bab\u202c"),
        ("\u2067a\u202ab\u2069c", "\u2067a\u202ab\u202c\u2069c"),
        ("a\u202cb\u2069", "ab"),
        ("\u202aa\u2066b\u202cc\u2069d\u202c", "\u202aa\u2066bc\u2069d\u202c"),
    ],
)
def test_directions_are_closed_in_the_order_they_were_opened(whole: str, closed: str) -> None:
    assert balanced(whole) == closed


@given(ANY_TEXT)
def test_whatever_the_markup_its_text_is_clean(markup: str) -> None:
    read = text.read(f"<p>{markup}", BASE)
    for paragraph in (*read.paragraphs, text.line(markup)):
        assert paragraph == text.squeezed(paragraph)
        assert paragraph.isprintable() or not any(one < " " for one in paragraph)


@pytest.mark.parametrize(
    "piece",
    [
        "…",
        "...",
        "[a x=",
        "[a x= ",
        "[caption a=1]",
        "“",
        '"',
        "(",
        "&lt;img ",
        "<a ",
        "\n ",
        "<br> ",
        "photo: ",
        "A. ",
        "1",
        ".)",
        "\u2067",
        "\u202a\u2069",
    ],
)
def test_no_repetition_takes_more_than_its_share_of_time(piece: str) -> None:
    read = text.read(piece * 20_000 + "x", BASE)
    assert len(text.summary(read.paragraphs)) <= 300
    assert len(text.line(piece * 20_000)) <= text.TITLE_MAX


def test_markup_nested_deeper_than_any_page_is_read_as_far_as_it_is_one() -> None:
    assert text.read("<div><b>" * 100 + "The tram.", BASE).text == "The tram."
    assert text.read("<p>The tram.</p>" + "<div><b>" * 5000 + "x", BASE).text.startswith("The tram.")


@pytest.mark.parametrize(
    ("whole", "minutes"),
    [
        ("word " * 265, 1),
        ("word " * 266, 2),
        ("word — | · " * 265, 1),
        ("日" * 500, 1),
        ("日" * 501 + "。、", 2),
        ("트램 " * 251, 2),
        ("10:00 — “日本" + "語" * 520, 2),
        ("word " * 100 + "日" * 600, 1),
        ("", None),
        (" — … ", None),
    ],
)
def test_reading_time_counts_words_or_characters(whole: str, minutes: int | None) -> None:
    assert text.minutes(whole) == minutes


def test_the_speed_of_readers_is_the_newsrooms_to_say() -> None:
    assert text.minutes("word " * 400, words_a_minute=200) == 2
    assert text.minutes("日" * 400, characters_a_minute=200) == 2


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("600", 600),
        ("600px", 600),
        (600.0, 600),
        ("100%", None),
        ("12.5", None),
        ("-1", None),
        (None, None),
        ("9" * 5000, None),
    ],
)
def test_a_number_is_whole_or_none(written: object, number: int | None) -> None:
    assert text.number(written) == number


def test_markup_that_would_swell_in_the_parser_is_cut_where_it_begins_to() -> None:
    bomb = "<p>Before.</p>" + "<b>" * 400 + "<p>x" * 4_000
    tracemalloc.start()
    found = text.read(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.paragraphs[0] == "Before."
    assert peak < 64 * 1024 * 1024
    assert len(found.text) < len(bomb), "a page that nests like this holds nothing to read"
