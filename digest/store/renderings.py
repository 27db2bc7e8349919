"""What is frozen of an edition: blocks, recipes and the places they print, and from those every reader's history."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, func, insert, or_, update
from sqlmodel import Session, col, select

from digest import models
from digest.models import Article, Delivery, Edition, Pick, ReaderGroup, Rendering, RenderingPick, Wave
from digest.store.picks import add_picks, drop_drafted, ids
from digest.store.rows import CHUNK, insert_new
from digest.values import GOING_OUT, Block, Candidate, DeliveryState, EditionState, Form, Look, PickKind, Placed, Recipe

_PRINTED = (EditionState.FROZEN, EditionState.SENDING, EditionState.DONE)
_MONTH = timedelta(days=31)


def save_frozen(
    session: Session,
    edition_id: int,
    recipes_: Sequence[Recipe],
    blocks_: Mapping[str, Sequence[Block]],
    articles: Mapping[int, Candidate],
    *,
    keep_drafted: bool = False,
) -> dict[str, int]:
    """Add a wave's blocks, picks and renderings to its edition; return rendering ids by their recipes' keys.

    A block or a pick that an earlier wave froze stays as it is: an article reads the same in all of them. What was only drafted goes,
    unless it is kept as what editors approved.
    """
    if not keep_drafted:
        drop_drafted(session, edition_id)
    for look, found in blocks_.items():
        rows = [{"edition_id": edition_id, "look": look, **asdict(block)} for block in found]
        insert_new(session, models.Block, rows)
    every = {one.key: one for one in recipes_}
    pick_ids = add_picks(session, edition_id, (place for one in every.values() for place in one.placed), articles)
    known = _by_key(session, edition_id)
    return {key: known.get(key) or _save_rendering(session, edition_id, one, pick_ids) for key, one in every.items()}


def make_home(session: Session, edition_id: int, rendering_id: int | None) -> None:
    """Say which rendering is that of a reader of everything; None where nothing is left of it."""
    session.execute(update(Edition).where(col(Edition.id) == edition_id).values(home_rendering_id=rendering_id))


def drop_frozen(session: Session, edition_id: int) -> None:
    """Forget an edition's renderings and blocks."""
    session.execute(update(Edition).where(col(Edition.id) == edition_id).values(home_rendering_id=None))
    mine = select(Rendering.id).where(col(Rendering.edition_id) == edition_id)
    session.execute(delete(RenderingPick).where(col(RenderingPick.rendering_id).in_(mine)))
    session.execute(delete(Rendering).where(col(Rendering.edition_id) == edition_id))
    session.execute(delete(models.Block).where(col(models.Block.edition_id) == edition_id))


def add_rendering(session: Session, edition_id: int, recipe_: Recipe) -> int:
    """Keep one more rendering, made from blocks and picks that are frozen already; return its id."""
    known = session.exec(
        select(Rendering.id).where(col(Rendering.edition_id) == edition_id, col(Rendering.key) == recipe_.key)
    ).one_or_none()
    if known is not None:
        return known
    return _save_rendering(session, edition_id, recipe_, ids(session, edition_id))


def _by_key(session: Session, edition_id: int) -> dict[str, int]:
    rows = session.exec(select(Rendering.key, Rendering.id).where(col(Rendering.edition_id) == edition_id))
    return {key: id_ for key, id_ in rows if id_ is not None}


def recipe(session: Session, rendering_id: int) -> Recipe:
    """Return a rendering's recipe."""
    return _recipe(session.exec(select(Rendering).where(col(Rendering.id) == rendering_id)).one())


def recipes(session: Session, edition_id: int) -> dict[int, Recipe]:
    """Return all recipes of an edition by their renderings' ids."""
    rows = session.exec(select(Rendering).where(col(Rendering.edition_id) == edition_id).order_by(col(Rendering.id)))
    return {row.id: _recipe(row) for row in rows if row.id is not None}


