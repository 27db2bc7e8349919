"""The reply map: a mail server's reply goes in, what it means, for whom, and how sure that is comes out.

The rules are data, `replies.toml` beside this file. Narrow on purpose: only “no such user” and “no such domain” are hard, and neither a
reply of class 4 nor one of x.7.x (security, policy) ever is, whatever its words.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from digest.values import Permanence

_NEGATIVE, _PERMANENT, _HIGHEST = 400, 500, 600
_LONGEST = 2048
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]\d|\d)")
_CODE_FIRST = re.compile(r"(?:(?:x-\w+|smtp|\w+)\s*;\s*)?([245]\d\d)(?=[\s:-]|$)", re.IGNORECASE)
_CODE_WITHIN = re.compile(
    r"(?:(?:said|answered|repl\w+|return\w*|respon\w+|error|code|status|:)\W{0,4}|[<>]{2,}\s*)([245]\d\d)(?=[\s:\])-]|$)"
    r"|\b([245]\d\d)[ -][245]\.\d{1,3}\.\d{1,3}\b",
    re.IGNORECASE,
)
_POSTFIX_PHASE = re.compile(r"in reply to (?:the )?(?:end of )?(\w+)[^()]*command", re.IGNORECASE)
_LINK = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
_ADDRESS = re.compile(r"<?[^\s<>@:;,()]+@\w[\w-]*(?:\.\w[\w-]*)*>?")
_BLANKS = re.compile(r"[\s_]+")
_AT_THE_RECIPIENT = ("", "rcpt", "dsn")


class Scope(StrEnum):
    """Whom a reply is about."""

    ADDRESS = "address"
    LANE = "lane"
    STREAM = "stream"
    PROVIDER = "provider"
    CONTENT = "content"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reply means; `strict` says that it is to be believed the first time, `rule` which rule said so."""

    category: str
    permanence: Permanence
    scope: Scope
    strict: bool
    rule: str


class _Said(NamedTuple):
    """A reply taken apart: its code (0: none), enhanced code ("": none), and words without codes, links and addresses."""

    code: int
    status: str
    words: str
    phase: str
    lane: str

    @property
    def permanent(self) -> bool:
        """Whether it is said for good; words without any code are what a report ends with."""
        return (self.code or int(self.status[:1] or 5) * 100) >= _PERMANENT


@dataclass(frozen=True, slots=True)
class _Rule:
    verdict: Verdict
    lane: str = ""
    codes: frozenset[int] = frozenset()
    not_codes: frozenset[int] = frozenset()
    statuses: frozenset[str] = frozenset()
    words: re.Pattern[str] | None = None

    def fits(self, said: _Said) -> bool:
        return (
            (not self.lane or self.lane == said.lane)
            and (not self.codes or said.code in self.codes)
            and said.code not in self.not_codes
            and (not self.statuses or not self.statuses.isdisjoint(_wildcards(said.status)))
            and (self.words is None or self.words.search(said.words) is not None)
        )


@dataclass(frozen=True, slots=True)
class _Map:
    texts: tuple[_Rule, ...]
    statuses: Mapping[str, Verdict]
    codes: Mapping[int, Verdict]
    receivers: Mapping[str, re.Pattern[str]]
    categories: Mapping[str, Verdict]


def classify(code: int, text: str, phase: str = "") -> tuple[str, Permanence]:
    """Return a reply's category and how lasting it is for the address, as far as the reply alone tells."""
    verdict = judge(text, code=code, phase=phase)
    return verdict.category, verdict.permanence


def of_category(name: str) -> Verdict:
    """Return what a category means by itself; one that nobody knows says nothing."""
    known = _map().categories
    return known.get(name, known["other"])


def judge(text: str, *, code: int = 0, status: str = "", phase: str = "", lane: str = "") -> Verdict:
    """Return what a reply means.

    `code` (RFC 5321) and `status` (RFC 3463) are found in `text` where they are not given, and so is the receiver where `lane` does not
    say it. `phase` is the command that was answered (connect, ehlo, starttls, auth, mail, rcpt, data, dot), `dsn` for a report's
    words, or "" where nobody knows: then it is taken for the recipient's, which are by far the most.
    """
    said = _taken_apart(text[:_LONGEST], code, status, phase, lane)
    if said.code and not _NEGATIVE <= said.code < _HIGHEST:
        return _map().categories["other"]
    return _capped(_first(said), said)


