import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources import text
from digest.sources.plain import balanced

BASE = "https://news.example.org/story/"
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


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


SENTENCES = [
    (
        "en",
        "She moved to the U.S. in May and works for Acme Inc. Dublin, near the No. 7 line, with J. K. Weber and Dr. Ruiz of the council.",
        "So it was.",
    ),
    (
        "en",
        "“I came. I saw. I won,” said the mayor of the town at the opening of the long bridge over the river on Tuesday.",
        "She left.",
    ),
    (
        "en",
        "The council (which met on Tuesday. And on Friday.) talked for hours about the tram, the bridge, and the past weeks.",
        "“So it was,” she said.",
    ),
    (
        "en",
        'The mayor called it "the best. The very best." of all the bridges that the town has built over the river so far.',
        "12 came.",
    ),
    (
        "es",
        "Viajó a EE. UU. con el Sr. López y con la Sra. Gil, que viven allí desde hace muchos años y no vuelven.",
        "¿Qué pasó?",
    ),
    (
        "es",
        "El alcalde dijo que no, y se fue del pleno sin decir ni una palabra más sobre el tranvía ni sobre el puente.",
        "«¡Nada!», dijo.",
    ),
    (
        "fr",
        "M. Dupont et Mme Roux sont venus mardi au conseil municipal pour défendre le tramway et le vieux pont.",
        "« Rien », dit-il.",
    ),
    (
        "de",
        "Am 5. Jan. kam Dr. Müller, z. B. mit dem Zug, in die Stadt und sprach mit dem Rat lange über die alte Brücke.",
        "Er ging.",
    ),
    (
        "de",
        "„Das ist gut. Sehr gut“, sagte die Bürgermeisterin am Dienstag bei der Eröffnung der neuen langen Brücke.",
        "– Nein, sagte er.",
    ),
    (
        "it",
        "Il sig. Rossi e l’avv. Bianchi sono venuti martedì in consiglio per difendere il tram e il vecchio ponte.",
        "Poi basta.",
    ),
    (
        "pt",
        "O Sr. Silva e a Sra. Costa vieram na terça-feira à câmara municipal para defender o bonde e a velha ponte.",
        "Depois, nada.",
    ),
    (
        "ru",
        "Он пришёл, т. е. явился, в 2026 г. на заседание совета по ул. Мира и говорил о трамвае и мосте весь вечер.",
        "Потом ушёл.",
    ),
    (
        "tr",
        "Sayın Doç. Dr. Ayşe Yılmaz salı günü belediye meclisine gelip tramvayı ve eski köprüyü uzun uzun anlattı.",
        "İyi oldu.",
    ),
    (
        "az",
        "Prof. Əliyev çərşənbə axşamı şəhər şurasına gəlib tramvay və köhnə körpü haqqında saatlarla danışdı.",
        "Sonra getdi.",
    ),
    (
        "ar",
        "اجتمع المجلس يوم الثلاثاء لمناقشة الترام والجسر القديم في المدينة، واستمر الاجتماع ساعات طويلة حتى منتصف الليل.",
        "هل وافق الجميع؟",
    ),
    (
        "he",
        "המועצה התכנסה ביום שלישי כדי לדון ברכבת הקלה ובגשר הישן של העיר, והישיבה נמשכה שעות רבות עד אחרי חצות.",
        "האם הסכימו?",
    ),
    (
        "hi",
        "परिषद की बैठक मंगलवार को हुई और ट्राम तथा पुराने पुल पर घंटों तक लंबी चर्चा होती रही, पर कोई फ़ैसला नहीं हो सका।",
        "सब घर गए।",
    ),
    (
        "ur",
        "کونسل کا اجلاس منگل کو ہوا اور ٹرام اور پرانے پل پر گھنٹوں تک لمبی بحث ہوتی رہی لیکن کوئی فیصلہ نہیں ہو سکا۔",
        "سب گھر گئے۔",
    ),
    ("zh", "市议会星期二开会，讨论电车与老桥的未来，" * 5 + "没有结果。", "市长走了。"),
    ("ja", "市長は「はい。」と言って、電車と古い橋の話を終えた" * 4 + "。", "そして帰った。"),
]
LONG = {
    "zh": "然后又谈了很久，" * 40,
    "ja": "それから長い間話し合って、" * 30,
}


@pytest.mark.parametrize(("language", "first", "second"), SENTENCES)
def test_a_summary_ends_where_a_sentence_does(language: str, first: str, second: str) -> None:
    space = "" if language in LONG else " "
    rest = LONG.get(language, "And then they went on " + "and on " * 60)
    assert len(first) >= 100
    assert text.summary([f"{first}{space}{second}{space}{rest}"], language) == first


