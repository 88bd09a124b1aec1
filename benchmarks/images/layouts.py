"""Drawn designs with other contents, to report on: none is a template of ``templates``, nothing is trained on them.

As there, ``style`` draws what all pictures of a layout share, ``content`` what differs. Letters and words are others
than those of the templates and of the edits: nothing that was trained on is drawn here.
"""

from __future__ import annotations

import math

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.images.edits.base import RGB
from benchmarks.images.templates import Random, Template, ink

matplotlib.use("Agg")
FONTS = "DejaVuSans.ttf", "DejaVuSerif.ttf"
WORDS = (
    *(
        "River",
        "Stone",
        "Amber",
        "Quick",
        "Lantern",
        "Maple",
        "Orbit",
        "Velvet",
        "Copper",
        "Harbor",
        "Signal",
        "Winter",
    ),
    *(
        "Cedar",
        "Falcon",
        "Meadow",
        "Prism",
        "Anchor",
        "Saddle",
        "Thunder",
        "Willow",
        "Basil",
        "Cobalt",
        "Ember",
        "Fjord",
    ),
)
RED, BLUE, GOLD, GREEN = (226, 27, 60), (19, 104, 206), (216, 158, 0), (38, 137, 12)
BLACK, WHITE, GREY = (0, 0, 0), (255, 255, 255), (120, 120, 120)