def _first(said: _Said) -> Verdict:
    """Return what the first rule that fits says: words, then the enhanced code, then the reply code, then its class."""
    rules = _map()
    if said.phase == "auth":
        return _signing_in(said)
    by_status = next((rules.statuses[one] for one in _wildcards(said.status) if one in rules.statuses), None)
    for rule in rules.texts:
        if rule.fits(said):
            return rule.verdict if by_status is None else _agreed(rule.verdict, by_status)
    if by_status is not None:
        return by_status
    if said.code in rules.codes:
        return rules.codes[said.code]
    if not said.permanent:
        return replace(rules.categories["transient"], rule="class-4")
    if said.phase in _AT_THE_RECIPIENT:
        return replace(rules.categories["inactive"], rule="class-5-recipient")
    return replace(rules.categories["policy"], rule="class-5")


def _agreed(by_words: Verdict, by_status: Verdict) -> Verdict:
    """Believe words that are weak by themselves where the enhanced code says the same."""
    same = by_words.category == by_status.category
    return replace(by_words, strict=by_words.strict or (same and by_status.strict))


def _signing_in(said: _Said) -> Verdict:
    """Judge a reply to AUTH: for now, or our credentials."""
    category = "auth" if said.permanent else "transient"
    found = replace(_map().categories[category], permanence=Permanence.NONE, scope=Scope.PROVIDER)
    return replace(found, rule="sign-in")


def _capped(verdict: Verdict, said: _Said) -> Verdict:
    """Take from a verdict what no reply of class 4 or x.7.x may say: that an address is gone."""
    if verdict.permanence is not Permanence.HARD:
        return verdict
    if not said.permanent:
        return replace(_map().categories["transient"], rule=verdict.rule)
    if said.status[2:].startswith("7."):
        return replace(_map().categories["inactive"], rule=verdict.rule)
    return verdict


def _taken_apart(text: str, code: int, status: str, phase: str, lane: str) -> _Said:
    flat = _BLANKS.sub(" ", text).strip()
    code = code or _code_of(flat)
    enhanced = _ENHANCED.search(status) or _ENHANCED.search(flat)
    named = enhanced.group() if enhanced else ""
    answered = _POSTFIX_PHASE.search(flat)
    phase = phase or (answered.group(1) if answered else "")
    words = _LINK.sub(" ", flat)
    lane = lane or next((name for name, pattern in _map().receivers.items() if pattern.search(flat)), "")
    words = _ADDRESS.sub(" ", words)
    if code:
        words = re.sub(rf"\b{code}[ -]", " ", words)
    if named:
        words = words.replace(named, " ")
    return _Said(code, named, _BLANKS.sub(" ", words), phase.lower().partition(" ")[0], lane)


def _code_of(flat: str) -> int:
    found = _CODE_FIRST.match(flat) or _CODE_WITHIN.search(flat)
    return int(next(group for group in found.groups() if group)) if found else 0


def _wildcards(status: str) -> tuple[str, ...]:
    """Return the patterns under which a rule may name an enhanced code, the most exact first."""
    if not status:
        return ()
    class_, subject, _ = status.split(".")
    _, _, rest = status.partition(".")
    return status, f"x.{rest}", f"{class_}.{subject}.x", f"x.{subject}.x", f"{class_}.x.x"


@lru_cache
def _map() -> _Map:
    raw = tomllib.loads(files("digest.mail").joinpath("replies.toml").read_text("utf-8"))
    groups = {f"<{name}>": words for name, words in raw["groups"].items()}

    def verdict(given: Mapping[str, Any], rule: str) -> Verdict:
        return replace(_category(given["category"], {**raw["categories"][given["category"]], **given}), rule=rule)

    return _Map(
        texts=tuple(_rule(one, verdict(one, one["id"]), groups) for one in (*raw["receiver"], *raw["text"])),
        statuses={name: verdict(given, name) for name, given in raw["statuses"].items()},
        codes={int(name): verdict(given, name) for name, given in raw["codes"].items()},
        receivers={name: re.compile(words, re.IGNORECASE) for name, words in raw["receivers"].items()},
        categories={name: _category(name, given) for name, given in raw["categories"].items()},
    )


def _category(name: str, given: Mapping[str, Any]) -> Verdict:
    strict = given.get("confidence", "strict") == "strict"
    return Verdict(name, Permanence(given["permanence"]), Scope(given["scope"]), strict, name)


def _rule(given: Mapping[str, Any], verdict: Verdict, groups: Mapping[str, str]) -> _Rule:
    words = "|".join(given.get("text", ()))
    for name, stands_for in groups.items():
        words = words.replace(name, stands_for)
    return _Rule(
        verdict=verdict,
        lane=given.get("lane", ""),
        codes=frozenset(given.get("codes", ())),
        not_codes=frozenset(given.get("not_codes", ())),
        statuses=frozenset(given.get("statuses", ())),
        words=re.compile(words, re.IGNORECASE) if words else None,
    )
