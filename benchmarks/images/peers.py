"""What else one can install: whole-picture hashes, each with its usual threshold.

pHash (imagehash, 64 bits, at most 10 apart), PDQ (pdqhash, 256 bits, at most 31), and the image code of ISCC
(iscc-core, 256 bits, where it is installed; it names no threshold, so it is only measured at no false alarm).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import imagehash
import numpy as np
import numpy.typing as npt
import pdqhash
from PIL import Image

from benchmarks.images.cases import Case, Registered
from benchmarks.images.outcome import Answer, Outcome

Bits = npt.NDArray[np.uint8]
"""uint8 0 or 1, (n,)."""
NAMED = 10


@dataclass(frozen=True)
class Peer:
    """A hash: bits of a file, and how far two may be apart to count as the same (None: nobody says)."""

    name: str
    bits: Callable[[Path], Bits]
    threshold: int | None


def phash(file: Path) -> Bits:
    with Image.open(file) as image:
        return np.asarray(imagehash.phash(image.convert("RGB")).hash, np.uint8).ravel()


def pdq(file: Path) -> Bits:
    with Image.open(file) as image:
        bits, _quality = pdqhash.compute(np.ascontiguousarray(image.convert("RGB")))
    return np.asarray(bits, np.uint8)


def iscc(file: Path) -> Bits:
    """Prepared as iscc-sdk does (grey, 32 × 32, bicubic), without its trimming of borders."""
    with Image.open(file) as image:
        small = image.convert("RGB").convert("L").resize((32, 32), Image.Resampling.BICUBIC)
    code = import_module("iscc_core").gen_image_code_v0(np.asarray(small).ravel().tolist(), bits=256)["iscc"]
    digest = import_module("iscc_core").decode_base32(code.split(":")[1])
    return np.unpackbits(np.frombuffer(digest[2:], np.uint8))


def peers() -> list[Peer]:
    """Those that are installed."""
    found = [Peer("pHash", phash, 10), Peer("PDQ", pdq, 31)]
    if find_spec("iscc_core") is not None:
        found.append(Peer("ISCC", iscc, None))
    return found


def usual(works: Sequence[Registered], cases: Sequence[Case]) -> dict[str, list[Outcome]]:
    """The outcomes of those that have a usual threshold, by name."""
    return {peer.name: run(peer, works, cases) for peer in peers() if peer.threshold is not None}


def run(peer: Peer, works: Sequence[Registered], cases: Sequence[Case]) -> list[Outcome]:
    """Compare every output with every work that is in the index at that time."""
    library = np.stack([peer.bits(work.file) for work in works])
    names = np.array([work.name for work in works])
    rounds = {case.round: {other.source for other in cases if other.round == case.round} for case in cases}
    outcomes = []
    for case in cases:
        distance = (library != peer.bits(case.file)).sum(1)
        if case.round is not None:
            distance = np.where(np.isin(names, list(rounds[case.round])), distance.max() + 1, distance)
        answers = []
        for one in np.argsort(distance, kind="stable")[:NAMED]:
            near = peer.threshold is not None and distance[one] <= peer.threshold
            score = float(1 - distance[one] / library.shape[1])
            answers.append(Answer(str(names[one]), score, "block" if near else "pass"))
        decision = "block" if any(answer.decision == "block" for answer in answers) else "pass"
        outcomes.append(Outcome(case.name, case.family, case.sources, case.truth, answers, decision, case.boxes))
    return outcomes
