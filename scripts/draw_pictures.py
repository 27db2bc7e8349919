"""Draws the sample newsroom's pictures into digest/demo/pictures (needs Pillow; run it only to change them)."""

import math
import random
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

_WIDTH, _HEIGHT, _SCALE = 1072, 603, 2
_QUALITY = 80
_CREAM, _SAND, _RED, _INK = "#f3dfb2", "#dcc9a3", "#c2442d", "#17243f"
_BLUE, _STEEL, _MIST, _GREEN, _GREY, _PALE = "#2d4a66", "#56758a", "#97a8a8", "#6d8a72", "#4c565c", "#e3e8e2"

Draw = ImageDraw.ImageDraw
Painter = Callable[[Draw, random.Random], None]


def _s(*values: float) -> list[float]:
    return [value * _SCALE for value in values]


def _sky(draw: Draw, top: str, bottom: str, bands: int = 14) -> None:
    first, last = (tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)) for colour in (top, bottom))
    for band in range(bands):
        share = band / (bands - 1)
        colour = tuple(round(a + (b - a) * share) for a, b in zip(first, last, strict=True))
        draw.rectangle(_s(0, _HEIGHT * band / bands, _WIDTH, _HEIGHT * (band + 1) / bands), fill=colour)


def _ridge(draw: Draw, chance: random.Random, base: float, height: float, colour: str, step: int = 150) -> None:
    points: list[tuple[float, float]] = [(0, _HEIGHT)]
    up = True
    for x in range(-step, _WIDTH + step, step):
        points.append((x + chance.uniform(-30, 30), base - (height if up else 0) * chance.uniform(0.6, 1.0)))
        up = not up
    points += [(_WIDTH, _HEIGHT)]
    draw.polygon([(x * _SCALE, y * _SCALE) for x, y in points], fill=colour)


def _circle(draw: Draw, x: float, y: float, radius: float, colour: str) -> None:
    draw.ellipse(_s(x - radius, y - radius, x + radius, y + radius), fill=colour)


def _sea(draw: Draw, level: float, colour: str, line: str, chance: random.Random) -> None:
    draw.rectangle(_s(0, level, _WIDTH, _HEIGHT), fill=colour)
    for _ in range(26):
        x, y = chance.uniform(0, _WIDTH), chance.uniform(level + 14, _HEIGHT - 8)
        draw.rounded_rectangle(_s(x, y, x + chance.uniform(50, 150), y + 5), radius=_SCALE * 2, fill=line)


def mountains(draw: Draw, chance: random.Random) -> None:
    _sky(draw, "#f3d9a4", "#f6e6c6")
    _circle(draw, 740, 230, 90, _RED)
    for base, height, colour in (
        (420, 190, "#c9b394"),
        (470, 170, _MIST),
        (520, 150, _STEEL),
        (560, 120, _BLUE),
        (600, 70, _INK),
    ):
        _ridge(draw, chance, base, height, colour)


def harbour(draw: Draw, chance: random.Random) -> None:
    _sky(draw, "#cfdcdc", "#f3e3bf")
    _circle(draw, 250, 190, 64, _RED)
    for x in (520, 700, 880):
        draw.polygon(_s(x, 430, x + 26, 150, x + 44, 150, x + 70, 430), fill=_BLUE)
        draw.rectangle(_s(x - 130, 150, x + 170, 172), fill=_INK)
        draw.line(_s(x - 90, 172, x - 90, 300), fill=_INK, width=5)
        draw.rectangle(_s(x - 116, 300, x - 64, 340), fill=_RED if x == 700 else _SAND)
    _sea(draw, 430, _STEEL, "#7d97a5", chance)
    draw.polygon(_s(90, 400, 470, 400, 430, 470, 130, 470), fill=_INK)
    draw.rectangle(_s(170, 350, 260, 400), fill="#f2eadb")
    for number in range(4):
        draw.rectangle(_s(280 + number * 42, 366, 316 + number * 42, 400), fill=(_RED, _SAND, _MIST, _GREEN)[number])


