"""The reply map: what receivers publish, what servers are seen to say, and what no reply may ever mean."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.reply import Scope, Verdict, classify, judge
from digest.values import Permanence

HARD = {"unknown_user", "unknown_domain"}
SOFT = {"inactive", "mailbox_full", "transient"}
ROWS = [
    tuple(line.replace(r"\n", "\n").split(" ", 3))
    for line in Path(__file__).with_name("replies.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(("lane", "category", "scope", "reply"), ROWS)
def test_a_reply_means_what_its_receiver_says_it_means(lane: str, category: str, scope: str, reply: str) -> None:
    verdict = judge(reply, lane=lane.strip("-"))

    assert (verdict.category, verdict.scope) == (category, scope), verdict.rule
    about_us = scope == Scope.LANE or category not in HARD | SOFT
    lasting = Permanence.NONE if about_us else Permanence.HARD if category in HARD else Permanence.SOFT
    assert verdict.permanence is lasting


@pytest.mark.parametrize(
    ("phase", "reply", "expected"),
    [
        ("rcpt", "550 no", ("inactive", Permanence.SOFT)),
        ("dot", "550 no", ("policy", Permanence.NONE)),
        ("data", "554 no", ("policy", Permanence.NONE)),
        ("connect", "554 no", ("policy", Permanence.NONE)),
        ("auth", "535 5.7.8 no", ("auth", Permanence.NONE)),
        ("auth", "550 5.7.40 no", ("auth", Permanence.NONE)),
        ("auth", "454 4.7.0 try later", ("transient", Permanence.NONE)),
        ("", "550 no (in reply to end of DATA command)", ("policy", Permanence.NONE)),
        ("", "550 no (in reply to RCPT TO command)", ("inactive", Permanence.SOFT)),
    ],
)
def test_what_was_answered_decides_where_words_and_codes_say_nothing(
    phase: str, reply: str, expected: tuple[str, Permanence]
) -> None:
    verdict = judge(reply, phase=phase)

    assert (verdict.category, verdict.permanence) == expected


def test_a_receiver_is_known_by_its_words_where_the_lane_does_not_say_it() -> None:
    words = "552 5.2.2 The recipient's inbox is out of storage space and inactive."

    assert judge(words + " gsmtp").rule == judge(words, lane="google").rule == "google-full-and-abandoned"


def test_links_addresses_and_local_parts_are_no_words() -> None:
    reply = "550 5.1.1 <spam.virus@blacklist.example>: User unknown, see https://example.org/spamhaus/policy"

    assert judge(reply).category == "unknown_user"


def test_a_code_that_is_given_counts_and_not_one_in_the_words() -> None:
    assert classify(550, "5.1.1 User unknown") == ("unknown_user", Permanence.HARD)
    assert classify(450, "5.1.1 User unknown") == ("transient", Permanence.SOFT)
    assert judge("User unknown", code=550, status="5.1.1").strict


def test_an_ip_address_or_a_version_is_no_enhanced_code() -> None:
    assert judge("550 5.1.1.20 no").rule == "class-5-recipient"
    assert judge("550 server 5.0.2195.6713 no").rule == "class-5-recipient"


WORDS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "user",
                "unknown",
                "mailbox",
                "domain",
                "not found",
                "no such user",
                "does not exist",
                "moved",
                "gsmtp",
                "@",
            ]
        ),
        st.text(max_size=12),
    ),
    max_size=12,
).map(" ".join)


@given(
    st.integers(400, 599), st.integers(0, 999), WORDS, st.sampled_from(["", "google", "yahoo", "microsoft", "apple"])
)
def test_no_reply_of_class_x_7_is_hard_whatever_it_says(code: int, detail: int, words: str, lane: str) -> None:
    found = judge(f"{code} {code // 100}.7.{detail} {words}", lane=lane)

    assert found.permanence is not Permanence.HARD


@given(st.integers(400, 499), WORDS, st.sampled_from(["", "google", "yahoo", "microsoft", "apple"]))
def test_no_reply_that_asks_to_try_again_is_hard(code: int, words: str, lane: str) -> None:
    assert judge(words, code=code, lane=lane).permanence is not Permanence.HARD


@given(st.text(), st.integers(0, 999), st.text(max_size=12), st.text(max_size=8))
def test_whatever_comes_has_a_meaning(text: str, code: int, status: str, phase: str) -> None:
    assert isinstance(judge(text, code=code, status=status, phase=phase), Verdict)
