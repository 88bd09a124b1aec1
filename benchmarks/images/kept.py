"""``python -m benchmarks.images.kept SET=FILE..``: the judged pairs that the score model's trees are grown on.

Puts files of ``pairs``, ``judged``, ``designs`` and ``series`` into ``benchmarks/images/judged-pairs.jsonl.gz``, which
is kept: numbers of pairs, no pictures. A SET that is named is replaced, the others stay. Of the wrong pairs that the
weighted sum puts far away one in eight stays and counts for eight, and only what the model reads. Files of one SET
belong together: outputs that somebody made at once.
Then ``python -m simcheck.calibration.grow image benchmarks/images/judged-pairs.jsonl.gz``.
"""

from __future__ import annotations

import argparse
import dataclasses
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.images.command import called, tell
from simcheck.calibration import grow, load_model
from simcheck.errors import UsageError
from simcheck.kinds.image.signals import DIRECTIONS, evidence

KEPT = Path(__file__).parent / "judged-pairs.jsonl.gz"
FAR, ONE_IN = -4.6, 8
"""Log-odds by the weighted sum below which a wrong pair is far, and of how many of these one stays."""
ALSO = ("aligned_by", "bent", "overlaid", "replaced", "same_tones")
"""Signals that the terms of evidence, the numbers or the policy's rules ask for, beside those of the trees."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images.kept", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="SET=FILE")
    return called(parser, run, arguments)


def run(chosen: argparse.Namespace) -> None:
    named = [argument.partition("=") for argument in chosen.files]
    for parts in named:
        if not parts[2]:
            raise UsageError(f"{''.join(parts)} has no set; write SET=FILE.")
    renewed = {name for name, _, _ in named}
    every = [one for one in grow.read(KEPT) if one["set"] not in renewed]
    for name, _, file in named:
        every += thinned(name, map(json.loads, Path(file).read_text("utf-8").splitlines()))
    seen = {(one["set"], one["output"], one["reference"], one["references"]): one for one in every}
    lines = "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in seen.values())
    # Without the time of day, so that equal pairs are an equal file.
    KEPT.write_bytes(gzip.compress(lines.encode(), mtime=0))
    tell(f"{KEPT}: {len(seen)} pairs, {KEPT.stat().st_size / 1e6:.1f} MB")


def thinned(name: str, pairs: Iterator[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The pairs of a set that stay, with what the model reads of them."""
    plain = dataclasses.replace(load_model("image"), trees=None)
    for pair in pairs:
        far = not pair["copy"] and plain.log_odds(evidence(pair["signals"]), pair["references"]) < FAR
        if far and zlib.crc32(f"{pair['output']} {pair['reference']}".encode()) % ONE_IN:
            continue
        yield {
            "set": name,
            **{key: pair[key] for key in ("output", "reference", "copy", "references")},
            "count": ONE_IN if far else 1,
            "signals": {key: pair["signals"][key] for key in (*DIRECTIONS, *ALSO) if key in pair["signals"]},
        }


if __name__ == "__main__":
    raise SystemExit(main())