def lighthouse(draw: Draw, chance: random.Random) -> None:
    _sky(draw, "#2d4a66", "#c98f6a")
    draw.polygon(_s(560, 170, 1072, 40, 1072, 260), fill="#e8c987")
    _sea(draw, 450, _INK, "#2d4a66", chance)
    draw.polygon(_s(380, 603, 470, 440, 660, 440, 760, 603), fill="#3a3f45")
    for number in range(5):
        colour = "#f2eadb" if number % 2 == 0 else _RED
        y, top = 440 - number * 52, 440 - (number + 1) * 52
        inset = number * 6
        draw.polygon(_s(512 + inset, y, 618 - inset, y, 612 - inset, top, 518 + inset, top), fill=colour)
    draw.rectangle(_s(532, 140, 598, 182), fill="#f6d98f")
    draw.polygon(_s(520, 140, 610, 140, 565, 96), fill=_INK)


def arches(draw: Draw, chance: random.Random) -> None:
    del chance
    draw.rectangle(_s(0, 0, _WIDTH, _HEIGHT), fill="#ecd3a0")
    for number, colour in enumerate(("#b5854f", "#9a5b45", "#7c3f3d", "#5a2f3c", "#3c2438")):
        x = 20 + number * 212
        draw.rectangle(_s(x, 300, x + 190, 560), fill=colour)
        draw.pieslice(_s(x, 120, x + 190, 480), 180, 360, fill=colour)
        draw.rectangle(_s(x + 42, 320, x + 148, 560), fill="#f3dfb2")
        draw.pieslice(_s(x + 42, 200, x + 148, 440), 180, 360, fill="#f3dfb2")
    _circle(draw, 644, 430, 36, _RED)
    draw.rectangle(_s(0, 556, _WIDTH, _HEIGHT), fill="#2c1c2e")


def chart(draw: Draw, chance: random.Random) -> None:
    del chance
    draw.rectangle(_s(0, 0, _WIDTH, _HEIGHT), fill=_PALE)
    draw.rectangle(_s(0, 520, _WIDTH, _HEIGHT), fill="#f1e4c8")
    for number, height in enumerate((110, 150, 190, 240, 300, 380)):
        colour = (_MIST, "#8199a6", "#6c8799", _STEEL, _BLUE, _RED)[number]
        draw.rectangle(_s(160 + number * 130, 500 - height, 240 + number * 130, 500), fill=colour)
    draw.rectangle(_s(120, 500, 960, 506), fill=_INK)


def road(draw: Draw, chance: random.Random) -> None:
    _sky(draw, "#d8d3bd", "#f2e2bd")
    _circle(draw, 800, 130, 56, _RED)
    _ridge(draw, chance, 320, 120, _GREEN)
    draw.rectangle(_s(0, 310, _WIDTH, _HEIGHT), fill="#d9cba6")
    draw.polygon(_s(500, 310, 572, 310, 960, 603, 112, 603), fill=_GREY)
    draw.polygon(_s(531, 310, 541, 310, 566, 603, 506, 603), fill="#e8dcc0")


def assembly(draw: Draw, chance: random.Random) -> None:
    _sky(draw, "#8fb1b9", "#d7ddcc")
    draw.rectangle(_s(0, 530, _WIDTH, _HEIGHT), fill="#47664f")
    draw.rectangle(_s(236, 400, 836, 530), fill="#f2eadb")
    for number in range(9):
        draw.rectangle(_s(262 + number * 64, 420, 292 + number * 64, 510), fill=_BLUE)
    draw.polygon(_s(390, 400, 682, 400, 536, 320), fill="#e5d9bf")
    draw.rectangle(_s(446, 270, 626, 336), fill="#f2eadb")
    draw.pieslice(_s(446, 160, 626, 400), 180, 360, fill="#e5d9bf")
    draw.rectangle(_s(532, 96, 538, 170), fill=_INK)
    draw.polygon(_s(538, 98, 590, 112, 538, 128), fill=_RED)
    del chance


