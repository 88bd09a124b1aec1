"""Two photographs of one person, statue or house are no copies of each other: through the whole gate, built-in policy.

The pictures are development pictures beside the repository; where they are missing these tests fail and say so.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import simcheck

TRAIN = Path(__file__).parents[2] / "shared" / "data" / "images" / "train"
TAKEN = {
    "01269_pacs-person-253-0146.jpg": ["03965_pacs-person-253-0140.jpg", "00926_pacs-person-253-0145.jpg"],
    "07349_caltech-buddha-image-0055.jpg": [
        "02268_caltech-buddha-image-0026.jpg",
        "03214_caltech-buddha-image-0056.jpg",
    ],
    "00686_pacs-house-pic-260.jpg": ["03973_pacs-house-pic-236.jpg"],
}
"""An output, and registered photographs of the same."""


def found(name: str) -> Path:
    """The picture of this number."""
    files = sorted(TRAIN.glob(f"{name.split('_')[0]}_*"))
    assert files, f"{TRAIN}/{name} is missing: these tests need the development pictures in ../shared/data."
    return files[0]


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> simcheck.Checker:
    gate = simcheck.open(tmp_path_factory.mktemp("subjects") / "index")
    gate.add_many(str(found(name)) for names in TAKEN.values() for name in names)
    return gate


@pytest.mark.parametrize("name", TAKEN)
def test_another_photograph_of_the_same_passes(checker: simcheck.Checker, name: str) -> None:
    report = checker.check(found(name))
    assert report.decision == "pass", [(m.reference.name, m.score, m.rule, m.signals) for m in report.matches]
    assert report.matches, "It is reported as what it is."


@pytest.mark.parametrize("name", [names[0] for names in TAKEN.values()])
def test_the_same_photograph_is_held(checker: simcheck.Checker, tmp_path: Path, name: str) -> None:
    """Cropped, mirrored and recompressed; and pasted onto another photograph of the same."""
    with Image.open(found(name)) as image:
        picture = image.convert("RGB").resize((480, 480))
    crop = picture.crop((40, 30, 440, 420)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    file = tmp_path / "crop.jpg"
    crop.save(file, quality=60)
    assert checker.check(file).decision == "block"
    canvas = Image.fromarray(np.full((700, 900, 3), (180, 170, 160), np.uint8))
    canvas.paste(picture, (300, 120))
    canvas.save(file, quality=80)
    assert checker.check(file).decision == "block"
