"""Articles by their translation groups, and which tell one story already → the same with translations as one story each."""

from collections.abc import Mapping

Story = tuple[str, bool]
"""A story's name, and whether it is certain that its articles tell the same."""


def joined(groups: Mapping[int, str], stories: Mapping[int, Story]) -> dict[int, Story]:
    """Return the story of each article that shares one, translations of an article among them; an empty group is none.

    What tells the story of one of them tells that of all.
    """
    found = dict(stories)
    tellers: dict[str, set[int]] = {}
    for id_, (story, _) in stories.items():
        tellers.setdefault(story, set()).add(id_)
    translations: dict[str, set[int]] = {}
    for id_, group in groups.items():
        if group:
            translations.setdefault(group, set()).add(id_)
    for group, ids in sorted(translations.items()):
        if len(ids) > 1:
            name = f"translations of {group}"
            more = [other for id_ in ids if id_ in found for other in tellers[found[id_][0]]]
            found.update({id_: (name, found[id_][1]) for id_ in more})
            found.update(dict.fromkeys(ids, (name, True)))
            tellers[name] = ids.union(more)
    return found