@pytest.mark.parametrize(("language", "first", "second"), SENTENCES)
def test_a_paragraph_that_fits_is_taken_whole(language: str, first: str, second: str) -> None:
    paragraph = f"{first} {second}"
    assert text.summary([paragraph, "Nothing of this."], language) == paragraph


def test_a_sentence_goes_on_before_a_small_letter() -> None:
    first = (
        "The mayor opened the shop of yes! and no. in the old town near the river on Tuesday, with all of the council,"
    )
    assert text.summary([f"{first} he said. Then he left. {'And on ' * 60}"]) == f"{first} he said."


def test_text_without_marks_of_sentences_is_cut_between_its_phrases() -> None:
    phrase = "สภาเมืองประชุมกันในวันอังคารเพื่อหารือเรื่องรถรางและสะพาน"
    assert text.summary([" ".join([phrase] * 9)], "th") == " ".join([phrase] * 5) + "…"
    assert text.summary([phrase, phrase], "th") == f"{phrase} {phrase}"


@pytest.mark.parametrize(
    ("paragraphs", "found"),
    [
        (["The council met. It talked about the tram and the […]"], "The council met."),
        (["The council met. It talked about the tram and the"], "The council met."),
        (["The council met. It talked about the tram and…"], "The council met."),
        (["The council, that met on Tuesday, talked about the […]"], "The council, that met on Tuesday, talked about the…"),
        (["The council, that met on Tuesday, talked … [...]"], "The council, that met on Tuesday, talked…"),
        (["And then silence…"], "And then silence…"),
        (["Council approves the tram"], "Council approves the tram"),
        (["Tags: tram", "The council met.", "a list’s item", "It went home."], "The council met. It went home."),
        (["The council decided:", "three trams", "It went home."], "It went home."),
        (["By Ana Ruiz", "The council met."], "The council met."),
        (["By Ana Ruiz.", "The council met."], "The council met."),
        (["MADRID (The Agency) — The council met."], "The council met."),
        (["Madrid, 5 ene (EFE).- El pleno se reunió."], "El pleno se reunió."),
        (["Berlin (dpa) – Der Rat tagte."], "Der Rat tagte."),
        (["Anna Weber (ABC) – Bürgermeisterin seit Mai – ging."], "Anna Weber (ABC) – Bürgermeisterin seit Mai – ging."),
        ([], ""),
        (["", " "], ""),
    ],
)  # fmt: skip
def test_what_is_no_whole_sentence_is_left_out_as_long_as_there_is_better(paragraphs: list[str], found: str) -> None:
    assert text.summary(paragraphs) == found


@pytest.mark.parametrize(
    "paragraphs",
    [["The tram burned!", "It was old."], ["The Tram burned. It was old."], ["THE TRAM BURNED", "It was old."]],
)
def test_the_title_is_not_repeated(paragraphs: list[str]) -> None:
    assert text.summary(paragraphs, title="The tram burned") == "It was old."


def test_a_long_label_stands_for_itself() -> None:
    dek = "Council approves the tram to the harbour after a debate that went on for hours, with 12 votes against 11, and a late walk home"
    assert text.summary([dek, "The council met."]) == dek


def test_only_a_first_sentence_that_is_too_long_is_cut() -> None:
    found = text.summary([f"“The {'tram ' * 80}burned.”"])
    assert found.endswith("tram…”")
    assert len(found) <= 300
    assert text.summary(["Short.", "The " + "tram " * 80 + "burned."]) == "Short."


def test_sentences_of_the_text_win_over_an_excerpt_of_it_that_was_cut_off() -> None:
    whole = text.read(
        "<p>The council met on <b>Tuesday</b>. It talked about the tram and the bridge. It went home.</p>"
    )
    cut_off = text.read("The council met on Tuesday. It talked about the […]")
    other = text.read("A night of talk. And then […]")
    dek = text.read("A night of talk.")
    assert (
        text.excerpt(cut_off, whole)
        == "The council met on Tuesday. It talked about the tram and the bridge. It went home."
    )
    assert text.excerpt(other, whole) == "A night of talk."
    assert text.excerpt(dek, whole) == "A night of talk."


def test_the_order_of_summaries_is_excerpt_teaser_text() -> None:
    whole = text.read("<p>The council met.</p><!--more--><p>It went home.</p>")
    nothing = text.read("")
    assert text.excerpt(nothing, whole) == "The council met."
    assert text.excerpt(text.read("The council met"), whole, title="The council met") == ""
    assert text.excerpt(nothing, text.read("<p>It met. It went.</p>")) == "It met. It went."


