"""The pair network: whether two small grey patches, one laid on the other, show one picture.

What people recognise at once in an aligned pair, hand-made comparisons of pixels do not: a pencil sketch on its
photograph, a stylised or bent copy, two charts of one style. The network sees both patches and where both are,
compares what it finds in them at neighbouring places (a correlation volume, as FlowNet has: Dosovitskiy et al. 2015),
and says how likely they are one picture. It is trained by ``simcheck.encoders.training.pairs`` on training pictures
alone; its card lies beside the weights.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from simcheck.encoders.onnx import open_session, read_weights

NAME = "simcheck-pair-2"
FILE = Path(__file__).parent / "weights" / f"{NAME}.onnx"
SHA256 = "60b8961647ddb42b3228b746fc0ecda16fc8b02d1e5e3eefa5d46ebc1c532bcb"
SIDE = 96
"""Side of the patches, in pixels."""
LIMIT = 12.0
"""Log-odds beyond which the network cannot tell more."""
TURNS, DOUBT = 4, -3.0
"""A pair is seen in so many quarter turns and the mean counts, if the network does not deny it at first sight: half of
the wrong pairs have less than this, one of four hundred right ones."""

Patches = npt.NDArray[np.uint8]
"""(n, 3, `SIDE`, `SIDE`): the reference's patch, the output's laid on it, and where both are (255)."""


class PairNetwork:
    """Safe to use from several threads; open a new one after a fork. Raises ModelError where the weights are missing or
    damaged."""

    name = NAME

    def __init__(self, threads: int = 1) -> None:
        data, _ = read_weights(FILE, NAME, SHA256)
        self._session = open_session(data, FILE, NAME, threads)

    def log_odds(self, patches: Patches) -> npt.NDArray[np.float32]:
        """Natural log-odds that each pair shows one picture, −`LIMIT` to `LIMIT`: float32 (n,)."""
        odds = self.at_sight(patches)
        doubt = odds > DOUBT
        upright = patches[doubt]
        turned = [self.at_sight(np.rot90(upright, turns, (2, 3))) for turns in range(1, TURNS)]
        odds[doubt] = (odds[doubt] + sum(turned)) / TURNS
        return odds

    def at_sight(self, patches: Patches) -> npt.NDArray[np.float32]:
        """The same of one look at each, without the turns: float32 (n,)."""
        if not len(patches):
            return np.zeros(0, np.float32)
        (raw,) = self._session.run(None, {self._session.get_inputs()[0].name: np.ascontiguousarray(patches)})
        return np.asarray(np.clip(raw, -LIMIT, LIMIT), np.float32)
