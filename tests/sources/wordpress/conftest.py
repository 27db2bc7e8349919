"""A small WordPress on loopback and our source for it, empty at first."""

from collections.abc import Iterator

import pytest

from digest.sources.http import Http
from digest.testing.httpd import HttpServer
from tests.sources.wordpress.site import Paper, Site


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as running:
        yield running


@pytest.fixture
def http() -> Iterator[Http]:
    with Http() as client:
        yield client


@pytest.fixture
def site(server: HttpServer) -> Site:
    return Site(server)


@pytest.fixture
def paper(site: Site, http: Http) -> Paper:
    return Paper(site.server.url, http)