ANY_TEXT = st.text(
    st.sampled_from("aÄя日の。．.?!…[]()“”«»\"' \n\t\u200b\x00\x1e\xad\u200f\u202b\u2067\u202c\u2069ع،ไ1-<&ß"),
    max_size=700,
) | st.text(max_size=400)


@given(
    st.lists(ANY_TEXT, max_size=4), st.sampled_from(("en", "de", "es", "fr", "ru", "ar", "ja", "zh", "", "xx-yy", "tr"))
)
def test_a_summary_is_made_of_its_texts_words_and_of_nothing_else(paragraphs: list[str], language: str) -> None:
    found = text.summary(paragraphs, language)
    plain = balanced("".join(text.squeezed(paragraph) for paragraph in paragraphs))
    bare = "".join(one for one in found if one not in " …" and one not in BIDI)
    rest = iter(one for one in plain if one != " " and one not in BIDI)
    assert len(found) <= 300
    assert found == balanced(text.squeezed(found))
    assert all(one in rest for one in bare.rstrip('"”»)]’」』）“«'))
    assert text.summary([found], language) == found


@given(ANY_TEXT, st.integers(1, 320))
def test_a_cut_text_fits_and_its_directions_are_closed(whole: str, most: int) -> None:
    found = text.cut(whole, most)
    assert len(found) <= most
    assert balanced(found) == found
    assert text.cut(found, most) == found


def test_a_cut_never_falls_inside_a_word() -> None:
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


def test_markup_may_be_nested_as_deep_as_it_likes() -> None:
    assert text.read("<div><b>" * 5000 + "The tram.", BASE).text == "The tram."


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
    ("claims", "tag"),
    [
        (("en_US",), "en-us"),
        (("EN-us,es",), "en-us"),
        (("de_DE.UTF-8",), "de-de"),
        (("zh-Hant-TW",), "zh-hant-tw"),
        (("es-419",), "es-419"),
        (("eng",), "en"),
        (("iw",), "he"),
        (("English", "", "fr"), "fr"),
        (("x-default", "und", "xx", "c", "qqq"), ""),
        ((), ""),
    ],
)
def test_a_language_is_what_is_claimed_as_a_tag(claims: tuple[str, ...], tag: str) -> None:
    assert text.language(*claims) == tag


@pytest.mark.parametrize(
    ("claims", "whole", "tag"),
    [
        (("en", "ar"), "اجتمع المجلس يوم الثلاثاء لمناقشة الترام", "ar"),
        (("en",), "اجتمع المجلس يوم الثلاثاء لمناقشة الترام", ""),
        (("en",), "המועצה התכנסה ביום שלישי כדי לדון ברכבת", "he"),
        (("en",), "市長は橋と電車について長い間話し合ってから帰った", "ja"),
        (("ja",), "市長は橋と電車について長い間話し合ってから帰った", "ja"),
        (("zh-cn",), "市议会星期二开会讨论电车与老桥的未来没有结果市长走了", "zh-cn"),
        (("ko",), "시의회는 화요일에 모여 전차와 오래된 다리에 대해 이야기했다", "ko"),
        (("ar",), "The council met on Tuesday to talk about the tram", ""),
        (("sr",), "Savet se sastao u utorak da razgovara o tramvaju", "sr"),
        (("en",), "ترام", "en"),
        (("en",), "The council of المدينة القديمة met", "en"),
        ((), "Совет собрался во вторник чтобы обсудить трамвай", ""),
    ],
)
def test_a_language_falls_only_where_the_script_surely_is_another(
    claims: tuple[str, ...], whole: str, tag: str
) -> None:
    assert text.language(*claims, text=whole) == tag


@pytest.mark.parametrize(
    ("title", "language", "direction"),
    [
        ("«مرحبا» hello", "en", "rtl"),
        ("123 hello مرحبا", "", "ltr"),
        ("12:00 — שלום", "", "rtl"),
        ("BRIDGE: الجسر القديم", "ar", "rtl"),
        ("BRIDGE: الجسر القديم", "", "ltr"),
        ("The tram", "ar", "ltr"),
        ("\u2067مرحبا\u2069 hello", "en", "ltr"),
        ("2026", "", "ltr"),
        ("", "fa", "ltr"),
    ],
)
def test_direction_is_that_of_the_first_strong_letter_or_of_the_language(
    title: str, language: str, direction: str
) -> None:
    assert text.direction(title, language) == direction


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
