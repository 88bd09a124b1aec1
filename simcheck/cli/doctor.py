"""``simcheck doctor``: what is installed, which models, what works, what does not."""

from __future__ import annotations

import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from simcheck.cli.help import teach
from simcheck.cli.options import Config, IndexDir, Json, NoColor, PolicyFile
from simcheck.cli.output import emit, emit_json
from simcheck.errors import SimcheckError
from simcheck.version import __version__

if TYPE_CHECKING:
    from PIL.Image import Image

    from simcheck.settings import Settings

PACKAGES = (
    "numpy",
    "faiss-cpu",
    "onnxruntime",
    "opencv-python-headless",
    "pillow",
    "imagehash",
    "pdqhash",
    "SQLAlchemy",
    "pydantic",
    "fastapi",
    "uvicorn",
    "sentence-transformers",
)
HELP = teach(
    "Say what is installed, which models and index are in use, and whether they work: pictures with known answers are "
    "registered and checked in a folder of their own.",
    "simcheck doctor",
    "simcheck doctor --json --index studio.simcheck",
    codes={0: "everything works", 2: "something does not; each line says what to do"},
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str


def register(app: typer.Typer) -> None:
    app.command("doctor", help=HELP)(doctor)


def doctor(
    policy: PolicyFile = None,
    index: IndexDir = None,
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
) -> int:
    from simcheck import settings as configuration

    findings = list(_installed())
    try:
        settings = configuration.load(config, {"index": index, "policy": policy})
    except SimcheckError as fault:
        findings.append(Finding("configuration", False, fault.message))
    else:
        path = configuration.config_path(config)
        findings.append(Finding("configuration", True, str(path) if path else "none, so the defaults"))
        parts: dict[str, Callable[[Settings], str]] = {
            "policy": _policy,
            "models": _models,
            "sentences": _sentences,
            "known answers": _known_answers,
            "index": _index,
            "server": _server,
        }
        findings += [_look(name, look, settings) for name, look in parts.items()]
    ok = all(one.ok for one in findings)
    if json:
        emit_json({"ok": ok, "findings": [asdict(one) for one in findings]})
    else:
        for one in findings:
            emit(f"{'ok   ' if one.ok else 'WRONG'}  {one.name:<24}  {one.detail}")
    return 0 if ok else 2


def _look(name: str, look: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(name, True, look(settings))
    except SimcheckError as fault:
        return Finding(name, False, fault.message)
    except Exception as fault:  # what a doctor is for: a broken library shows in any way
        return Finding(name, False, f"{type(fault).__name__}: {fault}; install simcheck again")


def _installed() -> Iterator[Finding]:
    yield Finding("simcheck", True, f"{__version__}, Python {platform.python_version()}, {platform.platform()}")
    yield Finding("program", True, sys.executable)
    for name in PACKAGES:
        try:
            yield Finding(name, True, metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Finding(name, False, "is not installed; install simcheck again")


def _policy(settings: Settings) -> str:
    from simcheck import policy

    chosen = policy.load(settings.policy)
    return f"{settings.policy or 'built in'}: {chosen.name}, version {chosen.version}, {chosen.hash}"


def _models(settings: Settings) -> str:
    from simcheck.encoders import DEFAULT_IMAGE_ENCODER, load_image_encoder
    from simcheck.encoders.known_answers import self_test

    encoder = load_image_encoder(settings.encoder)
    if settings.encoder != DEFAULT_IMAGE_ENCODER:
        return f"{encoder.name}, {encoder.dimensions} dimensions; not ours, so without known answers"
    return f"{encoder.name}, {encoder.dimensions} dimensions, as where it was made (cosine {self_test(encoder):.4f})"


def _sentences(settings: Settings) -> str:
    from simcheck.encoders import DEFAULT_TEXT_ENCODER, load_text_encoder
    from simcheck.encoders.known_answers import text_self_test

    if settings.sentences == "off":
        return "off: paraphrase and translation of texts are not looked for"
    encoder = load_text_encoder(settings.sentences)
    speaks = "translations too" if encoder.multilingual else "one language"
    if settings.sentences != DEFAULT_TEXT_ENCODER:
        return f"{encoder.name}, {encoder.dimensions} dimensions, {speaks}; not ours, so without known answers"
    cosine = text_self_test(encoder)
    return f"{encoder.name}, {encoder.dimensions} dimensions, {speaks}, as where it was made (cosine {cosine:.4f})"


def _known_answers(settings: Settings) -> str:
    """The whole way, with the built-in policy: a work, an edited copy of it, another picture."""
    from simcheck.checker import open as open_checker

    with tempfile.TemporaryDirectory(prefix="simcheck-doctor-") as name:
        folder = Path(name)
        work = _made_picture(1)
        work.save(folder / "work.png")
        work.crop((60, 40, 580, 420)).resize((416, 304)).save(folder / "copy.jpg", quality=70)
        _made_picture(2).save(folder / "other.png")
        own = settings.model_copy(update={"index": folder / "index", "policy": None})
        with open_checker(settings=own) as checker:
            checker.add(folder / "work.png")
            for file, wanted in (("work.png", "block"), ("copy.jpg", "block"), ("other.png", "pass")):
                report = checker.check(folder / file)
                if report.decision != wanted:
                    raise SimcheckError(
                        f"{file} of the self-test is {report.decision} instead of {wanted} ({report.reason}); "
                        "do not trust this installation: install simcheck again"
                    )
    return "a copy is blocked, an edited copy is blocked, another picture passes"


def _made_picture(seed: int) -> Image:
    """640 by 480 pixels of coloured boxes and grain: as rich in detail as a photograph, and the same everywhere."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(seed)
    pixels = np.zeros((480, 640, 3), np.int16)
    for _ in range(400):
        x, y, width, height = random.integers((0, 0, 8, 8), (630, 470, 120, 90))
        pixels[y : y + height, x : x + width] = random.integers(0, 256, 3)
    grain = random.integers(-12, 13, pixels.shape)
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))


def _index(settings: Settings) -> str:
    from simcheck import settings as configuration
    from simcheck.checker import open as open_checker

    path = configuration.index_path(settings)
    if not path.exists():
        return f"none at {path}; `simcheck add PATH` makes one"
    with open_checker(settings=settings) as checker:
        found = checker.index
        return (
            f"{path}: {found.count()} references, revision {found.revision}; `simcheck index verify` looks at all of it"
        )


def _server(settings: Settings) -> str:
    if settings.server is None:
        return "none configured"
    from simcheck.client import RemoteGate
    from simcheck.gate import Purpose

    gate = RemoteGate(settings)
    try:
        list(gate.check([], Purpose()))
    finally:
        gate.close()
    return f"{settings.server} answers, and takes the key"
