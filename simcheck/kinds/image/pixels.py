"""Compares the pixels of a reference and an output under a transform: how alike they are, and where.

The reference's part that the output can show is cut into a patch, the output is warped onto it, and both are compared
block by block. What agrees is a rectangle of blocks (the one with the largest sum of marks), so that a shared logo is
a small rectangle although the transform covers both pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from simcheck.kinds.image import geometry
from simcheck.kinds.image.geometry import Box

PATCH = 144
BLOCKS = 18
DISSENT = 0.6
"""What a block that differs weighs against one that agrees, for the rectangle that agrees."""
DISPUTED = 0.35
"""Correlation below which two textured blocks show different things."""
FLAT = 4.0
"""Standard deviation of grey values (0 to 255) below which a block has nothing to compare."""

EVEN_STEP = 2.0
"""Grey values between neighbouring pixels of the patch up to which the ground is even."""
TONE = 12
BENT, BENT_GAIN = (0.15, 0.85), 1.15
"""Shares of agreeing texture between which bends are looked for, and what undoing them must gain."""
BEND_SMOOTH, BEND_MOST = 8.0, 8.0
"""In pixels of the patch."""

Overlap = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Box]
"""What `patches` gives."""


@dataclass(frozen=True)
class Agreement:
    """What the aligned pixels say.

    ``correlation`` −1 to 1: of the grey values within the agreeing rectangle. ``detail``: likewise with the low
    frequencies taken out. ``share``: how much of the textured overlap agrees, 0 to 1. ``blocks``: how many
    textured blocks agree. ``reference`` and ``output`` are the boxes in fractions of the longer sides.
    ``whole``: correlation over the whole overlap, before bends are undone. ``inside``: how much of the texture within
    the rectangle agrees, 0 to 1. ``disputed``: the largest connected part of the rectangle in which both pictures have
    texture and disagree, as a share of it. ``plain``: share of the agreeing blocks' pixels that lie on even ground, as
    in drawn things (letters, windows, frames) and hardly in photographs. ``kept`` and ``explained``: how much of the
    reference's texture, and of the output's, agrees in all that both show, 0 to 1: of a copy with things put over it
    most is kept, in a sheet around two different pictures little of either. ``fit``: correlation of the details over
    all that both show, in standard deviations of chance.
    """

    correlation: float
    detail: float
    whole: float
    share: float
    blocks: int
    reference: Box
    output: Box
    inside: float
    disputed: float
    plain: float
    kept: float
    explained: float
    fit: float


def compare(
    output: np.ndarray,
    reference: np.ndarray,
    matrix: np.ndarray,
    output_size: tuple[float, float],
    reference_size: tuple[float, float],
    ground: np.ndarray | None = None,
    dissent: float = DISSENT,
) -> Agreement | None:
    """``output`` and ``reference`` are uint8 grey; ``matrix`` takes fractions of the reference's longer side to those
    of the output's. ``ground``: the reference's own grey values, where others are compared. ``dissent``: what a block
    that differs weighs, see `DISSENT`. None where they overlap too little to say anything."""
    overlap = patches(output, reference, matrix, output_size, reference_size)
    if overlap is None:
        return None
    mine, theirs, mask, to_patch, frame = overlap
    wide, high = frame[2] - frame[0], frame[3] - frame[1]
    size = mine.shape[1], mine.shape[0]
    blocks = judge(mine, theirs, mask, dissent)
    if not blocks.textured.any():
        return None
    before, fit = correlation(mine[mask], theirs[mask]), fit_of_details(mine, theirs, mask)
    if BENT[0] < blocks.agreeing.sum() / blocks.textured.sum() < BENT[1]:
        bent = unbent(mine, theirs)
        judged = judge(mine, bent, mask, dissent)
        if judged.agreeing.sum() > BENT_GAIN * blocks.agreeing.sum():
            theirs, blocks = bent, judged
    rows, columns = blocks.marks.shape
    top, bottom, left, right = best_rectangle(blocks.marks)
    inside = np.zeros_like(blocks.agreeing)
    inside[top:bottom, left:right] = True
    agreeing, textured = blocks.agreeing & inside, blocks.textured
    box = (
        frame[0] + wide * left / columns,
        frame[1] + high * top / rows,
        frame[0] + wide * right / columns,
        frame[1] + high * bottom / rows,
    )
    y0, y1 = size[1] * top // rows, -(-size[1] * bottom // rows)
    x0, x1 = size[0] * left // columns, -(-size[0] * right // columns)
    cut = mask[y0:y1, x0:x1]
    a, b = mine[y0:y1, x0:x1][cut], theirs[y0:y1, x0:x1][cut]
    low_a, low_b = (cv2.GaussianBlur(p, (0, 0), 5)[y0:y1, x0:x1][cut] for p in (mine, theirs))
    polygon = geometry.apply(matrix, np.array([[box[0], box[1]], [box[2], box[1]], [box[2], box[3]], [box[0], box[3]]]))
    return Agreement(
        correlation(a, b),
        correlation(a - low_a, b - low_b),
        before,
        float(agreeing.sum() / textured.sum()),
        int(agreeing.sum()),
        box,
        geometry.bounds(polygon, output_size),
        float(agreeing.sum() / max((textured & inside).sum(), 1)),
        largest_part(blocks.disputed & inside) / float(inside.sum()),
        plainness(mine if ground is None else warp(ground, to_patch, size)[0], agreeing),
        float((agreeing & blocks.in_reference).sum() / max(blocks.in_reference.sum(), 1)),
        float((agreeing & blocks.in_output).sum() / max(blocks.in_output.sum(), 1)),
        fit,
    )


def overall(
    output: np.ndarray,
    reference: np.ndarray,
    matrix: np.ndarray,
    output_size: tuple[float, float],
    reference_size: tuple[float, float],
) -> float:
    """The correlation over all that both pictures show, −1 to 1; arguments as for `compare`."""
    overlap = patches(output, reference, matrix, output_size, reference_size)
    if overlap is None:
        return 0.0
    mine, theirs, mask = overlap[:3]
    return correlation(mine[mask], theirs[mask])


def patches(
    output: np.ndarray,
    reference: np.ndarray,
    matrix: np.ndarray,
    output_size: tuple[float, float],
    reference_size: tuple[float, float],
    side: float = PATCH,
    within: Box | None = None,
) -> Overlap | None:
    """The reference's part that the output can show, or the box ``within``, (its longer side at ``side`` pixels), the
    output warped onto it (float32 (h, w) each), where it covers it (bool), the transform of fractions of the reference
    into the patch, and the part as a box; None where too little is left."""
    seen = geometry.apply(np.linalg.inv(matrix), geometry.corners(output_size))
    frame = geometry.bounds(seen, reference_size) if within is None else within
    wide, high = frame[2] - frame[0], frame[3] - frame[1]
    if min(wide, high) < 0.02:
        return None
    factor = side / max(wide, high)
    size = (max(8, round(wide * factor)), max(8, round(high * factor)))
    to_patch = geometry.box_to_box(frame, (0, 0, size[0], size[1]))
    mine = warp(reference, to_patch, size)[0]
    theirs, mask = warp(output, to_patch @ np.linalg.inv(matrix), size)
    return mine, theirs, mask, to_patch, frame


def fit_of_details(mine: np.ndarray, theirs: np.ndarray, mask: np.ndarray) -> float:
    """The correlation of two patches of even contrast where both show something, in standard deviations of chance
    (Fisher's z; one pixel of four tells something by itself at half the size)."""
    shown = cv2.resize(mask.astype(np.uint8), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) > 0
    a, b = (
        cv2.resize(even_contrast(patch), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)[shown].astype(np.float32)
        for patch in (mine, theirs)
    )
    return float(np.arctanh(np.clip(correlation(a, b), -0.999, 0.999)) * np.sqrt(0.25 * shown.sum()))


def largest_part(marked: np.ndarray) -> float:
    """How many blocks the largest connected part of them has (bool (rows, columns), neighbours by side)."""
    _, _, parts, _ = cv2.connectedComponentsWithStats(marked.astype(np.uint8), connectivity=4)
    return float(parts[1:, cv2.CC_STAT_AREA].max(initial=0))


def one_tone(picture: np.ndarray) -> float:
    """Share of a grey picture (uint8) within `TONE` grey values of its most frequent tone: 0.15 to 0.5 in photographs,
    above 0.55 in pages, charts and windows."""
    return float(near_tones(picture, TONE).max() / picture.size)


def two_tones(picture: np.ndarray, box: Box) -> float:
    """Share of a part of a grey picture (uint8; the box in fractions of its longer side) within `TONE` grey values of
    its two most frequent tones: letters, codes, emblems and diagrams have few tones, parts of photographs many."""
    longer = max(picture.shape)
    left, top, right, bottom = (round(side * longer) for side in box)
    part = picture[top : max(bottom, top + 1), left : max(right, left + 1)]
    sums = near_tones(part, TONE)
    first = int(sums.argmax())
    apart = np.abs(np.arange(256) - first) > 2 * TONE
    return float((sums[first] + (sums * apart).max()) / max(part.size, 1))


def near_tones(picture: np.ndarray, reach: int) -> np.ndarray:
    """How many pixels of a grey picture (uint8) lie within ``reach`` grey values of each tone: float64 (256,)."""
    return near(np.bincount(picture.ravel(), minlength=256), reach)


def near(counts: np.ndarray, reach: int) -> np.ndarray:
    """The same from how many pixels have each tone, (256,)."""
    return np.convolve(counts, np.ones(2 * reach + 1), "same")


def plainness(patch: np.ndarray, blocks: np.ndarray) -> float:
    """Share of pixels under these blocks (bool (rows, columns)) that hardly differ from their neighbours."""
    where = cv2.resize(blocks.astype(np.uint8), patch.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    if not where.any():
        return 0.0
    across, down = (np.abs(cv2.Sobel(patch, cv2.CV_32F, x, 1 - x)) for x in (1, 0))
    return float((np.maximum(across, down)[where] < 4 * EVEN_STEP).mean())


def unbent(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """The output's patch with small smooth bends undone (elastic warps, curved paper, an imprecise transform).

    Dense flow (Farnebäck 2003) between patches of even contrast, smoothed and bounded, so that it bends but cannot
    rearrange.
    """
    first, second = (even_contrast(patch) for patch in (mine, theirs))
    still = np.zeros((*mine.shape, 2), np.float32)
    flow = cv2.calcOpticalFlowFarneback(first, second, still, 0.5, 3, 21, 2, 5, 1.2, 0)
    flow = np.clip(cv2.GaussianBlur(flow, (0, 0), BEND_SMOOTH), -BEND_MOST, BEND_MOST)
    y, x = np.indices(mine.shape, np.float32)
    shifted = cv2.remap(theirs, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(shifted)


def even_contrast(patch: np.ndarray) -> np.ndarray:
    """uint8 grey with local mean and contrast made even: lighting and filters differ between copies."""
    centred = patch - cv2.GaussianBlur(patch, (0, 0), 8)
    spread = np.sqrt(cv2.GaussianBlur(centred * centred, (0, 0), 8)) + 4
    return np.asarray(np.clip(128 + 48 * centred / spread, 0, 255), np.uint8)


def improved(
    output: np.ndarray,
    reference: np.ndarray,
    matrix: np.ndarray,
    output_size: tuple[float, float],
    reference_size: tuple[float, float],
) -> np.ndarray | None:
    """The transform, improved so that the pixels correlate most (ECC, Evangelidis and Psarakis 2008, affine, at low
    resolution); None where that does not converge or leads far away. Arguments as for `compare`."""
    overlap = patches(output, reference, matrix, output_size, reference_size, PATCH // 2)
    if overlap is None:
        return None
    mine, theirs, mask, to_patch, _ = overlap
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-3)
    try:
        _, step = cv2.findTransformECC(
            mine, theirs, np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE, criteria, mask.astype(np.uint8) * 255, 5
        )
    except cv2.error:
        return None
    # The step takes points of the reference's patch to points of the output's, both in the reference's frame.
    onto = np.linalg.inv(to_patch) @ np.vstack([np.asarray(step), [0, 0, 1]]) @ to_patch
    better = np.asarray(matrix @ onto)
    singular = np.linalg.svd(onto[:2, :2], compute_uv=False)
    return better if 0.6 < singular[1] <= singular[0] < 1.6 and np.linalg.det(onto[:2, :2]) > 0 else None


def warp(picture: np.ndarray, to_patch: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A grey picture (its longer side is 1) through a transform into a patch of ``size`` (width, height): float32
    pixels, and where it covers the patch, bool. Shrunk by area first where the patch is much smaller."""
    longer = max(picture.shape)
    scale = np.sqrt(abs(np.linalg.det(to_patch[:2, :2]))) / longer
    if scale < 0.7:
        small = (max(2, round(picture.shape[1] * scale)), max(2, round(picture.shape[0] * scale)))
        picture = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
        longer = max(picture.shape)
    from_pixels = to_patch @ np.diag([1 / longer, 1 / longer, 1])
    pixels = cv2.warpPerspective(picture, from_pixels, size, flags=cv2.INTER_LINEAR).astype(np.float32)
    solid = np.full(picture.shape, 255, np.uint8)
    return pixels, cv2.warpPerspective(solid, from_pixels, size, flags=cv2.INTER_LINEAR) > 250


@dataclass(frozen=True)
class Blocks:
    """The blocks of two patches, each (rows, columns): ``marks`` float; bool where they agree, where the reference and
    the output have texture, and where both have and it differs."""

    marks: np.ndarray
    agreeing: np.ndarray
    in_reference: np.ndarray
    in_output: np.ndarray
    disputed: np.ndarray

    @property
    def textured(self) -> np.ndarray:
        """Where either has texture."""
        return np.asarray(self.in_reference | self.in_output)


def judge(mine: np.ndarray, theirs: np.ndarray, mask: np.ndarray, dissent: float = DISSENT) -> Blocks:
    """Compare the reference's patch and the output's block by block.

    A textured block agrees where its correlation is above 0.5; blocks flat in both count a little for agreement.
    """
    height, width = mine.shape
    columns = max(1, round(BLOCKS * width / max(height, width)))
    rows = max(1, round(BLOCKS * height / max(height, width)))
    weight = mask.astype(np.float32)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.resize(values, (columns, rows), interpolation=cv2.INTER_AREA))

    filled = mean(weight)
    safe = np.maximum(filled, 1e-3)
    a, b = mean(mine * weight) / safe, mean(theirs * weight) / safe
    va = np.maximum(mean(mine * mine * weight) / safe - a * a, 0)
    vb = np.maximum(mean(theirs * theirs * weight) / safe - b * b, 0)
    both = mean(mine * theirs * weight) / safe - a * b
    close = both / np.sqrt(va * vb + 1.0)
    present = filled > 0.5
    in_reference, in_output = (present & (variance > FLAT * FLAT) for variance in (va, vb))
    textured = in_reference | in_output
    agreeing = textured & (close > 0.5)
    marks = np.where(agreeing, 1.0, np.where(textured, -dissent, np.where(present, 0.05, -0.02)))
    return Blocks(marks, agreeing, in_reference, in_output, in_reference & in_output & (close < DISPUTED))


def best_rectangle(marks: np.ndarray) -> tuple[int, int, int, int]:
    """The rectangle of blocks with the largest sum: top, bottom, left, right (half-open)."""
    rows, columns = marks.shape
    total = np.zeros((rows + 1, columns + 1))
    total[1:, 1:] = marks.cumsum(0).cumsum(1)
    top, bottom = np.triu_indices(rows + 1, 1)
    left, right = np.triu_indices(columns + 1, 1)
    band = total[bottom] - total[top]
    sums = band[:, right] - band[:, left]
    row, column = np.unravel_index(int(sums.argmax()), sums.shape)
    return int(top[row]), int(bottom[row]), int(left[column]), int(right[column])


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's correlation, 0 where either is flat."""
    if a.size < 16:
        return 0.0
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a * a).mean() * (b * b).mean()))
    return float((a * b).mean() / norm) if norm > 1.0 else 0.0
