"""Lanes from a reply to the ledger: one group of receivers rests, the others go on, and nobody is lost or mailed twice."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from digest import pipeline
from digest.mail.lanes import Phase
from digest.values import Accepted, Deferred, EditionState, Permanence, Rejected, SendResult
from tests.acceptance.house import Newsroom, morning
from tests.pipeline.test_mornings import Office, newsroom, office  # noqa: F401 -- fixtures

RATE = Deferred("421 4.7.28 Our system has detected an unusual rate")
AUTH = Rejected("auth", Permanence.NONE, "550 5.7.26 This mail is unauthenticated")
GMAIL = [f"r{number}@gmail.com" for number in range(6)]
OTHERS = [f"r{number}@paper.example" for number in range(3)]


def answers(office: Office, addresses: list[str], *first: SendResult) -> None:  # noqa: F811
    """Have the first messages to these addresses answered so, all later ones accepted."""
    left: Iterator[SendResult] = iter(first)

    def answer() -> SendResult:
        return next(left, Accepted())

    for one in addresses:
        office.memory.outcomes[one] = answer


def phases(office: Office) -> dict[str, Phase]:  # noqa: F811
    return {lane: state.phase for lane, state in pipeline.lanes_in_trouble(office.runtime)}


def opened(office: Office, newsroom: Newsroom, *first: SendResult) -> list[str]:  # noqa: F811
    newsroom.publish(3, morning(24, 5))
    office.join(dict.fromkeys([*GMAIL, *OTHERS], ""))
    answers(office, GMAIL, *first)
    return [message.recipient.address for message in office.run()]


def later(minutes: int) -> datetime:
    return morning(24) + timedelta(minutes=minutes)


def test_a_batch_is_for_one_lane_and_its_messages_name_it(office: Office, newsroom: Newsroom) -> None:  # noqa: F811
    opened(office, newsroom)

    assert Counter(message.lane for message in office.memory.taken) == {"google": 6, "": 3}


def test_a_lane_that_is_told_to_slow_down_rests_is_probed_with_one_message_and_opens(
    office: Office,  # noqa: F811
    newsroom: Newsroom,  # noqa: F811
) -> None:
    taken = opened(office, newsroom, *[RATE] * 6)
    assert set(taken) == set(OTHERS)
    assert phases(office) == {"google": Phase.COOLING}
    assert office.run(later(9)) == []

    answers(office, GMAIL, RATE)
    assert office.run(later(12)) == []
    assert phases(office) == {"google": Phase.COOLING}
    office.memory.outcomes.clear()
    after = [office.run(later(minutes)) for minutes in range(13, 240, 3)]

    assert next(len(taken) for taken in after if taken) == 1, "one message probes the lane"
    assert phases(office) == {}
    counts = Counter(message.recipient.address for message in office.memory.taken)
    assert counts == Counter([*GMAIL, *OTHERS])
    assert office.report().state == EditionState.DONE


def test_what_trying_again_cannot_help_stops_the_provider_until_an_operator_opens_it(
    office: Office,  # noqa: F811
    newsroom: Newsroom,  # noqa: F811
) -> None:
    opened(office, newsroom, AUTH, RATE)
    assert phases(office)[pipeline.WHOLE] is Phase.HALTED
    office.memory.outcomes.clear()
    before = len(office.memory.taken)
    assert [office.run(later(minutes)) for minutes in range(15, 90, 15)] == [[]] * 5

    assert pipeline.open_lane(office.runtime, pipeline.WHOLE)
    assert not pipeline.open_lane(office.runtime, pipeline.WHOLE)
    for minutes in range(100, 300, 10):
        office.run(later(minutes))

    assert len(office.memory.taken) > before
    counts = Counter(message.recipient.address for message in office.memory.taken)
    assert set(counts.values()) == {1}
    assert office.report().owed == 0


def test_a_mail_server_that_is_away_has_no_lane_rest(office: Office, newsroom: Newsroom) -> None:  # noqa: F811
    office.join({f"r{number}@gmail.com": "" for number in range(60)})

    opened(office, newsroom, *[Deferred("127.0.0.1:25: Connection refused")] * 60)

    assert phases(office) == {}
