"""What content systems add to a text: a text goes in, the same without shortcodes, read-more links, counters and credits comes out."""

import re
from collections.abc import Sequence

from digest.sources.phrases import CREDITS, FIRST_APPEARED, READ_MORE, RTL_ARROWS, THINGS_COUNTED, WIDGETS, phrases

_SHORTCODE = re.compile(
    r"\[(?P<close>/?)(?P<name>[A-Za-z][\w-]{0,60})(?P<given>(?:\s[^\[\]\x1e]{0,2000})?)(?P<alone>/?)\]"
)
_ATTRIBUTE = re.compile(r"\s[\w-]+\s?=\s?[\w\"'“”„«″′/#]")
_CUT_OFF = re.compile(r"\[[A-Za-z][\w-]{0,60}\s[^\[\]\x1e]{0,1000}(?=\x1e|$)")
_SWALLOWED = phrases(
    "caption wp_caption gallery vc_raw_html vc_raw_js raw_html audio video playlist embed youtube contact-form", None
)
_BARE = _SWALLOWED | phrases("toc adrotate adsense sociallinks divider spacer ads", None)

_SENTENCE_END = re.compile(r"[.!?…؟।”»\"’)\]]\s+|[。！？」]\s*")
_LAST = 3  # paragraphs that may end with a footer; trackers and credits come behind it
_LONGEST_PHRASE = 80
_LONGEST_LINE = 200
_LONGEST_FOOTER = 400
_ARROWHEADS = "→»›⇒➜" + RTL_ARROWS
_WORD = re.compile(r"\S+")
_MOST_WORDS = 6  # of a phrase and its arrow
_ARROWS = " .…:;>↓()[]" + _ARROWHEADS
_PARTED = re.compile(r"\s*[:|–—→»›>“\"«„‘]|\s[-'’]")
_COUNTER = re.compile(rf"[(\[]?[\d.,]*\s*(?:{THINGS_COUNTED})\s*[:(\[]*\s*[\d.,]*[)\]]?", re.IGNORECASE)
_SHARE = re.compile(
    r"(?:click to )?(?:share|email|print|tweet|pin) (?:this )?(?:on|via|with|to|post|article|story|page)\b.{0,60}",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    rf"[(\[]?(?:(?:{CREDITS})\s?[:：/]|photo(?:graph)?s? (?:by|courtesy)\s|©|\(c\)\s)(?:[^.!?。]|\.(?!\s)){{1,120}}[.)\]]{{0,2}}",
    re.IGNORECASE,
)


def without_shortcodes(text: str) -> str:
    """Drop shortcodes (developer.wordpress.org/plugins/shortcodes), of captions and the like also what they hold; prose in brackets stays.

    A word in brackets is a shortcode when it has attributes, closes itself, is closed further on, has an underscore, or is a known one.
    """
    if "[" not in text:
        return text
    tokens = list(_SHORTCODE.finditer(text))
    ends = {match["name"]: match.end() for match in tokens if match["close"]}  # the last one of each name
    kept: list[str] = []
    at = 0
    inside = ""
    for match in tokens:
        name = match["name"]
        if inside:
            if match["close"] and name == inside:
                inside, at = "", match.end()
        elif _is_shortcode(match, ends):
            kept += [text[at : match.start()], " "]
            at = match.end()
            if name in _SWALLOWED and not match["close"] and not match["alone"] and ends.get(name, 0) > at:
                inside = name
    rest = "".join([*kept, text[at:]])
    return _CUT_OFF.sub(lambda match: "" if _ATTRIBUTE.search(match[0]) else match[0], rest)


def _is_shortcode(match: re.Match[str], ends: dict[str, int]) -> bool:
    name, given = match["name"], match["given"]
    if match["close"] or match["alone"] or given.endswith("/") or _ATTRIBUTE.search(given):
        return True
    if ends.get(name, 0) > match.end():
        return True
    return name in _BARE or (not given and "_" in name)


def without_boilerplate(paragraphs: Sequence[str]) -> list[str]:
    """Empty the paragraphs that only a content system wrote, and drop what it hung on the end of the text."""
    clean = ["" if _is_boilerplate(paragraph) else paragraph for paragraph in paragraphs]
    end = len(clean) - _LAST
    return clean[: max(end, 0)] + [_without_phrase(_without_footer(paragraph)) for paragraph in clean[max(end, 0) :]]


def _is_boilerplate(paragraph: str) -> bool:
    if len(paragraph) > _LONGEST_LINE:
        return False
    lower = paragraph.lower()
    bare = lower.strip(_ARROWS)
    if not bare or bare in READ_MORE or bare in WIDGETS or _leads_on(lower):
        return True
    if _CREDIT.fullmatch(paragraph):
        return True
    return len(paragraph) <= _LONGEST_PHRASE and bool(_COUNTER.fullmatch(paragraph) or _SHARE.fullmatch(paragraph))


def _leads_on(lower: str) -> bool:
    """Say whether a paragraph is “Read more: …”, “Continue reading “…””, or “Continue reading … →”; one word needs its colon."""
    parted = _PARTED.search(lower, 0, _LONGEST_PHRASE)
    if parted and (phrase := lower[: parted.start()].strip(_ARROWS)) in READ_MORE:
        return " " in phrase or parted[0].strip() == ":"
    words = lower.split(maxsplit=5)
    return lower[-1] in _ARROWHEADS and any(" ".join(words[:count]) in READ_MORE for count in range(1, len(words)))


def _without_phrase(paragraph: str) -> str:
    """Drop “Read more” behind the last sentence, with an arrow also behind half of one."""
    tail = paragraph[-_LONGEST_PHRASE:]
    words = list(_WORD.finditer(tail)) if tail.endswith(tuple(_ARROWHEADS)) else []
    for word in words[-_MOST_WORDS:]:
        if tail[word.start() :].lower().strip(_ARROWS) in READ_MORE:
            return paragraph[: len(paragraph) - len(tail) + word.start()].rstrip()
    for match in reversed(list(_SENTENCE_END.finditer(tail))):
        if tail[match.end() :].lower().strip(_ARROWS) in READ_MORE:
            return paragraph[: len(paragraph) - len(tail) + match.end()].rstrip()
    return paragraph


def _without_footer(paragraph: str) -> str:
    """Drop “The post … appeared first on …” from the end, from where its sentence begins; a title in it may have full stops of its own."""
    start = max(len(paragraph) - _LONGEST_FOOTER, 0)
    lower = paragraph[start:].lower()
    for verb, openings in FIRST_APPEARED:
        at = lower.rfind(verb)
        if at < 0 or _SENTENCE_END.search(lower, at + len(verb), len(lower) - 1):
            continue
        begins = [0] if start == 0 else []
        begins += [match.end() for match in _SENTENCE_END.finditer(lower, 0, at)]
        for begin in reversed(begins):
            if not openings or lower.startswith(openings, begin):
                return paragraph[: start + begin].rstrip()
    return paragraph
