import pytest

from digest.sources import text


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
