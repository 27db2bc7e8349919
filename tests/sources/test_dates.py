from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources import dates

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STANDARD = """
2026 = 2026-01-01
2026-11 = 2026-11-01
202611 = 2026-11-01
2026-11-24 = 2026-11-24
20261124 = 2026-11-24
2026-1-4 = 2026-01-04
2026-W48 = 2026-11-23
2026-W48-2 = 2026-11-24
2026W482 = 2026-11-24
2026-328 = 2026-11-24
2026328 = 2026-11-24
2026-11-24Z = 2026-11-24
2026-11-24+01:00 = 2026-11-24T00:00+01:00
2026-11-24T10 = 2026-11-24T10:00
2026-11-24T10:30 = 2026-11-24T10:30
2026-11-24 10:30 = 2026-11-24T10:30
20261124T103000Z = 2026-11-24T10:30
20261124T1030+0100 = 2026-11-24T10:30+01:00
20261124103000 = 2026-11-24T10:30
2026-11-24t10:30:00z = 2026-11-24T10:30
2026-11-24T10:30:00.5Z = 2026-11-24T10:30:00.5
2026-11-24T10:30:00,125Z = 2026-11-24T10:30:00.125
2026-11-24 10:30:00.123456789 +0100 = 2026-11-24T10:30:00.123456+01:00
2026-11-24T24:00:00Z = 2026-11-25
2026-11-24T10:30:00+01 = 2026-11-24T10:30+01:00
2026-11-24T10:30:00+0100 = 2026-11-24T10:30+01:00
2026-11-24T10:30:00 +01:00 = 2026-11-24T10:30+01:00
2026-11-24T10:30:00−05:00 = 2026-11-24T10:30-05:00
2026-11-24T10:30:00-05:00Z = 2026-11-24T10:30-05:00
2026-11-24T10:30:00+01:00[Europe/Madrid] = 2026-11-24T10:30+01:00
2026-11-24T10:30:00 Europe/Madrid = 2026-11-24T10:30+01:00
2026-07-24T10:30:00 Europe/Madrid = 2026-07-24T10:30+02:00
2026-11-24 10:30:00 +0000 UTC = 2026-11-24T10:30
2026-11-24 10:30:00.25 +0100 CET m=+0.000123 = 2026-11-24T10:30:00.25+01:00
2026-11-24T10:30:00+25:00 = 2026-11-24T10:30
Tue, 24 Nov 2026 10:30:00 +0000 = 2026-11-24T10:30
Tue, 24 Nov 2026 10:30:00 GMT = 2026-11-24T10:30
Tue,24 Nov 2026 10:30:00 GMT = 2026-11-24T10:30
Tue,  24  Nov  2026  10:30:00  GMT = 2026-11-24T10:30
24 Nov 26 10:30 UT = 2026-11-24T10:30
24 Nov 99 10:30 UT = 1999-11-24T10:30
Tue, 24 Nov 126 10:30:00 GMT = 2026-11-24T10:30
Tuesday, 24-Nov-26 10:30:00 GMT = 2026-11-24T10:30
Tue Nov 24 10:30:00 2026 = 2026-11-24T10:30
Tue Nov 24 10:30:00 UTC 2026 = 2026-11-24T10:30
Tue Nov 24 10:30:00 +0100 2026 = 2026-11-24T10:30+01:00
Mon, 24 Nov 2026 10:30:00 GMT = 2026-11-24T10:30
Tues, 24 Nov 2026 10:30:00 GMT = 2026-11-24T10:30
Tue, 24 November 2026 10:30 GMT = 2026-11-24T10:30
Tue, 5 Sept 2026 10:30:00 GMT = 2026-09-05T10:30
Tue, 24. Nov. 2026, 10:30:00 GMT = 2026-11-24T10:30
Tue, 24 Nov 2026 = 2026-11-24
24 Nov 2026 GMT = 2026-11-24
Tue, 24th Nov 2026 10:30:00 GMT = 2026-11-24T10:30
Tue, 24 Nov 2026 10:30:60 GMT = 2026-11-24T10:30:59
Tue, 24 Nov 2026 24:00:00 GMT = 2026-11-25
Tue, 24 Nov 2026 10:30:00 GMT+2 = 2026-11-24T10:30+02:00
Tue, 24 Nov 2026 10:30:00 GMT-07:00 = 2026-11-24T10:30-07:00
Tue, 24 Nov 2026 10:30:00 UTC+02:00 = 2026-11-24T10:30+02:00
Tue, 24 Nov 2026 10:30:00 +05:30 = 2026-11-24T10:30+05:30
Tue, 24 Nov 2026 10:30:00 -0500 (EST) = 2026-11-24T10:30-05:00
Tue, 24 Nov 2026 10:30:00 EST = 2026-11-24T10:30-05:00
Fri, 24 Jul 2026 10:30:00 EDT = 2026-07-24T10:30-04:00
Tue, 24 Nov 2026 10:30:00 ET = 2026-11-24T10:30-05:00
Fri, 24 Jul 2026 10:30:00 ET = 2026-07-24T10:30-04:00
Tue, 24 Nov 2026 10:30:00 EST5EDT = 2026-11-24T10:30-05:00
Tue, 24 Nov 2026 10:30:00 CET = 2026-11-24T10:30+01:00
Fri, 24 Jul 2026 10:30:00 CEST = 2026-07-24T10:30+02:00
Tue, 24 Nov 2026 10:30:00 MSK = 2026-11-24T10:30+03:00
Tue, 24 Nov 2026 10:30:00 JST = 2026-11-24T10:30+09:00
Fri, 24 Jul 2026 10:30:00 BST = 2026-07-24T10:30+01:00
Tue, 24 Nov 2026 10:30:00 AEDT = 2026-11-24T10:30+11:00
Tue, 24 Nov 2026 10:30:00 Asia/Kolkata = 2026-11-24T10:30+05:30
Tue, 24 Nov 2026 10:30:00 XYZT = 2026-11-24T10:30
Tue, 24 Nov 2026 10:30:00 Eastern Standard Time = 2026-11-24T10:30
Tue, 24 Nov 2026 10:30:00 + 0100 = 2026-11-24T10:30+01:00
Tue, 24 Nov 2026 10:30:00 - 0500 = 2026-11-24T10:30-05:00
Tue, 24 Nov 2026 10:30:00 0000 = 2026-11-24T10:30
Tue, 24 Nov 2026 10:30:00 K = 2026-11-24T10:30
Tue, 24 Nov 2026 10:30:00 +1400 = 2026-11-24T10:30+14:00
Tue, 24 Nov 2026 10:30:00 -1300 = 2026-11-24T10:30
Tue, 24 Nov 2026 10:30:00 +2500 = 2026-11-24T10:30
Tue, 24 Nov 2569 10:30:00 +0700 = 2026-11-24T10:30+07:00
1795516200 = 2026-11-24T10:30
1795516200000 = 2026-11-24T10:30
@1795516200 = 2026-11-24T10:30
/Date(1795516200000)/ = 2026-11-24T10:30
Thu, 01 Jan 1970 00:00:00 GMT = 1970-01-01
Sun, 01 Jan 2041 00:00:00 GMT = 2041-01-01
0001-01-01T00:00:00Z = 0001-01-01
Mon, 01 Jan 0000 00:00:00 GMT = 0001-01-01
"""
ENGLISH = """
Tue, 24 Nov 2026 10:30 PM EST = 2026-11-24T22:30-05:00
Tue Nov 24 2026 10:30:00 GMT+0100 (Central European Standard Time) = 2026-11-24T10:30+01:00
Tue, Nov 24 2026 10:30:00 EST = 2026-11-24T10:30-05:00
Nov. 16, 2020, 10:57 a.m. = 2020-11-16T10:57
Nov 24, 2026 10:30 AM EST = 2026-11-24T10:30-05:00
Nov 24, 2026 12:30 AM = 2026-11-24T00:30
Nov 24, 2026 12:30 PM = 2026-11-24T12:30
Nov 24th 2026 10:30pm = 2026-11-24T22:30
Tuesday, November 24, 2026 - 10:30 = 2026-11-24T10:30
Tuesday, November 24, 2026 at 10:30 PM EST = 2026-11-24T22:30-05:00
Tuesday 24th November 2026 10.30pm = 2026-11-24T22:30
24th of November, 2026 = 2026-11-24
24th November 2026 @ 10:30 = 2026-11-24T10:30
10:30, 24 November 2026 = 2026-11-24T10:30
12 AM Nov 24, 2026 = 2026-11-24
November 2026 = 2026-11-01
Nov. 2026 = 2026-11-01
Sept. 5, 2026 = 2026-09-05
Thurs 26 Nov 2026 = 2026-11-26
Nov 24 '26 = 2026-11-24
Nov-24-2026 = 2026-11-24
24Nov2026 = 2026-11-24
24 NOV 2026 10H30 = 2026-11-24T10:30
24 Nov 2026 1030 = 2026-11-24T10:30
24 Nov 2026 103000 +0100 = 2026-11-24T10:30+01:00
24/Nov/2026:10:30:00 +0100 = 2026-11-24T10:30+01:00
2026:11:24 10:30:00 = 2026-11-24T10:30
Fri, 2026/11/27 08:19:53 EDT = 2026-11-27T08:19:53-04:00
2026-1-4 9:5:7 = 2026-01-04T09:05:07
11/16/2020 = 2020-11-16
11/24/2026 10:30:00 AM = 2026-11-24T10:30
Tue, 11/24/2026 - 10:30 = 2026-11-24T10:30
24/11/2026 = 2026-11-24
24.11.2026 = 2026-11-24
03.04.2026 = 2026-04-03
03/04/2026 = 2026-03-04
Fri, 03/04/2026 = 2026-04-03
Sat, 07 11 2026 10:30:00 +0100 = 2026-11-07T10:30+01:00
Sun, 04/10/2026 = 2026-10-04
11/24/26 = 2026-11-24
11/2026 = 2026-11-01
Published: Tuesday, November 24, 2026 10:30 AM = 2026-11-24T10:30
Posted on November 24, 2026 = 2026-11-24
24 November 2026 by Ana Bell = 2026-11-24
24-Nov-26 10.30.00.000000 AM = 2026-11-24T10:30
24 Nov 2026 | 10:30p = 2026-11-24T22:30
<p>Tue, <b>24 Nov</b> 2026</p> = 2026-11-24
<![CDATA[Tue, 24 Nov 2026 10:30:00 GMT]]> = 2026-11-24T10:30
&lt;b&gt;24&nbsp;Nov 2026&lt;/b&gt; = 2026-11-24
"""
LANGUAGES = """
de: Dienstag, 24. November 2026, 10:30 Uhr = 2026-11-24T10:30
de: 24. November 2026, 10:30 Uhr MEZ = 2026-11-24T10:30+01:00
de: 24.11.26 10:30 = 2026-11-24T10:30
de: am 24.11.2026 um 10 Uhr 30 = 2026-11-24T10:30
de: So, 29 Mär 2026 00:00:00 +0200 = 2026-03-29T00:00+02:00
de-AT: Sa., 24. Jänner 2026 10.30 Uhr = 2026-01-24T10:30
fr: mer, 9 avr 2018 = 2018-04-09
fr: mardi 24 novembre 2026 à 10h30 = 2026-11-24T10:30
fr-CA: mar. 24 nov. 2026 10 h 30 = 2026-11-24T10:30
fr: Lundi, 23. Novembre 2026 - 15:54 = 2026-11-23T15:54
fr: ven., 03 juil. 2026 15:09:58 +0000 = 2026-07-03T15:09:58
fr: 1er décembre 2026 = 2026-12-01
fr: le 24 août 2026 = 2026-08-24
fr: Publié le mardi 24 novembre 2026 à 10:30 = 2026-11-24T10:30
fr: mar., 01 déc. 2026 10:30:00 +0100 = 2026-12-01T10:30+01:00
es: martes, 24 de noviembre de 2026, 10:30 h = 2026-11-24T10:30
es: 24 de noviembre del 2026 = 2026-11-24
es: mar, 03 mar 2026 10:30:00 +0100 = 2026-03-03T10:30+01:00
es: 3 de marzo de 2026 a las 3:30 de la tarde = 2026-03-03T15:30
es-MX: 24 nov. 2026 3:30 p. m. = 2026-11-24T15:30
it: martedì 24 novembre 2026 ore 10.30 = 2026-11-24T10:30
it: mer, 16 nov 2022 10:00:00 +0100 = 2022-11-16T10:00+01:00
it: mar, 3 mar 2026 10:30 = 2026-03-03T10:30
pt: terça-feira, 24 de novembro de 2026 às 10h30 = 2026-11-24T10:30
pt-BR: ter, 24 nov 2026 10:30 = 2026-11-24T10:30
pt: sáb., 28/11/2026 - 10:30 = 2026-11-28T10:30
nl: dinsdag 24 november 2026 10:30 uur = 2026-11-24T10:30
nl: di 24 mrt 2026 10u30 = 2026-03-24T10:30
ru: вторник, 24 ноября 2026 г., 10:30 = 2026-11-24T10:30
ru: Вт, 24 ноя 2026 10:30:00 +0300 = 2026-11-24T10:30+03:00
ru: 24 ноября 2026 в 10:30 = 2026-11-24T10:30
uk: вівторок, 24 листопада 2026 р., 10:30 = 2026-11-24T10:30
bg: вторник, 24 ноември 2026 г. 10:30 ч. = 2026-11-24T10:30
sr: уторак, 24. новембар 2026. = 2026-11-24
tr: 24 Kasım 2026 Salı 10:30 = 2026-11-24T10:30
tr: 24 AĞUSTOS 2026, 10.30 = 2026-08-24T10:30
az: 24 noyabr 2026, 10:30 = 2026-11-24T10:30
pl: wtorek, 24 listopada 2026 10:30 = 2026-11-24T10:30
cs: úterý 24. listopadu 2026 10:30 = 2026-11-24T10:30
cs: 24. 11. 2026 10:30 = 2026-11-24T10:30
sk: utorok 24. novembra 2026 = 2026-11-24
sl: torek, 24. november 2026 ob 10:30 = 2026-11-24T10:30
hr: utorak, 24. studenoga 2026. 10:30 = 2026-11-24T10:30
ro: marți, 24 noiembrie 2026, 10:30 = 2026-11-24T10:30
hu: 2026. november 24., kedd 10:30 = 2026-11-24T10:30
hu: 2026. nov. 24-én 10:30 = 2026-11-24T10:30
hu: 2026.11.24. 10:30 = 2026-11-24T10:30
hu: 2026-január-24T10:30+01:00 = 2026-01-24T10:30+01:00
sv: tisdag 24 november 2026 kl. 10.30 = 2026-11-24T10:30
sv: 2026-11-24 kl. 10:30 = 2026-11-24T10:30
da: tirsdag den 24. november 2026 kl. 10.30 = 2026-11-24T10:30
nb: tirsdag 24. november 2026 kl. 10:30 = 2026-11-24T10:30
no: 24. des. 2026 = 2026-12-24
fi: tiistai 24. marraskuuta 2026 klo 10.30 = 2026-11-24T10:30
fi: 24.11.2026 klo 10.30 = 2026-11-24T10:30
et: teisipäev, 24. november 2026 10:30 = 2026-11-24T10:30
lv: 2026. gada 24. novembris, 10:30 = 2026-11-24T10:30
lt: 2026 m. lapkričio 24 d. 10:30 = 2026-11-24T10:30
is: þriðjudagur, 24. nóvember 2026 = 2026-11-24
ca: 24 de novembre del 2026 a les 10:30 = 2026-11-24T10:30
el: Τρίτη, 24 Νοεμβρίου 2026 10:30 = 2026-11-24T10:30
el: Τρι, 24 Νοε 2026 10:30:00 +0200 = 2026-11-24T10:30+02:00
el: 24 Νοεμβρίου 2026, 3:30 μ.μ. = 2026-11-24T15:30
ar: الثلاثاء، 24 نوفمبر 2026 10:30 = 2026-11-24T10:30
ar: ٢٤ نوفمبر ٢٠٢٦ ١٠:٣٠ م = 2026-11-24T22:30
ar-LB: ٢٤ تشرين الثاني ٢٠٢٦ = 2026-11-24
fa: سه‌شنبه ۳ آذر ۱۴۰۵ - ۱۰:۳۰ = 2026-11-24T10:30
fa: ۱۴۰۵/۰۹/۰۳ ۱۰:۳۰ = 2026-11-24T10:30
fa: ۲۴ نوامبر ۲۰۲۶ = 2026-11-24
he: יום שלישי, 24 בנובמבר 2026, 10:30 = 2026-11-24T10:30
he: 24 נובמבר 2026 בשעה 10:30 = 2026-11-24T10:30
hi: मंगलवार, 24 नवंबर 2026 10:30 = 2026-11-24T10:30
bn: মঙ্গলবার, ২৪ নভেম্বর ২০২৬ = 2026-11-24
th: วันอังคารที่ 24 พฤศจิกายน พ.ศ. 2569 เวลา 10:30 น. = 2026-11-24T10:30
th: 24 พ.ย. 69 = 2026-11-24
th: 24/11/2569 = 2026-11-24
vi: Thứ Ba, 24/11/2026, 10:30 (GMT+7) = 2026-11-24T10:30+07:00
vi: Thứ 3, ngày 24 tháng 11 năm 2026 = 2026-11-24
vi: 24 tháng 11, 2026 = 2026-11-24
id: Selasa, 24 November 2026 10:30 WIB = 2026-11-24T10:30+07:00
id: 24 Agustus 2026 pukul 10.30 = 2026-08-24T10:30
zh: 2026年11月24日 10时30分 = 2026-11-24T10:30
zh-CN: 2026年11月24日 星期二 下午3:30 = 2026-11-24T15:30
zh-TW: 民國115年11月24日 = 2026-11-24
zh: 2026-11-24 上午10:30 = 2026-11-24T10:30
zh: Tue Nov 24 10:30:00 CST 2026 = 2026-11-24T10:30+08:00
ja: 2026年11月24日(火) 10:30 = 2026-11-24T10:30
ja: ２０２６年１１月２４日　午後３時３０分 = 2026-11-24T15:30
ja: 令和8年11月24日 = 2026-11-24
ko: 2026년 11월 24일 화요일 오전 10:30 = 2026-11-24T10:30
ko: 2026년 11월 24일 오후 3시 30분 = 2026-11-24T15:30
ko: 2026-11-24 오후 3:30:15 = 2026-11-24T15:30:15
ko: 2026. 11. 24. = 2026-11-24
"""
NO_DATES = (
    "", " ", "yesterday", "2 hours ago", "today 10:30", "10:30", "5", "24 articles", "Season 3 Episode 5 2026", "version 1.2.3",
    "192.168.1.1", "24 Foo 2026", "31 Nov 2026", "Nov 31, 2026", "30. Februar 2026", "2026-02-30", "2026-13-01", "31/11/2026",
    "99/99/9999", "2026-11-24T25:00:00Z", "0000-00-00 00:00:00", "24 Nov", "24.11.", "9" * 5000, "1:" * 5000, "<" * 5000,
)  # fmt: skip


