"""The mail in a real Chromium: widths, dark colours, right to left, print, and what axe finds."""

import io
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import FloatRect, Page, Route

from digest.render import INERT_TOKENS, Renderer, fill
from digest.values import Look
from tests.render.test_structure import STATES

ADDRESS = "http://localhost/mail.html"
Colours = Literal["light", "dark"]
Show = Callable[..., Page]


def _png() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (1072, 603), "#527182").save(kept, "PNG")
    return kept.getvalue()


@lru_cache(maxsize=32)
def mail(state: str, look: Look) -> str:
    content, choice, wanted = STATES[state]
    renderer = Renderer()
    blocks = {block.name: block for block in renderer.blocks(content, look)}
    return fill(renderer.page(renderer.recipe(content, choice, wanted, look), blocks), INERT_TOKENS)[0]


@pytest.fixture
def show(page: Page) -> Show:
    """Return what opens a mail as one client or another would show it."""

    def answer(route: Route, html: str, *, pictures: bool) -> None:
        if route.request.url == ADDRESS:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        elif pictures and route.request.resource_type == "image":
            route.fulfill(body=_png(), content_type="image/png")
        else:
            route.abort()

    def opened(
        state: str = "full",
        *,
        width: int = 640,
        colours: Colours = "light",
        look: Look = Look(),  # noqa: B008 -- a frozen value
        styles: bool = True,
        pictures: bool = True,
    ) -> Page:
        html = mail(state, look)
        html = html if styles else re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=colours)
        page.route("**/*", lambda route: answer(route, html, pictures=pictures))
        page.goto(ADDRESS)
        return page

    return opened


def box(page: Page, selector: str) -> FloatRect:
    found = page.locator(selector).first.bounding_box()
    assert found is not None
    return found


def style(page: Page, selector: str, name: str) -> str:
    return str(page.locator(selector).first.evaluate("(one, name) => getComputedStyle(one)[name]", name))


@pytest.mark.parametrize("state", ["full", "long titles", "bare", "right to left", "after a gap"])
@pytest.mark.parametrize("styles", [True, False], ids=["styled", "no style"])
def test_nothing_scrolls_sideways(show: Show, state: str, styles: bool) -> None:
    page = show(state, styles=styles)

    for width in (794, 640, 375, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [640, 375])
def test_nothing_scrolls_sideways_from_right_to_left_or_in_large_type(show: Show, width: int) -> None:
    for look in (Look(language="ar"), Look(text_size="large")):
        assert show(width=width, look=look).evaluate("document.documentElement.scrollWidth") == width


def test_the_sheet_on_a_desktop_has_the_measures_of_the_design(show: Show) -> None:
    page = show(width=640)

    assert box(page, "td.d-sheet")["width"] == 600
    assert (box(page, "img.ld")["width"], round(box(page, "img.ld")["height"])) == (536, 302)
    assert (box(page, "img.tn")["width"], box(page, "img.tn")["height"]) == (144, 96)
    assert box(page, "h3.ft")["width"] == 368
    assert [round(box(page, f"div.cb >> nth={n}")["x"]) for n in (0, 1)] == [52, 332]
    assert style(page, "h1", "fontSize") == "50px"


def test_a_phone_gets_its_own_measures(show: Show) -> None:
    page = show(width=375)

    assert (box(page, "img.ld")["x"], box(page, "img.ld")["width"]) == (0, 375)
    assert (box(page, "img.tn")["width"], box(page, "img.tn")["height"]) == (104, 104)
    assert box(page, "h3.ft")["width"] == 335 - 104 - 16
    assert box(page, "td.bt")["width"] == 335
    first, second = (box(page, f"div.cb >> nth={n}") for n in (0, 1))
    assert first["x"] == second["x"] == 20
    assert second["y"] >= first["y"] + first["height"]
    links = page.locator("a.fl")
    assert all(round(box(page, f"a.fl >> nth={n}")["height"]) >= 35 for n in range(links.count()))
    assert style(page, "h1", "fontSize") == "42px"


def test_the_dark_scheme_changes_every_ground_and_text(show: Show) -> None:
    page = show(colours="dark")

    assert style(page, "td.d-page", "backgroundColor") == "rgb(16, 15, 14)"
    assert style(page, "td.d-sheet", "backgroundColor") == "rgb(27, 26, 24)"
    assert style(page, "td.d-panel", "backgroundColor") == "rgb(38, 36, 32)"
    assert style(page, "h1", "color") == "rgb(241, 236, 225)"
    light = {"rgb(28, 27, 24)", "rgb(61, 58, 52)", "rgb(98, 92, 82)", "rgb(168, 40, 30)"}
    texts = page.evaluate(
        """[...document.querySelectorAll('td, a, p, h1, h2, h3, b')]
           .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
           .map(one => [getComputedStyle(one).color, one.textContent.trim()])"""
    )
    assert [text for colour, text in texts if colour in light] == []


def test_the_mail_reads_with_pictures_off(show: Show) -> None:
    page = show(pictures=False)

    assert page.get_by_role("heading", level=2).first.is_visible()
    assert style(page, "img.tn", "backgroundColor") == "rgb(227, 220, 205)"


def test_print_leaves_out_what_cannot_be_pressed(show: Show) -> None:
    page = show()
    page.emulate_media(media="print", color_scheme="light")

    assert not page.get_by_text("Your sections").is_visible()
    assert not page.get_by_role("link", name="Read the interview").is_visible()
    assert page.get_by_text("You get this because").is_visible()
    assert style(page, "td.d-sheet", "backgroundColor") == "rgb(255, 255, 255)"


def test_columns_follow_a_right_to_left_shell_by_themselves(show: Show) -> None:
    page = show(look=Look(language="ar"))

    assert box(page, "img.tn")["x"] < box(page, "h3.ft")["x"]
    assert style(page, "h3.ft", "textAlign") in {"right", "-webkit-right"}
    assert style(page, "h3.ft", "direction") == "ltr"


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("look", [Look(), Look(language="ar")], ids=str)
def test_axe_finds_nothing_but_the_missing_landmarks_of_a_web_page(show: Show, colours: Colours, look: Look) -> None:
    page = show(colours=colours, look=look)

    found = {one["id"] for one in Axe().run(page).response["violations"]}

    assert found <= {"landmark-one-main", "region"}
