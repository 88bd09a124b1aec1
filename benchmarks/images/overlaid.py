"""``python -m benchmarks.images.overlaid``: works under things laid over them, and other designs of the same templates.

Designs composed at random and photographs of half B are registered, each three times under something: text, emojis, a
logo, another picture, a scribble, a watermark, a meme's words. Beside them two other contents of each design's template
are checked, one of them under such a thing, and other photographs under two. All are checked by the shipped policy, by
one without the two rules for such copies and by the hashes at their usual thresholds. Written is
``benchmarks/results/images-overlaid.json``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.common import plots, results
from benchmarks.images import gate, peers, summary
from benchmarks.images.cases import CACHE, Case, Registered
from benchmarks.images.command import of_drawn_works, tell
from benchmarks.images.compositions import composed
from benchmarks.images.data import load_half, random, read, read_all
from benchmarks.images.designs import contents, copies
from benchmarks.images.edits.base import RGB

RULES = ("image.overlaid-sure", "image.overlaid")
SEED = 1202
WORKS, OTHERS, EDITS = 40, 2, 3
"""Registered of each kind, outputs of each that copy none, and edits of a work."""
OVER = "text", "emoji", "logo", "inset", "scribble", "watermark", "meme"
KINDS = DESIGN, PHOTOGRAPH = "design", "photograph"


def main(arguments: Sequence[str] | None = None) -> int:
    return of_drawn_works(("benchmarks.images.overlaid", __doc__), run, WORKS, SEED, arguments)


def run(chosen: argparse.Namespace) -> None:
    heading = results.heading("images, overlaid")
    works, cases = overlaid(chosen.works, chosen.seed)
    library = gate.register(works, CACHE / "index-overlaid")
    tell(f"{len(works)} works registered, {len(cases)} outputs")
    found = gate.with_and_without(library, cases, chosen.processes, RULES) | peers.usual(works, cases)
    result: dict[str, Any] = {**heading, "seed": chosen.seed, "works": len(works)}
    shares = {}
    for name, outcomes in found.items():
        result[name], shares[name] = {}, []
        for kind in KINDS:
            result[name][kind] = summary.beside("others", [one for one in outcomes if one.case.startswith(kind)])
            sentence, of_kind = summary.told(result[name][kind])
            shares[name] += of_kind
            tell(f"{name}, {kind}: {sentence}")
    result["held"] = summary.false_alarms([one for one in found["simcheck"] if one.negative])
    file = results.write("images-overlaid", result)
    names = [f"{kind}s: {what}" for kind in KINDS for what in ("held", "blocked", "others held")]
    plots.bars(file.with_suffix(".png"), "Works under things laid over them", names, shares, 1 / 500)
    tell(f"written to {file}")


def overlaid(number: int, seed: int) -> tuple[list[Registered], list[Case]]:
    """The works and the outputs, drawn into files: ``number`` designs, then as many photographs."""
    folder = CACHE / f"overlaid-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    half = load_half("B")
    backgrounds = read_all(half.backgrounds)
    works: list[Registered] = []
    cases: list[Case] = []
    for place in range(number):
        first, *others = contents("composed", composed, place, seed)
        works.append(saved(folder, DESIGN, place, first))
        cases += covered(works[-1], DESIGN, place, first, backgrounds, seed)
        for other, picture in enumerate(others[:OTHERS]):
            twin = saved(folder, f"{DESIGN}-other-{other}", place, picture)
            if other:
                under = covered(twin, DESIGN, place, picture, backgrounds, seed)[0]
                twin = Registered(under.file.stem, under.file)
            cases.append(without_work(DESIGN, twin))
    for place, at in enumerate(random("overlaid", seed=seed).permutation(len(half.references))[: 2 * number]):
        picture = read(half.references[int(at)])
        work = saved(folder, PHOTOGRAPH, place, picture)
        made = covered(work, PHOTOGRAPH, place, picture, backgrounds, seed)
        if place < number:
            works.append(work)
            cases += made
        else:
            cases += [without_work(PHOTOGRAPH, Registered(case.file.stem, case.file)) for case in made[:OTHERS]]
    return works, cases


def saved(folder: Path, kind: str, place: int, picture: RGB) -> Registered:
    """A picture in a file, as a work."""
    work = Registered(f"{kind}-{place:03d}", folder / f"{kind}-{place:03d}.png")
    Image.fromarray(picture).save(work.file)
    return work


def covered(work: Registered, kind: str, place: int, picture: RGB, backgrounds: Sequence[RGB], seed: int) -> list[Case]:
    """A work under some of the things, one after the other as the works go on."""
    families = [OVER[(EDITS * place + edit) % len(OVER)] for edit in range(EDITS)]
    return [replace(case, name=f"{kind}/{case.file.stem}")
            for case in copies(work, families, picture, backgrounds, seed)]  # fmt: skip


def without_work(kind: str, picture: Registered) -> Case:
    """An output that copies no work."""
    return Case(f"{kind}/{picture.name}", "other", "", (), (), picture.file)


if __name__ == "__main__":
    raise SystemExit(main())