def recipes_of(session: Session, rendering_ids: Collection[int]) -> dict[int, Recipe]:
    """Return the recipes of these renderings."""
    found: dict[int, Recipe] = {}
    ordered = sorted(rendering_ids)
    for start in range(0, len(ordered), CHUNK):
        rows = session.exec(select(Rendering).where(col(Rendering.id).in_(ordered[start : start + CHUNK])))
        found.update({row.id: _recipe(row) for row in rows if row.id is not None})
    return found


def blocks(session: Session, edition_id: int, look: str) -> dict[str, Block]:
    """Return an edition's blocks of a look, by the look's name, by their names."""
    rows = session.exec(
        select(models.Block.name, models.Block.html, models.Block.text).where(
            col(models.Block.edition_id) == edition_id, col(models.Block.look) == Look.parse(look).blocks
        )
    )
    return {name: Block(name, html, text) for name, html, text in rows}


def looks(session: Session, edition_id: int) -> list[str]:
    """Return the looks in which an edition has blocks."""
    statement = select(models.Block.look).where(col(models.Block.edition_id) == edition_id).distinct()
    return sorted(session.exec(statement))


def had_by_rendering(session: Session, rendering_ids: Sequence[int]) -> dict[int, frozenset[int]]:
    """Return the articles that each rendering printed, closing blocks included."""
    had: dict[int, set[int]] = {id_: set() for id_ in rendering_ids}
    for start in range(0, len(rendering_ids), 500):
        statement = (
            select(RenderingPick.rendering_id, Pick.article_id)
            .join(Pick, col(Pick.id) == col(RenderingPick.pick_id))
            .where(col(RenderingPick.rendering_id).in_(rendering_ids[start : start + 500]))
        )
        for rendering_id, article_id in session.exec(statement):
            had[rendering_id].add(article_id)
    return {id_: frozenset(articles) for id_, articles in had.items()}


def corrections_told(session: Session, rendering_ids: Sequence[int]) -> dict[int, dict[int, datetime]]:
    """Return for each rendering the corrected articles that it printed, each with the instant as of which its readers know it.

    That is the freeze of the first wave of its edition that printed it: it reads the same in all. A correction is known as of its own.
    """
    told: dict[int, dict[int, datetime]] = {id_: {} for id_ in rendering_ids}
    printed: list[tuple[int, int, int, bool]] = []
    for start in range(0, len(rendering_ids), 500):
        statement = (
            select(RenderingPick.rendering_id, Pick.id, Pick.article_id, RenderingPick.kind)
            .join(Pick, col(Pick.id) == col(RenderingPick.pick_id))
            .join(Article, col(Article.id) == col(Pick.article_id))
            .where(
                col(RenderingPick.rendering_id).in_(rendering_ids[start : start + 500]),
                col(Article.corrected_at).is_not(None),
            )
        )
        for rendering_id, pick_id, article_id, kind in session.exec(statement):
            printed.append((rendering_id, pick_id or 0, article_id, kind == PickKind.CORRECTION))
    frozen = _first_frozen(session, sorted({pick_id for _, pick_id, _, _ in printed}))
    for rendering_id, pick_id, article_id, is_correction in printed:
        at = frozen.get((pick_id, is_correction))
        if at is not None:
            told[rendering_id][article_id] = max(at, told[rendering_id].get(article_id, at))
    return told


def _first_frozen(session: Session, pick_ids: Sequence[int]) -> dict[tuple[int, bool], datetime]:
    """Return when each pick was first frozen, as an article and as a correction."""
    found: dict[tuple[int, bool], datetime] = {}
    is_correction = col(RenderingPick.kind) == PickKind.CORRECTION
    for start in range(0, len(pick_ids), 500):
        statement = (
            select(RenderingPick.pick_id, is_correction, func.min(Wave.frozen_at))
            .join(ReaderGroup, col(ReaderGroup.rendering_id) == col(RenderingPick.rendering_id))
            .join(Wave, col(Wave.id) == col(ReaderGroup.wave_id))
            .where(col(RenderingPick.pick_id).in_(pick_ids[start : start + 500]))
            .group_by(col(RenderingPick.pick_id), is_correction)
        )
        found.update({(pick_id, bool(kind)): at for pick_id, kind, at in session.exec(statement) if at is not None})
    return found