def font(size: float, serif: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(f"{matplotlib.get_data_path()}/fonts/ttf/{FONTS[serif]}", max(6, int(size)))


def words(rng: Random, count: int) -> str:
    return " ".join(str(rng.choice(WORDS)) for _ in range(count))


def number(rng: Random, low: int, high: int) -> int:
    return int(rng.integers(low, high))


def sheet(size: tuple[int, int], paper: tuple[int, int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", size, paper)
    return image, ImageDraw.Draw(image)


def boarding_pass(style: Random, content: Random) -> RGB:
    image, draw = sheet((760, 320), WHITE)
    draw.rectangle([0, 0, 760, 60], fill=ink(style, 20, 160))
    draw.text((20, 15), words(style, 2).upper() + " AIR", fill=WHITE, font=font(26))
    draw.line([540, 60, 540, 320], fill=(180, 180, 180), width=2)
    for place, field in enumerate(("PASSENGER", "FROM", "TO", "FLIGHT", "GATE", "SEAT")):
        x, y = 20 + place % 3 * 175, 85 + place // 3 * 80
        value = words(content, 1) if place < 3 else f"{chr(number(content, 65, 91))}{number(content, 10, 999)}"
        draw.text((x, y), field, fill=GREY, font=font(13))
        draw.text((x, y + 20), value, fill=BLACK, font=font(20))
    for bar in np.flatnonzero(content.random(60) < 0.5).tolist():
        draw.rectangle([555 + bar * 3, 90, 557 + bar * 3, 200], fill=BLACK)
    draw.text((560, 220), words(content, 2), fill=BLACK, font=font(16))
    return np.asarray(image)


def playing_card(style: Random, content: Random) -> RGB:
    image, draw = sheet((360, 500), WHITE)
    draw.rounded_rectangle([4, 4, 355, 495], 20, outline=BLACK, width=3)
    colour, sides, value = (RED, BLACK)[number(style, 0, 2)], number(style, 3, 7), number(content, 2, 11)
    for corner in ((20, 15), (290, 430)):
        draw.text(corner, str(value), fill=colour, font=font(44, True))
    for place in range(value):
        x, y = (115 if place % 2 else 245) if value > 3 else 180, 100 + place // 2 * 65
        draw.regular_polygon((x, y + (place % 2) * 20, 24), sides, fill=colour)
    return np.asarray(image)


def road_sign(style: Random, content: Random) -> RGB:
    image, draw = sheet((420, 420), ink(style, 120, 220))
    draw.regular_polygon((210, 200, 180), (3, 4, 8)[number(style, 0, 3)], fill=WHITE, outline=ink(style, 120, 256))
    kind = number(content, 0, 4)
    if kind == 0:
        draw.text((210, 200), str(number(content, 1, 13) * 10), fill=BLACK, font=font(80), anchor="mm")
    elif kind == 1:
        draw.polygon([(150, 250), (150, 190), (210, 190), (210, 150), (280, 220), (210, 260), (210, 240)], fill=BLACK)
    elif kind == 2:
        draw.ellipse([190, 110, 230, 150], fill=BLACK)
        draw.rectangle([195, 155, 225, 250], fill=BLACK)
    else:
        draw.line([140, 270, 280, 130], fill=BLACK, width=20)
        draw.line([140, 130, 280, 270], fill=BLACK, width=20)
    return np.asarray(image)


def sudoku(_: Random, content: Random) -> RGB:
    image, draw = sheet((460, 500), (252, 252, 248))
    for line in range(10):
        at, width = 5 + 50 * line, 1 if line % 3 else 4
        draw.line([at, 5, at, 455], fill=BLACK, width=width)
        draw.line([5, at, 455, at], fill=BLACK, width=width)
    for cell in np.flatnonzero(content.random(81) < 0.4).tolist():
        place = 30 + 50 * (cell % 9), 30 + 50 * (cell // 9)
        draw.text(place, str(number(content, 1, 10)), fill=(20, 20, 60), font=font(28), anchor="mm")
    return np.asarray(image)


def settings(style: Random, content: Random) -> RGB:
    image, draw = sheet((400, 720), (242, 242, 247))
    accent = ink(style, 30, 220)
    draw.text((20, 30), words(content, 1), fill=BLACK, font=font(32))
    for y in range(100, 700, 60):
        draw.rounded_rectangle([15, y, 385, y + 54], 10, fill=WHITE)
        draw.rounded_rectangle([25, y + 10, 59, y + 44], 8, fill=ink(content, 0, 256))
        draw.text((72, y + 16), words(content, number(content, 1, 4)), fill=BLACK, font=font(17))
        on = content.random() < 0.5
        draw.rounded_rectangle([325, y + 14, 371, y + 40], 13, fill=accent if on else (200, 200, 200))
        x = 346 if on else 327
        draw.ellipse([x, y + 15, x + 24, y + 39], fill=WHITE)
    return np.asarray(image)


def weather(style: Random, content: Random) -> RGB:
    image, draw = sheet((420, 640), ink(style, 60, 180))
    draw.text((210, 60), words(content, 2), fill=WHITE, font=font(30), anchor="mm")
    draw.text((210, 150), f"{number(content, -9, 35)}°", fill=WHITE, font=font(84), anchor="mm")
    for row, day in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat")):
        y = 260 + row * 60
        draw.line([20, y, 400, y], fill=WHITE)
        draw.text((25, y + 18), day, fill=WHITE, font=font(20))
        if content.random() < 0.5:
            draw.ellipse([190, y + 18, 214, y + 42], fill=(255, 220, 80))
        else:
            draw.rounded_rectangle([184, y + 24, 220, y + 42], 8, fill=(220, 220, 230))
        degrees = f"{number(content, -5, 15)}  {number(content, 15, 35)}"
        draw.text((320, y + 18), degrees, fill=WHITE, font=font(20))
    return np.asarray(image)


def floor_plan(_: Random, content: Random) -> RGB:
    image, draw = sheet((600, 440), WHITE)
    draw.rectangle([20, 20, 580, 420], outline=BLACK, width=7)
    for _wall in range(6):
        x, y = number(content, 80, 520), number(content, 80, 360)
        if content.random() < 0.5:
            draw.line([x, 20 if content.random() < 0.5 else 420, x, y], fill=BLACK, width=5)
            draw.arc([x - 40, y - 40, x + 40, y + 40], 270, 360, fill=BLACK)
        else:
            draw.line([20 if content.random() < 0.5 else 580, y, x, y], fill=BLACK, width=5)
    for room in ("Bath", "Kitchen", "Bed 1", "Hall", "Living"):
        draw.text((number(content, 40, 480), number(content, 40, 390)), room, fill=(60, 60, 60), font=font(16))
    return np.asarray(image)


def newspaper(style: Random, content: Random) -> RGB:
    image, draw = sheet((560, 760), (248, 246, 238))
    draw.text((280, 40), "The " + words(style, 2), fill=BLACK, font=font(44, True), anchor="mm")
    draw.line([20, 75, 540, 75], fill=BLACK, width=3)
    draw.text((280, 110), words(content, 4), fill=BLACK, font=font(26, True), anchor="mm")
    draw.rectangle([200, 150, 540, 380], fill=ink(content, 60, 200))
    for _thing in range(9):
        x, y = content.uniform(200, 470), content.uniform(150, 340)
        draw.ellipse([x, y, x + content.uniform(8, 70), y + content.uniform(8, 40)], fill=ink(content, 0, 256))
    for x, top in ((20, 150), (200, 400), (375, 400)):
        for y in range(top, 730, 14):
            draw.text((x, y), words(content, 4)[:27], fill=(40, 40, 40), font=font(10, True))
    return np.asarray(image)


def business_card(style: Random, content: Random) -> RGB:
    image, draw = sheet((520, 300), ink(style, 200, 256))
    accent = ink(style, 0, 200)
    if style.random() < 0.5:
        draw.polygon([(0, 0), (180, 0), (0, 180)], fill=accent)
    draw.ellipse([360, -80, 600, 160], fill=accent)
    draw.text((180, 90), words(content, 2), fill=(20, 20, 20), font=font(30))
    draw.text((180, 130), words(content, 2), fill=accent, font=font(16))
    draw.text((180, 200), f"{words(content, 1)}@{words(style, 1)}.com", fill=(60, 60, 60), font=font(16))
    draw.text((180, 225), f"+{number(content, 10**8, 10**9)}", fill=(60, 60, 60), font=font(16))
    return np.asarray(image)


def molecule(style: Random, content: Random) -> RGB:
    image, draw = sheet((480, 380), WHITE)
    places = [(120.0, 190.0)]
    for _atom in range(number(content, 6, 12)):
        x, y = places[number(content, 0, len(places))]
        angle = number(content, 0, 6) * math.pi / 3 + math.pi / 6
        places.append((x + 55 * math.cos(angle), y + 55 * math.sin(angle)))
        draw.line([x, y, *places[-1]], fill=BLACK, width=3)
    colour = ink(style, 0, 200)
    for x, y in places:
        if content.random() < 0.4:
            draw.ellipse([x - 13, y - 13, x + 13, y + 13], fill=WHITE)
            draw.text((x, y), "ONSF"[number(content, 0, 4)], fill=colour, font=font(22), anchor="mm")
    return np.asarray(image)


def shop(style: Random, content: Random) -> RGB:
    image, draw = sheet((640, 520), (250, 250, 250))
    accent = ink(style, 20, 200)
    draw.rectangle([0, 0, 640, 56], fill=accent)
    draw.text((20, 14), words(style, 1).upper(), fill=WHITE, font=font(24))
    for place in range(6):
        x, y = 20 + place % 3 * 205, 75 + place // 3 * 220
        draw.rounded_rectangle([x, y, x + 190, y + 205], 8, fill=WHITE, outline=(220, 220, 220))
        draw.rectangle([x + 10, y + 10, x + 180, y + 120], fill=ink(content, 100, 256))
        draw.regular_polygon((x + 95, y + 65, 40), number(content, 3, 9), fill=ink(content, 0, 256))
        draw.text((x + 12, y + 130), words(content, 2), fill=BLACK, font=font(15))
        draw.text((x + 12, y + 155), f"${number(content, 1, 200)}.99", fill=accent, font=font(18))
        draw.rounded_rectangle([x + 110, y + 170, x + 178, y + 195], 6, fill=accent)
        draw.text((x + 144, y + 182), "BUY", fill=WHITE, font=font(13), anchor="mm")
    return np.asarray(image)


def quiz(style: Random, content: Random) -> RGB:
    image, draw = sheet((560, 420), ink(style, 0, 110))
    draw.rounded_rectangle([30, 30, 530, 150], 16, fill=WHITE)
    draw.text((280, 90), words(content, 5) + "?", fill=BLACK, font=font(18), anchor="mm")
    for place, colour in enumerate((RED, BLUE, GOLD, GREEN)):
        x, y = 30 + place % 2 * 255, 180 + place // 2 * 110
        draw.rounded_rectangle([x, y, x + 245, y + 95], 10, fill=colour)
        draw.text((x + 122, y + 48), words(content, 2), fill=WHITE, font=font(20), anchor="mm")
    return np.asarray(image)


def book_cover(style: Random, content: Random) -> RGB:
    paper, accent = ink(style, 0, 256), ink(style, 0, 256)
    image, draw = sheet((400, 600), paper)
    draw.rectangle([30, 30, 370, 570], outline=accent, width=6)
    draw.text((200, 100), words(content, 2).upper(), fill=accent, font=font(30, True), anchor="mm")
    draw.line([80, 140, 320, 140], fill=accent, width=3)
    for _shape in range(number(content, 3, 8)):
        place = content.uniform(80, 320), content.uniform(200, 430), content.uniform(15, 60)
        draw.regular_polygon(place, number(content, 3, 8), rotation=number(content, 0, 90), fill=ink(content, 0, 256))
    draw.text((200, 520), words(content, 2), fill=accent, font=font(22, True), anchor="mm")
    return np.asarray(image)


def figure(kind: str) -> Template:
    """A figure as matplotlib draws it, in one of four colour maps."""

    def draw(style: Random, content: Random) -> RGB:
        from matplotlib import colormaps, pyplot

        colours = colormaps[("viridis", "plasma", "coolwarm", "Greys")[number(style, 0, 4)]]
        drawn = pyplot.figure(figsize=(5.4, 4))
        x = np.linspace(0, 6, 60)
        across, down = np.meshgrid(x, x)
        waves = [np.sin(across * content.uniform(0.3, 2) + down * content.uniform(0.3, 2) + content.uniform(0, 6))
                 for _ in range(3)]  # fmt: skip
        if kind == "scatters":
            points = content.normal(size=(60, 3)) @ content.normal(size=(3, 3))
            for place in range(9):
                axes = drawn.add_subplot(3, 3, place + 1)
                axes.set_xticks([])
                axes.set_yticks([])
                if place % 4:
                    axes.scatter(points[:, place % 3], points[:, place // 3], s=4, color=colours(0.4))
                else:
                    axes.hist(points[:, place % 3], color=colours(0.6))
        elif kind == "polar":
            around = np.linspace(0, 2 * np.pi, 12, endpoint=False)
            drawn.add_subplot(projection="polar").bar(
                around, content.random(12), 0.5, color=colours(content.random(12))
            )
        elif kind == "surface":
            drawn.add_subplot(projection="3d").plot_surface(across, down, sum(waves), cmap=colours)
        elif kind == "contour":
            drawn.add_subplot().contourf(across, down, sum(waves), cmap=colours)
        elif kind == "heat":
            axes = drawn.add_subplot()
            drawn.colorbar(axes.imshow(content.random((10, 12)), cmap=colours))
        elif kind == "spectrum":
            sound = np.cumsum(content.normal(size=6000)) * np.sin(np.arange(6000) * content.uniform(0.1, 2))
            drawn.add_subplot().specgram(sound, cmap=colours)
        elif kind == "steps":
            axes = drawn.add_subplot()
            for series in range(3):
                axes.step(range(20), np.cumsum(content.normal(size=20)) + 3 * series, label=f"s{series}")
            axes.legend()
            axes.grid()
        else:
            boxes = [content.normal(content.uniform(0, 3), content.uniform(0.4, 2), 50) for _ in range(7)]
            drawn.add_subplot().boxplot(boxes, patch_artist=True)
        drawn.suptitle(words(content, 2))
        drawn.canvas.draw()
        pixels = np.asarray(drawn.canvas.buffer_rgba())[..., :3].copy()  # type: ignore[attr-defined]
        pyplot.close(drawn)
        return pixels

    return draw


LAYOUTS: dict[str, Template] = {
    **{one.__name__: one for one in (
        boarding_pass, playing_card, road_sign, sudoku, settings, weather, floor_plan, newspaper, business_card,
        molecule, shop, quiz, book_cover,
    )},
    **{f"figure_{kind}": figure(kind) for kind in (
        "heat", "contour", "scatters", "polar", "spectrum", "steps", "boxes", "surface",
    )},
}  # fmt: skip
