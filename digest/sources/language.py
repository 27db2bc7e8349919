"""Languages: what sources claim of a text and the text itself go in, a BCP 47 tag and a direction come out."""

import itertools
import re
import unicodedata
from functools import cache
from typing import Literal

from babel.core import get_global

_SAMPLE = 200
_SURE_LETTERS = 20
_SURE_SHARE = 0.9
_ISOLATES = {"LRI", "RLI", "FSI"}
_RTL_SCRIPTS = {"Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm", "Rohg"}
# RFC 5646, section 2.1: language, script, region; variants and extensions are none of a newsroom's business.
_TAG = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?(?:-[a-z0-9]{1,8})*")
_NOTHING = {"und", "mul", "zxx", "mis"}
_BLOCKS = (
    ("Arab", "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefe"),
    ("Hebr", "\u0590-\u05ff\ufb1d-\ufb4f"),
    ("Cyrl", "\u0400-\u052f"),
    ("Grek", "\u0370-\u03ff\u1f00-\u1fff"),
    ("Armn", "\u0530-\u058f"),
    ("Geor", "\u10a0-\u10ff\u1c90-\u1cbf"),
    ("Deva", "\u0900-\u097f"),
    ("Beng", "\u0980-\u09ff"),
    ("Taml", "\u0b80-\u0bff"),
    ("Thai", "\u0e00-\u0e7f"),
    ("Ethi", "\u1200-\u137f"),
    ("Hang", "\u1100-\u11ff\uac00-\ud7af"),
    ("Kana", "\u3040-\u30ff"),
    ("Hani", "\u3400-\u4dbf\u4e00-\u9fff"),
    ("Latn", "A-Za-z\u00c0-\u024f\u1e00-\u1eff"),
)
_LETTERS = tuple((script, re.compile(f"[{letters}]")) for script, letters in _BLOCKS)
# What the tables of likely scripts call by other names: Japanese and Korean are written in several at once.
_WRITTEN_IN = {"Jpan": {"Kana", "Hani"}, "Kore": {"Hang", "Hani"}, "Hans": {"Hani"}, "Hant": {"Hani"}}
_ONLY_OF = {
    "Hebr": "he",
    "Grek": "el",
    "Armn": "hy",
    "Geor": "ka",
    "Thai": "th",
    "Taml": "ta",
    "Hang": "ko",
    "Kana": "ja",
    "Hani": "zh",
}
_MANY_SCRIPTS = {
    "az",
    "bs",
    "ha",
    "kk",
    "ks",
    "ku",
    "ky",
    "mn",
    "ms",
    "pa",
    "sd",
    "sh",
    "shi",
    "sr",
    "tg",
    "tk",
    "tt",
    "ug",
    "uz",
}


def language(*claims: str, text: str = "") -> str:
    """Return the first claim that is a language, as a lower-case BCP 47 tag (`en_US` is `en-us`), empty if there is none.

    A claim falls only where the text's script surely contradicts it: at least 20 letters, nine of ten in a script that the language is not
    written in. Then the next claim counts, and at last the language that alone has this script.
    """
    found = [tag for tag in map(_normal, claims) if tag]
    script = _script(text) if text else ""
    if not script:
        return found[0] if found else ""
    return next((tag for tag in found if _fits(tag, script)), _ONLY_OF.get(script, ""))


def direction(text: str, language: str = "") -> Literal["ltr", "rtl"]:
    """Return the direction of the first letter that has one, isolates left out (Unicode Standard Annex 9, rule P2).

    In a right-to-left language a text runs so whatever its first letter, as soon as it has one such letter: a headline may begin with
    a foreign name.
    """
    first: Literal["ltr", "rtl"] | None = None
    expected = bool(language) and _is_rtl(language)
    depth = 0
    for kind in map(unicodedata.bidirectional, text):
        if kind in _ISOLATES:
            depth += 1
        elif kind == "PDI":
            depth = max(depth - 1, 0)
        elif depth == 0 and kind in {"L", "R", "AL"}:
            first = first or ("ltr" if kind == "L" else "rtl")
            if first == "rtl" or not expected:
                return first
            if kind != "L":
                return "rtl"
    return first or "ltr"


def _normal(claim: str) -> str:
    """Return a claim as a tag, empty for what names no language; a list's first item counts, an encoding behind it does not."""
    written = re.split(r"[,;.@\s]", claim.strip(), maxsplit=1)[0].replace("_", "-").lower()
    match = _TAG.fullmatch(written)
    if not match or match[1] in _NOTHING:
        return ""
    known = _aliases().get(match[1], match[1])
    if known not in _likely_scripts():
        return ""
    script, region = match[2], match[3]
    return "-".join(part for part in (known, script, region) if part)


def _script(text: str) -> str:
    """Return the script that a text is surely written in, empty if it is mixed or short; any kana makes it Japanese."""
    sample = "".join(itertools.islice(filter(str.isalpha, text), _SAMPLE))
    if len(sample) < _SURE_LETTERS:
        return ""
    if sample.isascii():
        return "Latn"
    counts = {script: len(letters.findall(sample)) for script, letters in _LETTERS}
    if counts["Kana"] * 10 > len(sample):
        counts["Kana"] += counts.pop("Hani")
    best = max(counts, key=lambda script: counts[script])
    return best if counts[best] >= _SURE_SHARE * len(sample) else ""


def _fits(tag: str, script: str) -> bool:
    code, _, rest = tag.partition("-")
    if code in _MANY_SCRIPTS:
        return True
    named = rest.partition("-")[0].title()
    expected = named if len(named) == len("Latn") else _likely_scripts().get(code, "")
    return script in _WRITTEN_IN.get(expected, {expected})


def _is_rtl(tag: str) -> bool:
    code, _, rest = tag.lower().replace("_", "-").partition("-")
    named = rest.partition("-")[0].title()
    return (named if len(named) == len("Latn") else _likely_scripts().get(code, "")) in _RTL_SCRIPTS


@cache
def _aliases() -> dict[str, str]:
    """Return today's names of older and of three-letter codes (CLDR)."""
    return {old: str(new).partition("_")[0] for old, new in get_global("language_aliases").items()}


@cache
def _likely_scripts() -> dict[str, str]:
    """Return the script that a language is most likely written in (CLDR), which is also the list of those that there are."""
    found = get_global("likely_subtags").items()
    return {code: str(full).split("_")[1] for code, full in found if "_" not in code and full.count("_") >= 1}
