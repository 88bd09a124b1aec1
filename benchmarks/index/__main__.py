"""The index against size. ``python -m benchmarks.index [--sizes 10000,100000,1000000]``

Writes ``index_structures.json`` (FAISS by hand, to choose from), ``index.json`` (the index as others use it) and a
picture of each into ``benchmarks/results``. ``python -m benchmarks.index.crash`` is the other half.
"""

from __future__ import annotations

import argparse

from benchmarks.common.results import RESULTS, heading, write
from benchmarks.index import plot, structures, whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--only", choices=["structures", "index"])
    args = parser.parse_args()
    sizes = [int(size) for size in args.sizes.split(",")]
    for name, measure in (("structures", structures.measure), ("index", whole.measure)):
        if args.only in (None, name):
            result = {**heading(f"index {name}"), "sizes": [measure(size) for size in sizes]}
            file = "index" if name == "index" else "index_structures"
            write(file, result)
            plot.draw(name, result["sizes"], RESULTS / f"{file}.png")
            print(f"{RESULTS / file}.json")


if __name__ == "__main__":
    main()
