"""The main job, on real pictures, with the commands a user would type.

Registers ten pictures that scikit-image and scikit-learn carry, makes edited copies of five of them with Pillow, checks
the copies and five pictures that were never registered, and draws the evidence. Everything lands in ``demo/``.
Ends with 0 when every copy was held and every unrelated picture passed.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import skimage.data
import sklearn.datasets
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

DEMO = Path("demo")
WORKS = (
    "astronaut.png",
    "camera.png",
    "chelsea.png",
    "china.jpg",
    "coffee.png",
    "coins.png",
    "hubble_deep_field.jpg",
    "motorcycle_left.png",
    "retina.jpg",
    "rocket.jpg",
)
NEVER_REGISTERED = ("flower.jpg", "brick.png", "moon.png", "grass.png", "ihc.png")


def source(name: str) -> Path:
    """Where scikit-image or scikit-learn keeps the picture."""
    folders = Path(skimage.data.__file__).parent, Path(sklearn.datasets.__file__).parent / "images"
    return next(folder / name for folder in folders if (folder / name).exists())


def picture(name: str) -> Image.Image:
    return Image.open(source(name)).convert("RGB")


def meme(work: Image.Image) -> Image.Image:
    """A caption above and below, in a new colour."""
    width, height = work.size
    page = Image.new("RGB", (width, height + 140), "white")
    page.paste(ImageEnhance.Color(work).enhance(1.8), (0, 70))
    pen = ImageDraw.Draw(page)
    pen.text((20, 12), "WHEN THE MEETING", fill="black", font_size=40)
    pen.text((20, height + 80), "COULD HAVE BEEN A MAIL", fill="black", font_size=40)
    return page


def pasted(work: Image.Image, background: Image.Image) -> Image.Image:
    """A small copy, mirrored, in the corner of another picture."""
    page = background.resize((1200, 900))
    page.paste(ImageOps.mirror(work).resize((420, 280)), (740, 560))
    return page


def tilted(work: Image.Image) -> Image.Image:
    """Turned by nine degrees and cropped to the middle."""
    width, height = work.size
    turned = work.rotate(9, resample=Image.Resampling.BICUBIC)
    return turned.crop((width // 6, height // 6, width * 5 // 6, height * 5 // 6))


def make_files() -> tuple[dict[str, str], list[str]]:
    """Writes the works and the outputs. Returns {file name of an edited copy: work} and the unrelated file names."""
    shutil.rmtree(DEMO, ignore_errors=True)
    (DEMO / "works").mkdir(parents=True)
    (DEMO / "outputs").mkdir()
    for name in WORKS:
        shutil.copy(source(name), DEMO / "works" / name)
    copies = {
        "meme.jpg": ("chelsea.png", meme(picture("chelsea.png"))),
        "mirrored-grey.png": ("astronaut.png", ImageOps.mirror(picture("astronaut.png")).convert("L")),
        "pasted-small.jpg": ("coffee.png", pasted(picture("coffee.png"), picture("flower.jpg"))),
        "tilted-crop.webp": ("motorcycle_left.png", tilted(picture("motorcycle_left.png"))),
        "blurred.jpg": ("china.jpg", picture("china.jpg").filter(ImageFilter.GaussianBlur(6))),
    }
    for name, (_, edited) in copies.items():
        edited.save(DEMO / "outputs" / name)
    for name in NEVER_REGISTERED:
        picture(name).save(DEMO / "outputs" / f"new-{Path(name).stem}.png")
    return {name: work for name, (work, _) in copies.items()}, [f"new-{Path(n).stem}.png" for n in NEVER_REGISTERED]


def simcheck(*arguments: str, expect: int, show: bool = True) -> str:
    """Runs the command as a user would, shows it, and insists on its exit code."""
    if show:
        print(f"\n$ simcheck {shlex.join(arguments)}", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "simcheck.cli", *arguments], stdout=subprocess.PIPE, text=True, check=False
    )
    if show:
        print(done.stdout, end="", flush=True)
    if done.returncode != expect:
        sys.exit(f"simcheck {arguments[0]} ended with exit code {done.returncode}, expected {expect}")
    return done.stdout


def main() -> None:
    copies, unrelated = make_files()
    index = ("--index", str(DEMO / "index"))
    outputs = str(DEMO / "outputs")
    rights = ("--title", "A cup of coffee", "--creator", "Rachel Michetti", "--licence", "CC0-1.0")
    simcheck("add", *index, "--quiet", *rights, str(DEMO / "works" / "coffee.png"), expect=0)
    simcheck("add", *index, "--quiet", str(DEMO / "works"), expect=0)
    simcheck("check", *index, outputs, expect=1)
    simcheck("explain", *index, f"{outputs}/pasted-small.jpg", "--out", str(DEMO / "report.html"), expect=0)

    answer = json.loads(simcheck("check", *index, "--json", "--quiet", outputs, expect=1, show=False))
    wrong = []
    for report in answer["reports"]:
        name = Path(report["output"]["path"]).name
        found = {match["reference"]["name"] for match in report["matches"] if match["decision"] != "pass"}
        if found != ({copies[name]} if name in copies else set()):
            wrong.append(f"{name}: {report['reason']}")
    held = len(copies) - sum(name.split(":")[0] in copies for name in wrong)
    print(f"\n{held} of {len(copies)} copies held, {len(unrelated)} unrelated pictures checked.")
    print(f"Look at {DEMO / 'report.html'}: the small mirrored copy, outlined on both sides.")
    if wrong:
        sys.exit("not as it should be: " + "; ".join(wrong))


if __name__ == "__main__":
    main()
