"""The signals of a match between two pictures, and the terms of evidence and numbers that the score model reads.

| signal | meaning |
|---|---|
| `cosine` | encoder's cosine of the best pair of views, −1 to 1; null where the pixels were sure without it |
| `cosine_above` | the same less the mean of the ten nearest of a background of unrelated pictures |
| `pdq_distance` | bits of 256 that differ, best of sixteen turns, flips and negatives |
| `phash_distance` | bits of 64 that differ, likewise |
| `outline_distance` | the same of the outlines' hash, best of eight turns and flips; null like `cosine` |
| `votes` | weight of the local features' votes |
| `inliers` | distinct places whose local features agree on one transform |
| `correlation` | of the aligned grey values (or outlines, see `outlined`) inside the matched region, −1 to 1 |
| `detail` | the same without the low frequencies |
| `outlines` | correlation of the aligned outlines over all that both pictures show, −1 to 1; null like `cosine` |
| `agreement` | share of the textured overlap whose aligned pixels agree, 0 to 1 |
| `inside` | the same within the matched region |
| `blocks` | how many textured blocks agree (at most 324) |
| `disputed` | largest connected part of the region where both pictures have texture and disagree, as a share of it |
| `kept` | share of the reference's texture that agrees, of all that the output can show of it |
| `explained` | share of the output's texture that agrees, of all that the reference can explain |
| `fit` | correlation of the aligned details, in standard deviations of chance |
| `fine` | median correlation of the finest details, 0 to 1: high in copies, lower in two photographs; null: too few |
| `same_tones` | share of its pixels that have the same tones: low where words lie on two pictures; null like `fine` |
| `side` | longer side of what agrees, in pixels as far as both pictures show them, at most 240; null like `fine` |
| `alike` | log-odds of the pair network that the two aligned pictures are one, −12 to 12 |
| `alike_parts` | lower quartile of the same for its parts in detail; null: `alike` below −1, or too little texture |
| `alike_piece` | `alike` of what agrees, taken alone; null: the parts are alike too, or too few places agree |
| `alike_piece_parts` | `alike_parts` of it, likewise |
| `pieces` | how many pieces of the work lie apart in the output, each alone one picture; null like `alike_piece` |
| `changed` | places that differ in a design that is else the same; 0: not so; null: no design, or too little |
| `replaced` | share of these places that have other details instead, not less or more of them; null like `changed` |
| `overlaid` | −1 to 1, near 1 where what differs lies over the output; null: little differs, or `fine` is below 0.9 |
| `plain` | share of the agreeing blocks that is even ground: low in photographs, high in windows, pages, charts |
| `one_tone` | share of the reference within one tone: up to 0.5 in photographs, above 0.55 in pages, charts, windows |
| `slid` | how well one picture, slid over the other, fits there, in standard deviations of chance; null if not asked |
| `shared_by` | in how many other works, of those verified, the same place of the output reappears |
| `paper` | share of the output within one tone: high in drawings on paper, low in photographs |
| `two_tones` | share of the matched region within two tones: high in letters, codes and emblems, low in photographs |
| `coverage_output` | share of the output's area that is copied |
| `coverage_reference` | share of the reference's area that reappears |
| `shifted` | how far the matched region lies from the same place of the other picture, as a share of the sides |
| `mirrored` | true where the copy is mirrored |
| `bent` | true where a bend was undone before the pixels were compared; `transform` is that without the bend |
| `covered` | share of what both show that lay under something of one tone, taken away before the pixels were compared |
| `negative` | true where its tones are inverted |
| `outlined` | true where outlines were compared instead of grey values: the output is drawn |
| `turn` | degrees by which the copy is turned, clockwise, −180 to 180 |
| `scale` | size of the copy in the output: its longer side as a share of the output's, for the whole reference |
| `transform` | a, b, c, d, e, f: x′ = a x + c y + e, y′ = b x + d y + f, pixels of the reference to the output's |
| `aligned_by` | `features` or `codes`; `whole` where the transform is the hashes' or the encoder's guess, `slid` |
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

CHANCE_INLIERS = 4
"""Unrelated pictures reach so many easily."""
CHANCE_BITS, SURE_BITS = 92, 32
"""The hashes of 256 bits of an output and the nearest of 349 works differ by 90 bits and more where they are strangers;
so many less are sure."""
SMALLEST = 0.018
"""Coverage (e to the −4) below which a shared part is as good as nothing."""
LINES, SHEET = (0.2, 0.45), (0.5, 0.7)
"""Even ground between what agrees, and share of one tone in the reference, from which it is likely and sure that
lines on a sheet are compared: charts and pages of one style have near hashes, cosines and outlines without one being a
copy of the other."""
DRAWN_LINES, DRAWN_SHEET = (0.2, 0.5), (0.5, 0.75)
"""The same, milder, where a drawing is compared with the outlines of a reference."""
DRAWN = 0.12, 0.25
"""Even ground between what agrees from which a part of a picture is likely and surely drawn: a caption, a meme's text
or a frame is no part of a photograph. What is photographic, agrees cleanly and holds many details is copied, however
small a part it is: a policy's rule on the coverages decides whether it counts."""
FAR_BITS, NEAR_BITS = 112, 100
"""Bits between the outlines' hashes from which nothing is a drawing of the whole, and up to which it may be: two
garments of one shape lie on each other, and differ by 116."""
ALIKE, ALIKE_SURE, ALIKE_PHOTO = (-5.0, 2.0), (1.0, 7.0), (-2.0, 6.0)
"""The pair network's log-odds between which it tells most: half of the wrong pairs have −3, of the right ones 4.5. Of
charts and pages of one style it is less sure than of photographs."""
PARTS, PARTS_SURE = (-4.0, 3.0), (-1.0, 4.0)
"""The same of its parts. Half of the tables, tickets and charts of one template have less than −1, nine of ten copies
more than 1."""
MOVED, PIECE_FINE, PIECE_SIDE, PIECE_TONES = 0.05, 0.88, 90, 0.8
"""How far what agrees must have moved to be a piece put elsewhere, how far its finest details must be the same, how
many pixels of it both must show, and below how few tones it is no letter or emblem."""
PIECE_PLAIN, LARGE_PLAIN, PIECE_LARGE = 0.1, 0.35, (0.14, 0.24)
"""Even ground below which it is none either, of a small and of a large share of the reference: captions and memes'
texts have 0.13 and more, and take a sixth of a picture at most."""
PIECE_ODDS, PIECE_MOST = 2.0, 0.4
"""Log-odds from which a piece is one, or, of one that the network doubts, the share of the output below which: what two
photographs of one thing share takes more."""
SEVERAL = 2
"""So many pieces that lie apart are no template's."""