def rows(table: str) -> list[tuple[str, str]]:
    return [(written, expected) for line in table.strip().splitlines() for written, expected in [line.rsplit(" = ", 1)]]


def instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@pytest.mark.parametrize(("written", "expected"), [*rows(STANDARD), *rows(ENGLISH)])
def test_a_date_is_read_with_its_offset_in_any_form_that_feeds_use(written: str, expected: str) -> None:
    found = dates.parse_local(written)
    assert found == instant(expected)
    assert found is not None
    assert found.utcoffset() == instant(expected).utcoffset()
    assert dates.parse(f"  {written}\n", "en") == found


@pytest.mark.parametrize(("written", "expected"), rows(LANGUAGES))
def test_a_date_is_read_in_the_language_of_its_feed(written: str, expected: str) -> None:
    language, _, text = written.partition(": ")
    found = dates.parse_local(text, language)
    assert found == instant(expected)
    assert found is not None
    assert found.utcoffset() == instant(expected).utcoffset()


@pytest.mark.parametrize("declared", ["", "en-US", "es", "no such language"])
@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("mer, 9 avr 2018", "2018-04-09"),
        ("mar. 24 nov. 2026", "2026-11-24"),
        ("Do, 29 Mär 2026", "2026-03-29"),
        ("24. listopadu 2026", "2026-11-24"),
        ("24 ноября 2026", "2026-11-24"),
        ("wtorek, 24 listopada 2026", "2026-11-24"),
        ("٢٤ تشرين الثاني ٢٠٢٦", "2026-11-24"),
        ("۱۴۰۵/۰۹/۰۳", "2026-11-24"),
        ("2026년 11월 24일", "2026-11-24"),
        ("24 พ.ย. 2569", "2026-11-24"),
    ],
)
def test_a_feed_that_says_no_language_or_a_wrong_one_has_dates_all_the_same(
    declared: str, written: str, day: str
) -> None:
    found = dates.parse(written, declared)
    assert found is not None
    assert found.date().isoformat() == day


