"""Posts in full: ids go in, posts with authors, pictures and terms come out, in batches as large as the site can carry."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from digest.errors import FetchError
from digest.sources.wordpress.client import Api

FIELDS = (
    "id,guid,date_gmt,modified_gmt,link,slug,status,title,excerpt,content,author,categories,tags,featured_media,sticky,format,"
    "yoast_head_json,meta,lang,translations,coauthors,authors,jetpack_featured_media_url,views,post_views_count,primary_category,"
    "_links,_embedded"
)
_SIZES = (100, 50, 20, 10, 1)
_MOST_FAILURES = 12
_SERVER_ERROR = 500


class Reader:
    """Reads posts in full; one that its site cannot show, where it shows others, is left out and named in `notes`."""

    def __init__(self, api: Api, kind: str) -> None:
        """Read posts of one type."""
        self._api = api
        self._kind = kind
        self._failures = self._good = 0
        self.notes: list[str] = []

    def read(self, ids: Sequence[int], sizes: Sequence[int] = _SIZES) -> Iterator[Mapping[str, Any]]:
        """Yield the posts of these ids that are public. Raises FetchError when the site fails again and again."""
        for start in range(0, len(ids), sizes[0]):
            yield from self._batch(ids[start : start + sizes[0]], sizes[1:])

    def _batch(self, ids: Sequence[int], smaller: Sequence[int]) -> Iterator[Mapping[str, Any]]:
        asked = {
            "include": ",".join(map(str, ids)),
            "per_page": _SIZES[0],
            "_embed": "author,wp:featuredmedia,wp:term",
            "_fields": FIELDS,
        }
        try:
            found = self._api.listed(self._kind, asked)
        except FetchError as error:
            self._failures += 1
            if not _too_much(error) or self._failures > _MOST_FAILURES or (self.notes and not self._good):
                raise
            if len(ids) == 1:
                self.notes.append(f"{self._kind}/{ids[0]} cannot be read: {error.detail}")
                return
        else:
            self._good += 1
            yield from found
            return
        yield from self.read(ids, [size for size in smaller if size < len(ids)] or [1])


def _too_much(error: FetchError) -> bool:
    """Say whether fewer posts at once may help: the server gave up, or took too long."""
    return not error.retry_after and (error.status is None or error.status >= _SERVER_ERROR)
