import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources import text
from digest.sources.plain import balanced

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

ANY_TEXT = st.text(
    st.sampled_from("aÄя日の。．.?!…[]()“”«»\"' \n\t\u200b\x00\x1e\xad\u200f\u202b\u2067\u202c\u2069ع،ไ1-<&ß"),
    max_size=700,
) | st.text(max_size=400)
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
    """T55: “EE. UU.” ends none."""
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
