"""Stored renderings → pages, for those who hand them over: each is put together once, and kept for the next batch of its edition."""

import threading
from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime
from weakref import WeakKeyDictionary

from digest.models import Edition
from digest.runtime import Runtime
from digest.store import editions
from digest.values import Block, Look, Page, Recipe

_EDITIONS_KEPT = 4
_PAGES_KEPT = 1024  # of an edition: some hundred references each, to pieces that they share

Pages = dict[int, tuple[Page, Look]]


class Frozen:
    """The pages of one edition as it was frozen. Safe to share between threads."""

    def __init__(self, edition_id: int) -> None:
        """Read nothing yet."""
        self._edition_id = edition_id
        self._lock = threading.Lock()
        self._pages: OrderedDict[int, tuple[Page, Look]] = OrderedDict()
        self._blocks: dict[str, dict[str, Block]] = {}

    def pages(self, runtime: Runtime, rendering_ids: Collection[int]) -> Pages:
        """Return the pages of these renderings; what is not known yet is read in a few statements."""
        with self._lock:
            found = {id_: self._pages[id_] for id_ in rendering_ids if id_ in self._pages}
            found |= self._read(runtime, [id_ for id_ in rendering_ids if id_ not in found])
            self._pages.update(found)
            for id_ in found:
                self._pages.move_to_end(id_)
            while len(self._pages) > _PAGES_KEPT:
                self._pages.popitem(last=False)
            return found

    def _read(self, runtime: Runtime, rendering_ids: Collection[int]) -> Pages:
        if not rendering_ids:
            return {}
        with runtime.store.reading() as session:
            recipes = editions.recipes_of(session, rendering_ids)
            for look in {recipe.look for recipe in recipes.values()}:  # a later wave may have added blocks
                self._blocks[look] = self._shared(look, editions.blocks(session, self._edition_id, look))
        return {id_: (self._page(runtime, recipe), Look.parse(recipe.look)) for id_, recipe in recipes.items()}

    def _shared(self, look: str, read: dict[str, Block]) -> dict[str, Block]:
        """Return blocks as they were read first: pieces that are the same object are encoded only once."""
        return read | self._blocks.get(look, {})

    def _page(self, runtime: Runtime, recipe: Recipe) -> Page:
        return runtime.renderer.page(recipe, self._blocks[recipe.look])


_kept: WeakKeyDictionary[Runtime, OrderedDict[tuple[int, datetime | None], Frozen]] = WeakKeyDictionary()
_lock = threading.Lock()


def frozen(runtime: Runtime, edition: Edition) -> Frozen:
    """Return the pages of an edition. One that is taken back and frozen anew has others, though the ids may be the same."""
    key = (edition.id or 0, edition.frozen_at)
    with _lock:
        mine = _kept.setdefault(runtime, OrderedDict())
        if key not in mine:
            mine[key] = Frozen(key[0])
            while len(mine) > _EDITIONS_KEPT:
                mine.popitem(last=False)
        return mine[key]