def circles(draw: Draw, chance: random.Random) -> None:
    del chance
    draw.rectangle(_s(0, 0, _WIDTH, _HEIGHT), fill=_CREAM)
    left, right, radius = 420, 650, 190
    _circle(draw, left, 300, radius, _BLUE)
    _circle(draw, right, 300, radius, _RED)
    half = math.sqrt(radius**2 - ((right - left) / 2) ** 2)
    steps = [index / 40 for index in range(-40, 41)]
    lens = [(right - math.sqrt(radius**2 - (half * t) ** 2), 300 + half * t) for t in steps]
    lens += [(left + math.sqrt(radius**2 - (half * t) ** 2), 300 + half * t) for t in reversed(steps)]
    draw.polygon([(x * _SCALE, y * _SCALE) for x, y in lens], fill=_INK)


def turbines(draw: Draw, chance: random.Random) -> None:
    _sky(draw, "#b9d0d4", "#f1e5c8")
    _ridge(draw, chance, 520, 60, _GREEN, 240)
    draw.rectangle(_s(0, 520, _WIDTH, _HEIGHT), fill="#567760")
    for x, y, size in ((230, 250, 150), (560, 190, 200), (860, 270, 140)):
        draw.polygon(_s(x - 7, 560, x - 3, y, x + 3, y, x + 7, 560), fill="#f7f3e8")
        start = chance.uniform(0, 120)
        for blade in range(3):
            angle = math.radians(start + blade * 120)
            tip = (x + size * math.cos(angle), y + size * math.sin(angle))
            side = (x + 12 * math.cos(angle + 1.4), y + 12 * math.sin(angle + 1.4))
            draw.polygon(_s(x, y, *side, *tip), fill="#f7f3e8")
        _circle(draw, x, y, 10, _RED)


def pylons(draw: Draw, chance: random.Random) -> None:
    del chance
    _sky(draw, "#e9b98a", "#f5e3bd")
    _circle(draw, 300, 330, 110, _RED)
    draw.rectangle(_s(0, 500, _WIDTH, _HEIGHT), fill="#4a4a3e")
    for x, size in ((170, 1.0), (520, 1.35), (920, 1.1)):
        top = 520 - 330 * size
        for side in (-1, 1):
            draw.line(_s(x + side * 60 * size, 520, x + side * 8, top), fill=_INK, width=10)
        for level in (0.18, 0.34, 0.5):
            y, arm = top + 330 * size * level, (110 - 60 * level) * size
            draw.line(_s(x - arm, y, x + arm, y), fill=_INK, width=10)
    for number in range(3):
        draw.line(_s(0, 240 + number * 52, 520, 150 + number * 66, _WIDTH, 230 + number * 56), fill=_GREY, width=4)


def fields(draw: Draw, chance: random.Random) -> None:
    _sky(draw, "#a9c3c9", "#f0e6cd", 10)
    colours = ("#8a9d6a", "#b7a862", "#6f8a5d", "#c9b06a", "#587850", "#d8c27e")
    for number, colour in enumerate(colours):
        y = 260 + number * 58
        draw.polygon(
            _s(0, y + chance.uniform(-18, 18), _WIDTH, y + chance.uniform(-30, 30), _WIDTH, 603, 0, 603), fill=colour
        )
    draw.rectangle(_s(700, 214, 790, 280), fill="#f2eadb")
    draw.polygon(_s(686, 214, 804, 214, 745, 168), fill=_RED)
    _circle(draw, 850, 236, 42, "#47664f")


def books(draw: Draw, chance: random.Random) -> None:
    draw.rectangle(_s(0, 0, _WIDTH, _HEIGHT), fill="#e9dcc0")
    draw.rectangle(_s(0, 510, _WIDTH, 540), fill="#7a5a41")
    x = 120.0
    for colour in (_BLUE, _RED, _GREEN, _INK, _SAND, _STEEL, "#9a5b45", _MIST, _RED, _BLUE, "#5a2f3c"):
        width, height = chance.uniform(48, 84), chance.uniform(260, 390)
        draw.rectangle(_s(x, 510 - height, x + width, 510), fill=colour)
        draw.rectangle(_s(x, 550 - height, x + width, 562 - height), fill="#f2e6c9")
        x += width + 8