DIRECTIONS = {
    **dict.fromkeys(
        ("cosine_above", "inliers", "correlation", "detail", "outlines", "agreement", "inside", "blocks"), 1
    ),
    **dict.fromkeys(("kept", "explained", "fit", "fine", "alike", "alike_parts"), 1),
    **dict.fromkeys(("alike_piece", "alike_piece_parts", "pieces"), 1),
    **dict.fromkeys(("pdq_distance", "phash_distance", "outline_distance", "disputed", "plain"), -1),
    **dict.fromkeys(("one_tone", "two_tones"), -1),
    **dict.fromkeys(("side", "changed", "paper", "scale", "coverage_output", "coverage_reference", "shifted"), 0),
    **dict.fromkeys(("outlined", "whole"), 0),
}
"""The signals that the score model's trees read as numbers, and whether more of it never lowers (1), never raises (−1)
or may do either to a score."""


def numbers(signals: Mapping[str, Any]) -> dict[str, float | None]:
    """The signals that the trees read, as numbers: ``outlined`` and ``whole`` (``aligned_by`` is it) are 0 or 1."""
    every = {**signals, "whole": signals["aligned_by"] == "whole"}
    return {name: None if every[name] is None else float(every[name]) for name in DIRECTIONS}


def evidence(signals: Mapping[str, Any]) -> dict[str, float]:
    """The terms of evidence, each growing with the likelihood of a copy, from a match's signals.

    A drawing keeps little of what a photograph keeps, so where outlines were compared other terms count: those whose
    name begins with ``drawn``; the others are 0 there, as these are elsewhere.
    """
    drawn, tones = _drawn(signals), _tones(signals)
    if signals["outlined"]:
        return {**dict.fromkeys(tones, 0.0), **drawn}
    return {**tones, **dict.fromkeys(drawn, 0.0)}


