"""``python -m benchmarks.images.designs``: drawn designs of one template with other contents, and copies of them.

Tables, tickets, shops, charts, boards: a template that two works share is no copy, what is in it is. Of each template
two works are registered in each of two styles, two others of the same style are checked (they should pass), and the
registered ones edited (they should be held), beside the hashes at their usual thresholds. Half A has the templates of
``templates``, with which the pair network and the score are made, half B those of ``layouts``, on which nothing is
trained or fitted. Written are ``benchmarks/results/images-designs-A.json`` or ``-B.json``, and with ``--pairs`` every
verified pair in the form of ``simcheck.calibration.fit``, and nothing else.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.common import plots, results
from benchmarks.images import gate, pairs, peers, summary
from benchmarks.images.cases import CACHE, Case, Registered
from benchmarks.images.command import called, tell
from benchmarks.images.data import SEED, HalfName, load_half, random, read_all
from benchmarks.images.edits import FAMILIES
from benchmarks.images.edits.base import RGB, scale_to
from benchmarks.images.layouts import LAYOUTS
from benchmarks.images.templates import TEMPLATES, Template, pattern

STYLES, WORKS, OTHERS, EDITS = 2, 2, 2, 2
"""Of each template; and how often each work is edited."""
TEMPLATES_OF = {"A": {one.__name__: one for one in TEMPLATES if one is not pattern}, "B": LAYOUTS}
TWIN, COPY = "twin", "copy"
APART = 0.8
"""Mean difference of grey values, at 128 pixels, from which two contents are two pictures."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images.designs", description=__doc__)
    parser.add_argument("--half", choices=["A", "B"], default="B", help="(default %(default)s)")
    parser.add_argument("--styles", type=int, default=STYLES, metavar="N", help="(default %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="another one draws others (default %(default)s)")
    parser.add_argument("--pairs", type=Path, metavar="FILE", help="write every verified pair, and nothing else")
    return called(parser, run, arguments)


def run(chosen: argparse.Namespace) -> None:
    started = time.perf_counter()
    works, cases = designs(chosen.half, chosen.styles, chosen.seed)
    heading = results.heading(f"images, designs, half {chosen.half}")
    library = gate.register(works, CACHE / f"index-designs-{chosen.half}")
    tell(f"{len(works)} works registered, {len(cases)} outputs")
    if chosen.pairs is not None:
        pairs.write(chosen.pairs, pairs.verified(library, cases, chosen.processes))
        return
    found = {"simcheck": gate.run(library, cases, chosen.processes)}
    found |= peers.usual(works, cases)
    result: dict[str, Any] = {**heading, "seed": chosen.seed, "works": len(works)}
    shares = {}
    for name, outcomes in found.items():
        result[name] = summary.beside("twins", outcomes)
        twins, held = result[name]["twins"], result[name]["copies"]
        shares[name] = [*(twins[of] / twins["outputs"] for of in ("review", "block")), held["held"], held["block"]]
        tell(f"{name}: of {twins['outputs']} twins {twins['review']} review, {twins['block']} block; copies held "
             f"{held['held']:.3f}, blocked {held['block']:.3f}")  # fmt: skip
    result["held"] = summary.false_alarms([one for one in found["simcheck"] if not one.truth])
    result["seconds"] = time.perf_counter() - started
    file = results.write(f"images-designs-{chosen.half}", result)
    names = ["twins in review", "twins blocked", "copies held", "copies blocked"]
    plots.bars(file.with_suffix(".png"), "Other contents in one template", names, shares, 1 / 500)
    count = Counter(alarm["case"].split("/")[1].rsplit("-", 2)[0] for alarm in result["held"])
    tell(f"held twins: {dict(count)}")
    tell(f"written to {file}")


def designs(half: HalfName, styles: int, seed: int) -> tuple[list[Registered], list[Case]]:
    """The works and the outputs, drawn into files."""
    folder = CACHE / f"designs-{half}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    backgrounds = read_all(load_half(half).backgrounds)
    works: list[Registered] = []
    cases: list[Case] = []
    for name, template in TEMPLATES_OF[half].items():
        for style in range(styles):
            for number, picture in enumerate(contents(name, template, style, seed)):
                stem = f"{name}-{style}-{number}"
                file = folder / f"{stem}.png"
                Image.fromarray(picture).save(file)
                if number >= WORKS:
                    cases.append(Case(f"{TWIN}/{stem}", TWIN, "", (), (), file))
                    continue
                works.append(Registered(stem, file))
                families = families_from(len(works) * EDITS)
                cases += copies(works[-1], families, picture, backgrounds, seed)
    return works, cases


def families_from(first: int) -> list[str]:
    """So many families of edits, from the ``first`` one on."""
    return [list(FAMILIES)[(first + edit) % len(FAMILIES)] for edit in range(EDITS)]


def copies(
    work: Registered, families: Sequence[str], picture: RGB, backgrounds: Sequence[RGB], seed: int
) -> Iterator[Case]:
    """Edits of a work, one by each of the families."""
    for edit, family in enumerate(families):
        try:
            edited = FAMILIES[family](picture, random("designs-edit", work.name, edit, seed=seed), backgrounds)
        except ValueError:
            continue  # nothing of it was left
        file = work.file.with_name(f"{work.name}-{family}.png")
        Image.fromarray(edited.picture).save(file)
        yield Case(f"{COPY}/{file.stem}", family, work.name, (work.name,), (work.name,), file)


def contents(name: str, template: Template, style: int, seed: int) -> Iterator[RGB]:
    """Pictures of one template in one style that differ."""
    rng = random("designs", name, style, seed=seed)
    kept: list[np.ndarray] = []
    for _ in range(20 * (WORKS + OTHERS)):
        if len(kept) == WORKS + OTHERS:
            return
        picture = template(random("designs-style", name, style, seed=seed), rng)
        small = scale_to(picture, (128, 128)).astype(np.float64)
        if all(np.abs(small - other).mean() > APART for other in kept):
            kept.append(small)
            yield picture


if __name__ == "__main__":
    raise SystemExit(main())