def withdrawn(session: Session) -> dict[int, tuple[int, frozenset[int]]]:
    """Return the renderings that still go out with articles that were withdrawn or hidden: edition id and those articles by rendering.

    What no group, no delivery that waits and no archive shows any more is left out.
    """
    shown = or_(
        exists().where(col(ReaderGroup.rendering_id) == col(Rendering.id)),
        exists().where(col(Delivery.rendering_id) == col(Rendering.id), col(Delivery.state) == DeliveryState.QUEUED),
        col(Edition.home_rendering_id) == col(Rendering.id),
    )
    statement = (
        select(Rendering.id, Rendering.edition_id, Pick.article_id)
        .join(Edition, col(Edition.id) == col(Rendering.edition_id))
        .join(RenderingPick, col(RenderingPick.rendering_id) == col(Rendering.id))
        .join(Pick, col(Pick.id) == col(RenderingPick.pick_id))
        .join(Article, col(Article.id) == col(Pick.article_id))
        .where(
            col(Edition.state).in_((*GOING_OUT, EditionState.HELD)),
            or_(col(Article.withdrawn_at).is_not(None), col(Article.hidden)),
            shown,
        )
    )
    found: dict[int, tuple[int, frozenset[int]]] = {}
    for rendering_id, edition_id, article_id in session.exec(statement):
        known = found.get(rendering_id or 0, (edition_id, frozenset()))[1]
        found[rendering_id or 0] = (edition_id, known | {article_id})
    return found


def home_had(session: Session, newsletter_id: str, before: date, *, beside: int | None = None) -> frozenset[int]:
    """Return the articles of the newsletter's home renderings of a month before a date: what a reader of everything had.

    With `beside`, those of the date's other editions count too: an alert and the digest of its day.
    """
    earlier = col(Edition.edition_date) < before
    if beside is not None:
        earlier |= (col(Edition.edition_date) == before) & (col(Edition.id) != beside)
    homes = session.exec(
        select(Edition.home_rendering_id).where(
            col(Edition.newsletter) == newsletter_id,
            earlier,
            col(Edition.edition_date) >= before - _MONTH,
            col(Edition.state).in_(_PRINTED),
            col(Edition.home_rendering_id).is_not(None),
        )
    ).all()
    return frozenset().union(*had_by_rendering(session, [id_ for id_ in homes if id_ is not None]).values())


def _save_rendering(session: Session, edition_id: int, recipe_: Recipe, pick_ids: Mapping[int, int]) -> int:
    row = Rendering(
        edition_id=edition_id,
        key=recipe_.key,
        sections=list(recipe_.sections),
        look=recipe_.look,
        subject=recipe_.subject,
        preheader=recipe_.preheader,
        recipe=_as_json(recipe_),
    )
    session.add(row)
    session.flush()
    assert row.id is not None  # noqa: S101 -- the flush numbered it
    places = [
        {
            "rendering_id": row.id,
            "pick_id": pick_ids[one.article_id],
            "section_id": one.section_id,
            "kind": one.kind,
            "form": recipe_.forms[one.article_id],
            "position": one.position,
        }
        for one in recipe_.placed
    ]
    session.execute(insert(RenderingPick), places)
    return row.id


def _as_json(one: Recipe) -> dict[str, Any]:
    return {
        "html": list(one.html),
        "text": list(one.text),
        "values": dict(one.values),
        "placed": [
            [place.article_id, place.section_id, place.position, place.kind, list(place.also_in)]
            for place in one.placed
        ],
        "forms": {str(article_id): form for article_id, form in one.forms.items()},
    }


def _recipe(row: Rendering) -> Recipe:
    kept = row.recipe
    return Recipe(
        key=row.key,
        sections=tuple(row.sections),
        look=row.look,
        subject=row.subject,
        preheader=row.preheader,
        html=tuple(kept["html"]),
        text=tuple(kept["text"]),
        placed=tuple(
            Placed(article_id, section_id, position, PickKind(kind), tuple(also_in))
            for article_id, section_id, position, kind, also_in in kept["placed"]
        ),
        forms={int(article_id): Form(form) for article_id, form in kept["forms"].items()},
        values=kept["values"],
    )
