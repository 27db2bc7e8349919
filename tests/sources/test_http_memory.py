import gzip
import random

import pytest

from digest.sources.http import FEED_LIMIT, MIB, SITEMAP_LIMIT
from digest.testing.httpd import HttpServer, Reply
from tests.benchmarks.fetching import cost, cost_of_sitemap
from tests.benchmarks.ingest import sitemap

MOST = 64 * MIB
NOISE = random.Random(1).randbytes(MIB)  # noqa: S311 -- what cannot be packed, the same each time


@pytest.mark.parametrize(
    ("reply", "limit", "said"),
    [
        (Reply(b"x" * 50 * MIB), FEED_LIMIT, "larger than 10 MiB"),
        (Reply(NOISE * 50), SITEMAP_LIMIT, str(50 * MIB)),
        (
            Reply(gzip.compress(b"\0" * 300 * MIB, 1, mtime=0), headers={"Content-Encoding": "gzip"}),
            FEED_LIMIT,
            "its size",
        ),
        (
            Reply(gzip.compress(b"\0" * 300 * MIB, 1, mtime=0), headers={"Content-Encoding": "gzip"}),
            SITEMAP_LIMIT,
            "its size",
        ),
    ],
    ids=["a long body", "the longest sitemap", "a bomb", "a bomb in a sitemap"],
)
def test_a_huge_body_and_a_bomb_cost_little_memory(reply: Reply, limit: int, said: str) -> None:
    with HttpServer() as server:
        server.replies["/"] = reply
        grown, answered = cost(f"{server.url}/", limit)
    assert said in answered
    assert grown < MOST


@pytest.mark.parametrize(
    ("body", "said"),
    [(sitemap(50 * MIB), "50000"), (gzip.compress(b" " * 300 * MIB, 1, mtime=0), "unpacks to more than")],
    ids=["the longest sitemap", "a bomb"],
)
def test_reading_the_longest_sitemap_and_a_bomb_costs_little_memory(body: bytes, said: str) -> None:
    with HttpServer() as server:
        server.replies["/map.xml"] = Reply(body)
        grown, answered = cost_of_sitemap(f"{server.url}/map.xml")
    assert said in answered
    assert grown < MOST
