"""Where a site's API is: its address goes in, the API's root and the site's name come out.

In this order: what the site's Link header or its page says (rel="https://api.w.org/"), /wp-json/, and ?rest_route=/ for plain permalinks
(developer.wordpress.org/rest-api/using-the-rest-api/discovery).
"""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from digest.errors import FetchError, NotAFeedError
from digest.sources import discovery, text, webpage
from digest.sources.http import Answer
from digest.sources.wordpress.client import Client, Said, address

_REL = "https://api.w.org/"
_LINK = re.compile(r"<([^>]+)>\s*;[^,<]*\brel=\"?" + re.escape(_REL) + r"\"?", re.IGNORECASE)
_ROOT = re.compile(r"/wp-json/?$|[?&]rest_route=/?$")
_MAY_ASK_WHO_WE_ARE = {401, 403}


def find(client: Client) -> tuple[str, str]:
    """Return the API's root, without a slash at its end, and the site's name. Raises FetchError, NotAFeedError."""
    site = client.site.rstrip("/")
    home = None if _ROOT.search(client.site) else _home(client)
    for root in dict.fromkeys(_candidates(client.site, home)):
        said = client.ask(address(root, "/", {"_fields": "name,namespaces"}))
        if _is_api(said):
            return root, text.line(str(said.found.get("name") or ""))
    raise NotAFeedError(
        f"{site} offers no WordPress REST API.", hint=f"Use kind = “feed” with url = “{_feed(site, home)}”."
    )


def _home(client: Client) -> Answer | None:
    """Return the site's page, None where it refuses; a site that cannot be reached at all is an error."""
    try:
        return client.page(client.site)
    except FetchError as error:
        if error.status is None or error.retry_after:
            raise
        return None


def _candidates(site: str, home: Answer | None) -> Iterator[str]:
    if _ROOT.search(site):
        yield _bare(site)
        return
    if home is not None:
        yield from (_bare(urljoin(home.url, found)) for found in _LINK.findall(home.headers.get("link", "")))
        tree = webpage.document(home.body, home.headers.get("content-type", ""))
        for node in tree.css(f"link[rel='{_REL}']"):
            if linked := webpage.joined(home.url, webpage.attribute(node, "href")):
                yield _bare(linked)
    site = site.partition("?")[0].rstrip("/")
    yield f"{site}/wp-json"
    yield f"{site}/?rest_route="


def _bare(root: str) -> str:
    return root.rstrip("/")


def _is_api(said: Said) -> bool:
    if said.status in _MAY_ASK_WHO_WE_ARE:
        return bool(said.code)
    return isinstance(said.found, dict) and "wp/v2" in (said.found.get("namespaces") or ())


def _feed(site: str, home: Answer | None) -> str:
    found = discovery.feed_addresses(home.body, home.url, home.headers.get("content-type", "")) if home else ()
    return found[0] if found else f"{site}/feed/"
