"""An invented paper, The Harbour Post: editions and choices that the tests of the mail are made of."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from digest.values import Candidate, Choice, EditionContent, Image, Masthead, PickKind, Placed, SectionHead

PICTURES = "https://pictures.example.org"
DAY = date(2026, 7, 14)
MORNING = datetime(2026, 7, 14, 3, 30, tzinfo=UTC)

SECTIONS = tuple(
    SectionHead(id_, name, f"https://harbour.example.org/{id_}")
    for id_, name in (("interview", "Interview"), ("opinion", "Opinion"), ("news", "News"), ("economy", "Economy"))
)
ALL = tuple(section.id for section in SECTIONS)

MASTHEAD = Masthead(
    newsletter_id="daily",
    name="Harbour Post",
    tagline="Daily digest",
    number=1204,
    edition_date=DAY,
    zone="Asia/Baku",
    send_at="07:30",
    site_url="https://digest.example.org",
    about="A paper for people who live by the water: what the port, the council and the weather are up to,"
    " told once a day and without noise.",
    note="Good morning. Today’s edition gathers four views on the new ferry line and three talks about what the town"
    " does next.",
    contact="editor@example.org",
    postal_address="Example Publishing House, 1 Example Street, Baku AZ1000",
)


def article(
    id_: int,
    title: str,
    sections: tuple[str, ...],
    *,
    picture: str = "",
    summary: str = "",
    minutes: int | None = None,
    views: int | None = None,
    days: int = 2,
    language: str = "en",
    correction: str = "",
) -> Candidate:
    """Return an article of the sample paper, `days` old."""
    moment = MORNING - timedelta(days=days)
    return Candidate(
        article_id=id_,
        source_id="site",
        url=f"https://harbour.example.org/2026/07/{id_:04d}-a-quay-of-one-s-own",
        title=title,
        published_at=moment,
        first_seen_at=moment,
        eligible_at=moment,
        sections=sections,
        summary=summary,
        image=Image(f"{PICTURES}/{picture}.png", "", 1072, 603) if picture else None,
        minutes=minutes,
        views=views,
        language=language,
        correction=correction,
    )


def _articles() -> dict[int, Candidate]:
    found = (
        article(
            1,
            "The harbour is finding its own course: Mara Lindqvist on ferries, cranes and who decides about the"
            " water’s edge",
            ("interview", "news"),
            picture="mountains",
            summary="The port’s first planner on who sets the agenda between the lighthouse and the lock, and who no"
            " longer does.",
            days=0,
        ),
        article(
            2, "Dock pilot: “A river’s future lies in its mud, not in its maps”", ("interview",), picture="circles"
        ),
        article(
            3, "The council tries a new tactic against the tide: three risky plans on the table", ("interview",), days=3
        ),
        article(
            4,
            "The east quay as a new starting point for the whole south bank",
            ("opinion",),
            picture="arches",
            summary="What changed between the two designs, and what still has to.",
            minutes=14,
        ),
        article(
            5,
            "The July storm that shattered the old pier’s plans and launched the great repair",
            ("opinion",),
            minutes=6,
        ),
        article(6, "How the islands view the mainland’s ferry dispute", ("opinion",), minutes=9),
        article(
            7,
            "First the mayor, then the bishop: the parish admits there’s no one left to count on",
            ("opinion",),
            minutes=6,
            days=3,
            correction="The parish has two candidates left, not one.",
        ),
        article(8, "The lighthouse keeper of Skerry Point has arrived in town on an official visit", ("news",)),
        article(9, "Harbour and railway officials expected to meet during the keeper’s visit", ("news",)),
        article(
            10,
            "The shipyard has increased its investments in the old town’s economy",
            ("economy", "news"),
            picture="bars",
        ),
        article(
            11,
            "The lock-side meeting — a historic breakthrough for the whole south bank",
            ("news",),
            minutes=8,
            views=2210,
            days=4,
        ),
        article(
            12,
            "Turning point: will the pilots and the crane drivers sign? And what will the port do?",
            ("news",),
            minutes=9,
            views=1840,
            days=5,
            correction="An earlier version gave the spring tide at the north basin as 4.1 metres. It is 1.4 metres; the harbour"
            " office reads it at the east steps.",
        ),
        article(
            13,
            "‘The envoy in the body of an oarsman’: Who is using the regatta against the town — and why",
            ("opinion",),
            minutes=6,
            views=990,
            days=4,
        ),
        article(
            14,
            "The harbour’s regional role: advancing sustainable quays and connections through island co-operation",
            ("economy",),
            picture="road",
            minutes=10,
            days=6,
            correction="The second pier opens in June, not in May.",
        ),
        article(
            15,
            "The island peace of 1907 and its Section 12",
            ("news",),
            picture="capitol",
            minutes=8,
            views=687,
            days=266,
        ),
    )
    return {one.article_id: one for one in found}


CONTENT = EditionContent(MASTHEAD, SECTIONS, _articles())


def choice(content: EditionContent = CONTENT, wanted: tuple[str, ...] = ALL) -> Choice:
    """Choose from the sample by hand: the first wanted one leads, the rest stand in their first wanted section."""
    homes = {
        one.article_id: [section for section in one.sections if section in wanted]
        for one in content.articles.values()
        if one.article_id <= 10
    }
    ordered = sorted(
        (id_ for id_, found in homes.items() if found), key=lambda id_: (id_ != 1, wanted.index(homes[id_][0]), id_)
    )
    places = [
        Placed(id_, homes[id_][0], 0, PickKind.LEAD if n == 0 else PickKind.ITEM, tuple(homes[id_][1:]))
        for n, id_ in enumerate(ordered)
    ]
    closing = [id_ for id_ in content.articles if id_ > 10 and set(content.articles[id_].sections) & set(wanted)]
    ranked = [id_ for id_ in closing if id_ <= 13]
    cards = [id_ for id_ in closing if id_ > 13]
    return Choice(
        lead=places[0] if places else None,
        items=tuple(places[1:]),
        most_read=tuple(Placed(i, "news", n, PickKind.MOST_READ) for n, i in enumerate(ranked) if len(ranked) > 2),
        also_like=tuple(Placed(i, "news", n, PickKind.ALSO_LIKE) for n, i in enumerate(cards) if len(cards) > 1),
    )


def after_a_gap() -> tuple[EditionContent, Choice, tuple[str, ...]]:
    """Return an edition that catches up: corrections, a section of older news only, and sections that have more."""
    whole = choice()
    older = (Placed(13, "economy", 0, PickKind.FALLBACK), Placed(15, "economy", 1, PickKind.FALLBACK))
    chosen = replace(
        whole,
        items=tuple(one for one in whole.items if one.section_id != "economy") + older,
        corrections=(Placed(12, "news", 0, PickKind.CORRECTION), Placed(14, "economy", 1, PickKind.CORRECTION)),
        most_read=(),
        also_like=(),
        overflow={"opinion": 3, "news": 1204},
    )
    return with_masthead(catches_up=True), chosen, ALL


def with_masthead(**changes: object) -> EditionContent:
    """Return the sample with another masthead."""
    return replace(CONTENT, masthead=replace(MASTHEAD, **changes))  # type: ignore[arg-type]  # fields by their names


def large(sections: int = 14, items: int = 5) -> tuple[EditionContent, Choice, tuple[str, ...]]:
    """Return an edition of many sections with as many items each, titles and addresses of usual length."""
    heads = tuple(
        SectionHead(f"section-{n}", f"Section {n}", f"https://harbour.example.org/section-{n}") for n in range(sections)
    )
    title = "The quay that the town forgot is being measured again by the council"
    found = {
        n: article(
            n,
            f"{title} {n}",
            (heads[(n - 1) // items].id,),
            picture=f"p{n}" if n % items == 1 else "",
            summary="What changed between the two designs, what still has to, and why the third was never shown to anybody.",
            minutes=6,
            views=640,
        )
        for n in range(1, sections * items + 1)
    }
    places = [
        Placed(n, one.sections[0], (n - 1) % items, PickKind.LEAD if n == 1 else PickKind.ITEM)
        for n, one in found.items()
    ]
    closing = {
        n: article(n, f"{title} {n}", (heads[0].id,), picture=f"p{n}", minutes=6, views=640) for n in range(901, 908)
    }
    content = EditionContent(MASTHEAD, heads, found | closing)
    chosen = Choice(
        lead=places[0],
        items=tuple(places[1:]),
        most_read=tuple(Placed(n, heads[0].id, n - 901, PickKind.MOST_READ) for n in range(901, 906)),
        also_like=tuple(Placed(n, heads[0].id, n - 906, PickKind.ALSO_LIKE) for n in (906, 907)),
    )
    return content, chosen, tuple(head.id for head in heads)