def test_a_date_that_two_languages_read_differently_is_none_until_one_is_named() -> None:
    assert dates.parse("24. listopada 2026") is None
    assert dates.parse("24. listopada 2026", "pl") == datetime(2026, 11, 24, tzinfo=UTC)
    assert dates.parse("24. listopada 2026", "hr") == datetime(2026, 10, 24, tzinfo=UTC)


@pytest.mark.parametrize(("language", "month"), [("", 3), ("en", 3), ("en-GB", 4), ("es", 4), ("de", 4), ("sv", 4)])
def test_numbers_stand_in_the_order_of_the_language(language: str, month: int) -> None:
    found = dates.parse("03/04/2026", language)
    assert found is not None
    assert found.month == month


@pytest.mark.parametrize(
    ("written", "language", "day"),
    [
        ("jeu., 02 avril", "fr", "2026-04-02"),
        ("mar., 01 déc.", "fr", "2026-12-01"),
        ("Di, 23 Jan", "de", "2024-01-23"),
        ("Di, 23 Jan", "", "2024-01-23"),
        ("lun. 23 nov. 10:30", "fr", "2026-11-23"),
        ("Mon, 23 Nov", "", "2026-11-23"),
    ],
)
def test_a_weekday_tells_the_year_where_none_is_written(written: str, language: str, day: str) -> None:
    for now in (None, NOW):
        found = dates.parse(written, language, now)
        assert found is not None
        assert found.date().isoformat() == day


