"""Whether the sections still find their articles: a category that a section names and no source has any more is told to the editors."""

from digest.config import Section, Settings
from digest.runtime import Runtime
from digest.store import alarms, sources
from digest.values import SourceCategory

_KIND = "category_unknown"
_WHOLE = ("wordpress",)  # these kinds name all their categories; a feed shows only those of its newest articles


def check_categories(runtime: Runtime) -> None:
    """Raise an alarm for each section with categories that none of its sources has, and end those that are mended.

    Categories are matched by key, slug and name, so a renamed one is found by its slug or key; one that was merged or deleted is not.
    """
    now, settings = runtime.clock(), runtime.settings
    with runtime.store.reading() as session:
        known = sources.categories(session)
        read = {id_ for id_, row in sources.rows(session).items() if row.last_ok_at is not None}
    lost = {
        f"{newsletter.id}/{section.id}": _lost(settings, section, known, read)
        for newsletter in settings.newsletters
        for section in newsletter.sections
    }
    with runtime.store.writing() as session:
        for subject, words in lost.items():
            if words:
                named = ", ".join(f"“{word}”" for word in words)
                text = f"The section {subject} takes {named}, which no source of it has. It was renamed, merged or deleted there."
                alarms.raise_(session, _KIND, subject, text, now)
            else:
                alarms.over(session, _KIND, subject, now)


def _lost(
    settings: Settings,
    section: Section,
    known: list[tuple[str, SourceCategory]],
    read: set[str],
) -> list[str]:
    """Return the words of a section that name nothing, where all its sources name all they have and were read."""
    mine = [table for table in settings.sources if not section.sources or table.id in section.sources]
    if not mine or any(table.kind not in _WHOLE or table.id not in read for table in mine):
        return []
    ids = {table.id for table in mine}
    names = {word.casefold() for id_, one in known if id_ in ids for word in (one.key, one.slug, one.name)}
    return [word for word in section.categories if word.casefold() not in names]
