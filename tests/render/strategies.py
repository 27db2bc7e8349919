"""Choices as hypothesis draws them: any articles of the sample, in any section, in any place of the mail."""

from hypothesis import strategies as st

from digest.values import Choice, EditionContent, PickKind, Placed
from tests.render import samples

_KINDS = (PickKind.ITEM, PickKind.FALLBACK)


@st.composite
def choices(draw: st.DrawFn, content: EditionContent = samples.CONTENT) -> tuple[Choice, tuple[str, ...]]:
    """Draw a choice with at least one article, and the sections it is for."""
    wanted = tuple(
        section
        for section in samples.ALL
        if section in draw(st.sets(st.sampled_from(samples.ALL), min_size=1), label="sections")
    ) or ("news",)
    ids = draw(st.permutations(sorted(content.articles)), label="order")
    counts = draw(st.tuples(st.booleans(), st.integers(0, 8), st.sampled_from((0, 3, 4, 5)), st.sampled_from((0, 2))))
    has_lead, items, most_read, also_like = counts
    lead, rest = (ids[:1], ids[1:]) if has_lead or not items else ([], ids)
    homes = sorted((draw(st.sampled_from(wanted)), id_, draw(st.sets(st.sampled_from(wanted)))) for id_ in rest[:items])
    closing = rest[items:]
    corrected = [id_ for id_ in content.articles if content.articles[id_].correction]
    told = draw(st.lists(st.sampled_from(corrected), unique=True), label="corrections")
    closed = set(closing[: most_read + also_like])
    return Choice(
        lead=Placed(lead[0], draw(st.sampled_from(wanted)), 0, PickKind.LEAD, wanted[1:]) if lead else None,
        items=tuple(
            Placed(id_, home, n, draw(st.sampled_from(_KINDS)), tuple(sorted(others - {home})))
            for n, (home, id_, others) in enumerate(homes)
        ),
        corrections=tuple(
            Placed(id_, wanted[0], n, PickKind.CORRECTION) for n, id_ in enumerate(told) if id_ not in closed
        ),
        most_read=tuple(Placed(id_, wanted[0], n, PickKind.MOST_READ) for n, id_ in enumerate(closing[:most_read])),
        also_like=tuple(
            Placed(id_, wanted[0], n, PickKind.ALSO_LIKE)
            for n, id_ in enumerate(closing[most_read : most_read + also_like])
        ),
        overflow=draw(st.dictionaries(st.sampled_from(wanted), st.integers(0, 2_000)), label="overflow"),
    ), wanted