@pytest.mark.parametrize(
    ("written", "now", "day"),
    [
        ("23 Jan", datetime(2026, 11, 24, tzinfo=UTC), "2026-01-23"),
        ("1 Dec", datetime(2026, 11, 24, tzinfo=UTC), "2026-12-01"),
        ("24 Dec", datetime(2027, 1, 5, tzinfo=UTC), "2026-12-24"),
        ("2 Jan 10:30", datetime(2026, 12, 31, tzinfo=UTC), "2027-01-02"),
        ("24.11.", datetime(2026, 11, 24, tzinfo=UTC), "2026-11-24"),
        ("29 Feb", datetime(2026, 11, 24, tzinfo=UTC), "2024-02-29"),
        ("Mon, 24 Nov", datetime(2026, 11, 24, tzinfo=UTC), "2025-11-24"),
        ("24 Nov", datetime.max.replace(tzinfo=UTC), "9999-11-24"),
    ],
)
def test_a_date_without_a_year_is_the_nearest_that_is_not_far_ahead(written: str, now: datetime, day: str) -> None:
    found = dates.parse(written, "", now)
    assert found is not None
    assert found.date().isoformat() == day


@pytest.mark.parametrize("written", NO_DATES)
@pytest.mark.parametrize("language", ["", "de", "fr"])
def test_what_is_no_absolute_date_is_none(written: str, language: str) -> None:
    assert dates.parse(written, language) is None


