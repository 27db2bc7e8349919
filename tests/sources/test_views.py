import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import SourceTable, Views
from digest.errors import SourceError
from digest.sources import views
from digest.sources.http import Http
from digest.testing.httpd import HttpServer, Reply

SITE = "https://news.example.org/"
FERRY, BRIDGE = "news.example.org/ferry", "news.example.org/bridge"


def wanted(**keys: Any) -> Views:
    return Views.model_validate({"url": "https://count.example.org/api?token=secret", **keys})


def read(document: object, **keys: Any) -> dict[str, int]:
    return dict(views.read(json.dumps(document).encode(), wanted(**keys), SITE))


def test_a_plain_list_needs_no_paths() -> None:
    assert read([{"url": "https://news.example.org/ferry/", "views": 12}, {"url": "/bridge/", "views": "7"}]) == {
        FERRY: 12,
        BRIDGE: 7,
    }


def test_popular_posts_of_a_wordpress_site() -> None:
    answer = [
        {"id": 7, "link": "https://news.example.org/ferry/", "title": {"rendered": "The ferry"}, "pageviews": "1204"},
        {"id": 8, "link": "https://news.example.org/bridge/", "title": {"rendered": "The bridge"}, "pageviews": 88},
    ]
    assert read(answer, address="link", count="pageviews") == {FERRY: 1204, BRIDGE: 88}


def test_a_plausible_breakdown_and_a_plausible_query() -> None:
    breakdown = {"results": [{"page": "/ferry/", "visitors": 1204}, {"page": "/bridge/", "visitors": 88}]}
    assert read(breakdown, items="results", address="page", count="visitors") == {FERRY: 1204, BRIDGE: 88}
    query = {
        "results": [{"dimensions": ["/ferry/"], "metrics": [1204]}, {"dimensions": ["/bridge/"], "metrics": [88]}],
        "meta": {},
        "query": {"metrics": ["visitors"], "dimensions": ["event:page"]},
    }
    assert read(query, items="results", address="dimensions.0", count="metrics.0") == {FERRY: 1204, BRIDGE: 88}


def test_page_addresses_of_matomo() -> None:
    answer = [
        {"label": "/ferry", "nb_visits": 900, "nb_hits": 1204, "url": "https://news.example.org/ferry"},
        {"label": "Others", "nb_visits": 1, "nb_hits": 3},
    ]
    assert read(answer, address="url", count="nb_hits") == {FERRY: 1204}


def test_lists_may_lie_deep() -> None:
    document = {"data": [{"pages": [{"a": {"b": "/ferry/"}, "n": [0, {"v": 5}]}]}]}
    assert read(document, items="data.0.pages", address="a.b", count="n.1.v") == {FERRY: 5}


def test_forms_of_one_address_are_added_up() -> None:
    elements = [
        {"url": one, "views": 1}
        for one in ("/ferry/", "/ferry?utm_source=x", "/ferry/amp/", "http://www.news.example.org/ferry")
    ]
    assert read(elements) == {FERRY: 4}


@pytest.mark.parametrize("count", [None, True, "many", -1, "1,204", [], {}, float("1e40"), "NaN", "inf"])
def test_what_is_no_number_counts_nothing(count: object) -> None:
    assert read([{"url": "/ferry/", "views": count}, {"url": "/bridge/", "views": 1}]) == {BRIDGE: 1}


@pytest.mark.parametrize(
    ("document", "keys", "words"),
    [
        ({"results": []}, {}, "no list at “”"),
        ({"results": []}, {"items": "data"}, "no list at “data”"),
        ([{"url": "/a"}], {}, "no element has an address at “url” and a number at “views”"),
    ],
)
def test_a_wrong_path_is_named(document: object, keys: dict[str, Any], words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        read(document, **keys)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000])
def test_what_is_no_json_says_so(body: bytes) -> None:
    with pytest.raises(SourceError, match="no JSON"):
        views.read(body, wanted(), SITE)


def test_an_empty_list_is_no_fault() -> None:
    assert read([]) == {}


STEPS = st.lists(st.sampled_from(["a", "0", "1", "-1", "٣", "x.y"]), max_size=4).map(".".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "0", "1"]), inner, max_size=3),
    max_leaves=10,
)


@given(JSON, STEPS, STEPS, STEPS)
def test_any_answer_gives_counts_or_a_sentence(document: object, items: str, address: str, count: str) -> None:
    found, sentence = {}, "."
    try:
        found = read(document, items=items, address=address, count=count)
    except SourceError as error:
        sentence = error.detail
    assert sentence.endswith(".")
    assert all(number >= 0 for number in found.values())


def test_the_key_is_sent_and_never_told() -> None:
    with HttpServer() as server, Http() as http:
        server.replies["/api"] = Reply(b'[{"url": "/ferry/", "views": 3}]')
        own = wanted(url=f"{server.url}/api?token=secret", headers={"Authorization": "Bearer secret"})
        table = SourceTable(id="site", kind="feed", url=SITE, allow_private_addresses=True)
        assert views.fetch(http, table, own) == {FERRY: 3}
        assert server.asked[0].headers["authorization"] == "Bearer secret"
        server.replies["/api"] = Reply(b"no", 403)
        with pytest.raises(SourceError, match="answered with") as caught:
            views.fetch(http, table, own)
    assert "secret" not in str(caught.value)


def test_the_key_is_told_no_more_where_the_server_sends_us_elsewhere() -> None:
    with HttpServer() as server, Http() as http:
        server.replies["/api"] = Reply(b"", 302, {"Location": "/other?token=secret"})
        own = wanted(url=f"{server.url.replace('://', '://u:secret@')}/api?token=secret")
        table = SourceTable(id="site", kind="feed", url=SITE, allow_private_addresses=True)
        with pytest.raises(SourceError, match="/other answered with") as caught:
            views.fetch(http, table, own)
    assert "secret" not in str(caught.value)
