"""The index against size. ``python -m benchmarks.index [--sizes 10000,100000,1000000]``

Writes ``index_structures.json`` (FAISS by hand, to choose from), ``index.json`` (vectors in the index as others use
it), ``index_features.json`` (local features, for a tenth as many pictures) and a picture of each into
``benchmarks/results``.
``python -m benchmarks.index.crash`` is the other half.
"""

from __future__ import annotations

import argparse

from benchmarks.common.results import RESULTS, heading, write
from benchmarks.index import features, plot, structures, whole

PARTS = {
    "structures": ("index_structures", structures.measure, 1),
    "index": ("index", whole.measure, 1),
    "features": ("index_features", features.measure, 10),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--only", choices=sorted(PARTS))
    args = parser.parse_args()
    for name in [args.only] if args.only else PARTS:
        file, measure, smaller = PARTS[name]
        result = heading(file) | {"sizes": []}
        for size in args.sizes.split(","):
            result["sizes"].append(measure(int(size) // smaller))
            write(file, result)
        plot.draw(name, result["sizes"], RESULTS / f"{file}.png")
        print(f"{RESULTS / file}.json")


if __name__ == "__main__":
    main()