@given(st.text(max_size=80), st.sampled_from(("", "en", "fr", "th", "fa", "xx", "\x00")), st.sampled_from((None, NOW)))
def test_no_text_raises(written: str, language: str, now: datetime | None) -> None:
    found = dates.parse(written, language, now)
    assert found is None or found.utcoffset() == timedelta()


PIECES = (
    "24", "11", "2026", "99", "0", "10:30",
    "24:00", "Nov", "mar", "nov.", "Tue", "月", "年", "日", "時", "午後", "+0100", "-9999", "Z",
    "ET", "Europe/Madrid", "T", "W48", "pm", "/", "-", ".", ",", ":", " ", "(", ")", "۱۴۰۵", "آذر",
    "พ.ย.", "ngày", "thứ 3", "令和", "٣", "²", "Ⅻ",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.sampled_from(("", "en", "fr", "fa", "th", "zh")))
def test_no_jumble_of_the_parts_of_dates_raises(written: str, language: str) -> None:
    local = dates.parse_local(written, language, NOW)
    found = dates.parse(written, language, NOW)
    assert found is None or found == local


@given(st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2049, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 -- hypothesis wants them naive
def test_what_is_written_by_the_standards_comes_back(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    assert dates.parse(moment.isoformat()) == moment
    assert dates.parse(whole.strftime("%a, %d %b %Y %H:%M:%S +0000")) == whole
    assert dates.parse(whole.strftime("%A, %d-%b-%y %H:%M:%S GMT")) == whole
    assert dates.parse(whole.strftime("%a %b %d %H:%M:%S %Y")) == whole
    assert dates.parse(whole.strftime("%d.%m.%Y %H:%M:%S"), "de") == whole


@given(st.datetimes(), st.integers(-1439, 1439))
def test_an_offset_that_no_place_has_is_read_as_utc(moment: datetime, minutes: int) -> None:
    sign = "-" if minutes < 0 else "+"
    offset = f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    found = dates.parse_local(f"{moment.isoformat(timespec='seconds')}{offset}")
    assert found is not None
    assert found.utcoffset() == timedelta(minutes=minutes if -720 <= minutes <= 840 else 0)
