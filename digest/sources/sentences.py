"""Summaries: an article's paragraphs go in, its first whole sentences come out; never half a sentence, never part of a word.

The guards stand on sentencex, which knows many abbreviations and not all: they only ever join what it parted, so that a summary may end
later than it could, and never in the middle.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from sentencex import segment

from digest.sources.phrases import phrases
from digest.sources.plain import balanced, cut, squeezed

SUMMARY_LEAST = 100
SUMMARY_MOST = 300
_LOOK = 2 * SUMMARY_MOST  # sentences are looked for no further than they could be taken
_MARKS = "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"  # of direction: they stand before and behind any other sign
_CLOSERS = "\"'”’“»«›)\\]」』】" + _MARKS
_FINISHED = re.compile(rf"[.!?…。！？．।॥؟۔։።][{_CLOSERS}]*$")
_CUT_OFF = re.compile(rf"(?:\s*+(?:[\[(]\s*+(?:…|\.{{2,4}})\s*+[\])]|…|\.{{3,}}+))++(?P<marks>[\s{_MARKS}]*)$")
_ENDING = 60  # characters that the end of a paragraph is told by
_UNMARKED = re.compile(
    f"[\u0e00-\u0eff\u1780-\u17d3][{_CLOSERS}]*$"
)  # Thai, Lao and Khmer end sentences with a space or nothing
_SHORT_END = re.compile(r"(?:^|[^\w.])[^\W_]{1,2}\.$|(?:^|[^\w.])(?:[^\W\d_]{1,3}\.\s?){2,}$")
_LAST_TOKEN = re.compile(r"([^\W\d_]{3,6})\.$")
_DATE_END = re.compile(r"\d\.?\s[^\W\d_]{3,5}\.$")
_ABBREVIATIONS = phrases(
    """
    mrs messrs prof gen col sgt capt cmdr sen rep gov rev hon pres supt inc corp ltd bros mgr mlle mme
    sra srta sres sras dña dra exmo exma eng avda núm pág art fig vol cap
    bzw evtl ggf inkl str geb dipl ing mag hrsg tel abs avv dott sig geom arch
    doç yrd uzm öğr akad müəl проф акад ген им ул пер тыс млн млрд руб стр рис обл респ dhr mevr
    """,
    None,
)
_BEFORE_NUMBER = re.compile(
    r"(?:^|\W)(?:no|nos|nr|num|núm|nº|№|art|abs|abb|p|pp|s|vol|ch|cap|fig|sec|стр|рис|ст|madde|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
    r"\.$",
    re.IGNORECASE,
)
_OPENERS = "«»¿¡“”\"„‘'’(（[「『【‹"
_LEADING = re.compile(rf"^[{_MARKS}]*(?:[–—―-]\s*)?[{_MARKS}]*")
_TAKEN_UP = re.compile("[\u3040-\u309f、]")  # 「…。」と言った: what is quoted goes on
_UNSPACED_END = re.compile(f"[。！？」』】）][{_CLOSERS}]*$")
_LETTERS = re.compile(r"[\W_]+")
_BYLINE = re.compile(r"(?:By|Von|Par|Por|Door)(?: [^\W\d_a-zß-ÿ][\w.'’-]+){1,4}\.?")
_DATELINE = re.compile(
    r"(?P<place>[^\W\d_][^().:!?–—]{1,60}?)\s*\((?P<agency>[^()]{2,40})\)\s*[.:]?\s*[-–—―]{1,2}\s*(?=[^\W\d_]|[“\"«„¿¡])"
)
_AGENCIES = phrases(
    "aa aap afp agi ani ansa anp ap apa bta cp cna ctk dpa dts efe hina interfax ians jiji kna kuna kyodo lusa mti ntb pa pap pti reuters"
    " ria sapa sda sid stt tass tt ukrinform unian upi wam xinhua yonhap",
    None,
)


def summary(paragraphs: Iterable[str], language: str = "en", *, title: str = "") -> str:
    """Return 100 to 300 characters from the start: whole paragraphs, else whole sentences; a repeated title is left out.

    What is no sentence (a list's item, a byline) and what its source cut off is passed over as long as there is better. It is shorter where
    the next sentence would not fit. Only a first sentence of more than 300 characters is cut, at a word and with an ellipsis: a reader of
    half a sentence is told so, and a headline without any text would tell less.
    """
    taken = first = ""
    for paragraph in _told(paragraphs, title):
        first = first or paragraph
        joint = "" if not taken or _UNSPACED_END.search(taken) else " "
        part = _part(paragraph, SUMMARY_LEAST - len(taken), SUMMARY_MOST - len(taken) - len(joint), language)
        if part is None:
            if not taken and len(paragraph) >= SUMMARY_LEAST:
                return _shown(paragraph)
            continue
        if not part:
            break
        taken = f"{taken}{joint}{part}"
        if len(taken) >= SUMMARY_LEAST or len(part) < len(paragraph):
            break
    return balanced(taken) if taken and len(balanced(taken)) <= SUMMARY_MOST else _shown(taken or first)


def is_cut_off(paragraph: str) -> bool:
    """Say whether a text ends in the middle, by an ellipsis or without the end of a sentence."""
    return not _is_finished(paragraph)


def same_letters(text: str) -> str:
    """Return the letters and digits alone, to compare two texts by."""
    return _LETTERS.sub("", text.casefold())


def _told(paragraphs: Iterable[str], title: str) -> Iterator[str]:
    """Yield paragraphs without what comes before the story: the title once more, a byline, an agency's dateline."""
    started = False
    for paragraph in map(squeezed, paragraphs):
        told = paragraph if started else _without_dateline(_without_title(paragraph, title))
        if not told or (not started and _BYLINE.fullmatch(told)):
            continue
        started = True
        yield told


def _without_title(paragraph: str, title: str) -> str:
    wanted = same_letters(title) if title else ""
    if not wanted or not same_letters(paragraph[: 2 * len(title) + 20]).startswith(wanted):
        return paragraph
    if same_letters(paragraph) == wanted:
        return ""
    end = next(_boundaries(paragraph, "en"), 0)
    return paragraph[end:].lstrip() if same_letters(paragraph[:end]) == wanted else paragraph


def _without_dateline(paragraph: str) -> str:
    """Drop “MADRID (Agency) —” where it is surely one: the place in capitals, or a news agency that is known."""
    while match := _DATELINE.match(paragraph):
        place = match["place"].partition(",")[0]
        if not place.isupper() and match["agency"].strip().lower() not in _AGENCIES:
            break
        paragraph = paragraph[match.end() :]
    return paragraph


def _part(paragraph: str, least: int, most: int, language: str) -> str | None:
    """Return a paragraph whole where it fits, else as many of its sentences as are needed; empty if none fits, None if it has none."""
    finished = _is_finished(paragraph)
    if finished and len(paragraph) <= most:
        return paragraph
    best: str | None = None
    for end in _ends(paragraph, language, finished=finished):
        if end > most:
            return best or ""
        best = paragraph[:end].rstrip()
        if len(best) >= least:
            break
    return best


def _ends(paragraph: str, language: str, *, finished: bool) -> Iterator[int]:
    """Yield where whole sentences end."""
    yield from _boundaries(paragraph, language)
    if finished:
        yield len(paragraph)


def _boundaries(paragraph: str, language: str) -> Iterator[int]:
    """Yield where one sentence ends and another begins."""
    pairs = [pair for pair in _pairs(paragraph) if not _is_open(paragraph, pair)]
    code = language.partition("-")[0].lower() or "en"
    pieces = list(segment(code, paragraph[:_LOOK]))
    end = 0
    for piece, following in pairwise(pieces):
        end += len(piece)
        sentence = paragraph[:end].rstrip()
        apart = len(sentence) < end or following[0].isspace() or _UNSPACED_END.search(sentence)
        if apart and _parts(sentence[-40:], following.lstrip()) and not any(_is_open(sentence, pair) for pair in pairs):
            yield len(sentence)


def _parts(sentence: str, following: str) -> bool:
    """Say whether one sentence ends here and another begins."""
    if not _FINISHED.search(sentence):
        return False
    if _SHORT_END.search(sentence) or _DATE_END.search(sentence) or not _begins(following):
        return False
    if sentence[-1] in "」』" and _TAKEN_UP.match(following):
        return False
    token = _LAST_TOKEN.search(sentence)
    if token and token[1].lower() in _ABBREVIATIONS:
        return False
    return not (following[:1].isdigit() and _BEFORE_NUMBER.search(sentence))


def _begins(following: str) -> bool:
    """Say whether a sentence may begin so: with a capital, a letter of a script that has none, a digit, or what opens a quotation."""
    first = _LEADING.sub("", following, count=1)[:1]
    if not first:
        return False
    return first in _OPENERS or first.isdigit() or (first.isalpha() and not first.islower())


def _is_finished(paragraph: str) -> bool:
    ending = paragraph[-_ENDING:]
    return not _CUT_OFF.search(ending) and bool(_FINISHED.search(ending) or _UNMARKED.search(ending))


def _pairs(paragraph: str) -> list[tuple[str, str]]:
    """Return the brackets and quotation marks of a text as it uses them: „…“ and »…« are German, ”…” is Swedish."""
    pairs = [("(", ")"), ("（", "）"), ("[", "]"), ("「", "」"), ("『", "』"), ('"', '"')]
    if "„" in paragraph:
        pairs.append(("„", "“”"))
    else:
        pairs.append(("“", "”") if "“" in paragraph else ("”", "”"))
    french = paragraph.find("«") <= paragraph.find("»")
    pairs.append(("«", "»") if french else ("»", "«"))
    return [pair for pair in pairs if pair[0] in paragraph]


def _is_open(text: str, pair: tuple[str, str]) -> bool:
    opener, closers = pair
    if opener == closers:
        return text.count(opener) % 2 == 1
    return text.count(opener) > sum(map(text.count, closers))


def _shown(text: str) -> str:
    """Return a text that is no whole sentence: its source's mark of a cut as one ellipsis, cut at a word, quotation marks closed."""
    ending = text[-_ENDING:]
    mark = _CUT_OFF.search(ending)
    if mark and (told := text.removesuffix(ending) + ending[: mark.start()]):
        text = told.rstrip(" ,;:–—-") + "…" + mark["marks"]
    if len(text) <= SUMMARY_MOST:
        return cut(text, SUMMARY_MOST)
    pairs = [pair for pair in _pairs(text) if not _is_open(text, pair)]
    shorter = cut(text, SUMMARY_MOST - 2)
    opened = sorted(
        (shorter.rfind(opener), closers[0]) for opener, closers in pairs if _is_open(shorter, (opener, closers))
    )
    return shorter + "".join(closer for _, closer in reversed(opened[-2:]))