def music(draw: Draw, chance: random.Random) -> None:
    del chance
    draw.rectangle(_s(0, 0, _WIDTH, _HEIGHT), fill=_INK)
    for number in range(5):
        draw.rectangle(_s(0, 190 + number * 56, _WIDTH, 194 + number * 56), fill="#56758a")
    for x, y, colour in ((220, 400, _RED), (400, 330, "#f3dfb2"), (600, 290, "#f3dfb2"), (800, 350, _RED)):
        draw.ellipse(_s(x - 46, y - 34, x + 46, y + 34), fill=colour)
        draw.rectangle(_s(x + 36, y - 190, x + 46, y), fill=colour)
    draw.polygon(_s(436, 140, 646, 100, 646, 130, 436, 170), fill="#f3dfb2")


def microscope(draw: Draw, chance: random.Random) -> None:
    del chance
    draw.rectangle(_s(0, 0, _WIDTH, _HEIGHT), fill="#dfe6e1")
    _circle(draw, 536, 300, 240, "#c6d3cf")
    draw.polygon(_s(470, 110, 560, 80, 640, 300, 550, 332), fill=_BLUE)
    draw.rectangle(_s(560, 330, 610, 390), fill=_INK)
    draw.arc(_s(400, 180, 760, 520), -60, 100, fill=_INK, width=44 * _SCALE // 2)
    draw.rectangle(_s(440, 410, 690, 432), fill=_RED)
    draw.rounded_rectangle(_s(390, 500, 760, 544), radius=20, fill=_INK)


def football(draw: Draw, chance: random.Random) -> None:
    del chance
    for number in range(8):
        draw.rectangle(_s(number * 134, 0, number * 134 + 134, _HEIGHT), fill="#5f8462" if number % 2 else "#6d9470")
    draw.ellipse(_s(316, 82, 756, 522), outline="#f2eadb", width=12)
    draw.rectangle(_s(530, 0, 542, _HEIGHT), fill="#f2eadb")
    _circle(draw, 536, 302, 92, "#f7f3e8")
    for turn in range(5):
        angle = math.radians(turn * 72 - 90)
        _circle(draw, 536 + 70 * math.cos(angle), 302 + 70 * math.sin(angle), 20, _INK)
    _circle(draw, 536, 302, 26, _INK)


def train(draw: Draw, chance: random.Random) -> None:
    _sky(draw, "#2b3d58", "#8a7f86")
    _circle(draw, 850, 120, 50, "#f3e3bf")
    _ridge(draw, chance, 400, 110, "#31425c", 200)
    draw.rectangle(_s(0, 440, _WIDTH, _HEIGHT), fill=_INK)
    draw.rounded_rectangle(_s(60, 300, 1180, 450), radius=50, fill=_RED)
    draw.rectangle(_s(60, 400, 1100, 420), fill="#f2eadb")
    for number in range(9):
        draw.rounded_rectangle(_s(130 + number * 106, 326, 206 + number * 106, 382), radius=12, fill="#f6d98f")
    draw.rectangle(_s(0, 470, _WIDTH, 480), fill=_STEEL)


def market(draw: Draw, chance: random.Random) -> None:
    draw.rectangle(_s(0, 0, _WIDTH, _HEIGHT), fill="#f0dfb8")
    for number in range(8):
        x = 96 + number * 110
        draw.polygon(_s(x, 130, x + 110, 130, x + 110, 250, x, 250), fill=_RED if number % 2 == 0 else "#f7f3e8")
        draw.pieslice(_s(x, 195, x + 110, 305), 0, 180, fill=_RED if number % 2 == 0 else "#f7f3e8")
    draw.rectangle(_s(120, 300, 134, 560), fill="#7a5a41")
    draw.rectangle(_s(938, 300, 952, 560), fill="#7a5a41")
    draw.rectangle(_s(100, 430, 972, 560), fill="#9a7450")
    for number in range(24):
        _circle(
            draw,
            140 + (number % 12) * 72,
            418 - (number // 12) * 36,
            28,
            chance.choice(("#d9822b", _RED, _GREEN, "#e5b84a")),
        )


def bridge(draw: Draw, chance: random.Random) -> None:
    _sky(draw, "#c6d6d8", "#f4e4c2")
    for x in (300, 770):
        draw.rectangle(_s(x - 16, 120, x + 16, 520), fill=_RED)
    for left, right in ((-170, 300), (300, 770), (770, 1240)):
        points = [(left + (right - left) * t / 30, 130 + 230 * (1 - (2 * t / 30 - 1) ** 2)) for t in range(31)]
        draw.line([(x * _SCALE, y * _SCALE) for x, y in points], fill=_INK, width=9)
        for hung, y in points[::3]:
            draw.line(_s(hung, y, hung, 400), fill=_INK, width=4)
    draw.rectangle(_s(0, 396, _WIDTH, 420), fill=_INK)
    _sea(draw, 500, _STEEL, "#7d97a5", chance)


def _portrait(draw: Draw, ground: str, coat: str, hair: str) -> None:
    draw.rectangle(_s(0, 0, _WIDTH, _HEIGHT), fill=ground)
    _circle(draw, 536, 300, 250, "#f3e3bf")
    draw.pieslice(_s(290, 400, 782, 900), 180, 360, fill=coat)
    draw.rectangle(_s(496, 350, 576, 440), fill="#d9a783")
    _circle(draw, 536, 270, 106, "#e2b590")
    draw.pieslice(_s(424, 150, 648, 380), 170, 370, fill=hair)
    draw.polygon(_s(496, 424, 536, 480, 576, 424), fill="#f7f3e8")


def speaker(draw: Draw, chance: random.Random) -> None:
    del chance
    _portrait(draw, _STEEL, _INK, "#4a3527")


def writer(draw: Draw, chance: random.Random) -> None:
    del chance
    _portrait(draw, _RED, _BLUE, "#d8d3c8")


def storm(draw: Draw, chance: random.Random) -> None:
    _sky(draw, "#4c5d6b", "#a7b0ab")
    for x, y, radius in ((300, 170, 110), (430, 130, 140), (590, 150, 130), (720, 190, 100)):
        _circle(draw, x, y, radius, "#dfe3df")
    draw.polygon(_s(540, 260, 470, 400, 530, 400, 490, 520, 620, 360, 556, 360, 600, 260), fill="#e5b84a")
    _sea(draw, 500, _INK, _BLUE, chance)


def houses(draw: Draw, chance: random.Random) -> None:
    _sky(draw, "#f1cf9c", "#f7ead0")
    for number, colour in enumerate((_RED, "#e5b84a", _STEEL, "#f2eadb", _GREEN, "#9a5b45")):
        x, top = 60 + number * 162, 240 + (number * 37) % 80
        draw.rectangle(_s(x, top, x + 150, 540), fill=colour)
        draw.polygon(_s(x - 8, top, x + 158, top, x + 75, top - 90), fill=_INK)
        for row in range(3):
            for column in range(2):
                y = top + 30 + row * 78
                draw.rectangle(
                    _s(x + 26 + column * 62, y, x + 62 + column * 62, y + 46),
                    fill="#f6e6c6" if chance.random() > 0.3 else _BLUE,
                )
    draw.rectangle(_s(0, 540, _WIDTH, _HEIGHT), fill=_GREY)


_PAINTERS: tuple[Painter, ...] = (
    mountains, harbour, lighthouse, arches, chart, road, assembly, circles, turbines, pylons, fields, books, music,
    microscope, football, train, market, bridge, speaker, writer, storm, houses,
)  # fmt: skip


def main() -> None:
    """Draw all pictures, each at twice its size and then made smaller, which smooths its edges."""
    folder = Path(__file__).resolve().parent.parent / "digest" / "demo" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    for painter in _PAINTERS:
        image = Image.new("RGB", (_WIDTH * _SCALE, _HEIGHT * _SCALE), _CREAM)
        painter(ImageDraw.Draw(image), random.Random(painter.__name__))  # noqa: S311 -- a drawing
        name = folder / f"{painter.__name__}.jpg"
        image.resize((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS).save(
            name, quality=_QUALITY, optimize=True, progressive=True
        )


main()