def _tones(signals: Mapping[str, Any]) -> dict[str, float]:
    detail, plain = max(signals["detail"], 0.0), signals["plain"]
    covered = max(signals["coverage_output"], signals["coverage_reference"], SMALLEST)
    inliers = math.log1p(max(signals["inliers"] - CHANCE_INLIERS, 0))
    photo = (1 - ramp(plain, *LINES)) * (1 - ramp(signals["one_tone"], *SHEET))
    solid = ramp(signals["inside"], 0.5, 0.95) * detail * (1 - ramp(plain, *DRAWN))
    outlines = signals["outlines"] if signals["outlines"] is not None else detail
    outlined = signals["outline_distance"] if signals["outline_distance"] is not None else signals["pdq_distance"]
    return {
        "detail": detail,
        "blocks": math.log1p(signals["blocks"]),
        "identical": ramp(detail, 0.85, 0.97) * ramp(signals["agreement"], 0.85, 1.0),
        "photo_places": solid * ramp(signals["inliers"], 10, 60),
        "photo_blocks": solid * ramp(signals["blocks"], 20, 80),
        "arranged": (1 - ramp(plain, *DRAWN)) * ramp(signals["inliers"], 10, 50) * ramp(signals["blocks"], 15, 50),
        "covered": math.log(covered / SMALLEST) / 4,
        "placed": inliers * ramp(covered, 0.3, 0.8),
        "outlines": photo * ramp(outlines, 0.3, 0.9),
        "pdq": photo * max(0.0, 1 - signals["pdq_distance"] / 100),
        "phash": photo * max(0.0, 1 - signals["phash_distance"] / 20),
        "outline_hash": photo * max(0.0, 1 - outlined / 100),
        "near": photo * ramp(CHANCE_BITS - min(signals["pdq_distance"], outlined), 0, SURE_BITS),
        "cosine": photo * max(0.0, signals["cosine_above"] or 0.0),
        **_alike(signals, photo),
    }


def _drawn(signals: Mapping[str, Any]) -> dict[str, float]:
    """Of a drawing after a reference: how far what is drawn lies on its outlines, over how much of it, on paper."""
    ground = (1 - ramp(signals["plain"], *DRAWN_LINES)) * (1 - ramp(signals["one_tone"], *DRAWN_SHEET))
    bits = signals["outline_distance"] if signals["outline_distance"] is not None else signals["pdq_distance"]
    much = ramp(math.log1p(signals["blocks"]), 2, 5)
    fit, near, paper = ramp(signals["fit"], 4, 18), ramp(96 - bits, 0, 40), ramp(signals["paper"], 0.2, 0.6)
    whole = ramp(signals["fit"], 7, 11) * ramp(signals["blocks"], 14, 24) * (signals["aligned_by"] == "whole")
    whole *= 1 - ramp(bits, NEAR_BITS, FAR_BITS)
    return {
        "drawn": 1.0,
        "drawn_whole": ground * whole,
        "drawn_fit": ground * fit,
        "drawn_near_fit": ground * near * fit,
        "drawn_near_much": ground * near * much,
        **{f"drawn_{name}": value for name, value in _alike(signals, ground).items()},
        "drawn_paper_fit": ground * paper * fit,
        "drawn_paper_much": ground * paper * much,
    }


def _alike(signals: Mapping[str, Any], photo: float) -> dict[str, float]:
    """What the pair network says of the whole and of its parts, once more where the reference is photographic
    (``photo``, 0 to 1), and of the parts where it is not. Of a piece that was put elsewhere it is what the network says
    of the piece."""
    odds, parts = signals["alike"], signals["alike_parts"]
    if parts is None:
        parts = min(odds, 0.0)
    if _elsewhere(signals):
        odds, parts = max(odds, signals["alike_piece"]), max(parts, signals["alike_piece_parts"])
    return {
        "alike": ramp(odds, *ALIKE),
        "alike_sure": ramp(odds, *ALIKE_SURE),
        "alike_photo": photo * ramp(odds, *ALIKE_PHOTO),
        "alike_parts": ramp(parts, *PARTS),
        "alike_parts_photo": photo * ramp(parts, *PARTS_SURE),
        "alike_parts_lines": (1 - photo) * ramp(parts, *PARTS_SURE),
    }


def _elsewhere(signals: Mapping[str, Any]) -> bool:
    """Whether what agrees is one of several pieces, or a piece of a photograph at another place: templates have the
    same things in place, and letters and emblems are of few tones."""
    if signals["alike_piece"] is None or signals["alike_piece_parts"] is None:
        return False
    if signals["pieces"] >= SEVERAL:
        return True
    if signals["alike_piece"] < PIECE_ODDS and signals["coverage_output"] >= PIECE_MOST:
        return False
    same = signals["fine"] is not None and signals["fine"] >= PIECE_FINE
    large = same and signals["side"] >= PIECE_SIDE and signals["shifted"] >= MOVED
    plain = PIECE_PLAIN + (LARGE_PLAIN - PIECE_PLAIN) * ramp(signals["coverage_reference"], *PIECE_LARGE)
    return bool(large and signals["plain"] < plain and signals["two_tones"] < PIECE_TONES)


def ramp(value: float, low: float, high: float) -> float:
    """0 up to ``low``, 1 from ``high``."""
    return min(max((value - low) / (high - low), 0.0), 1.0)
