"""Pictures through lanes and verification: copies are found with their boxes, others are not, storage is bounded."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
import pytest
from samples import table
from skimage import data

from simcheck.encoders import pairs
from simcheck.index.base import Candidate, Hit, StoredReference, StoredSegment
from simcheck.index.lanes import lane_class
from simcheck.kinds.base import Finding, Media, Nomination, Probe
from simcheck.kinds.image import alignment, describe, verify
from simcheck.kinds.image.alignment import Guess, Thumb
from simcheck.kinds.image.describe import ENCODER, LOCAL, OUTLINES, PDQ, THUMBNAIL_BYTES, thumbnail
from simcheck.kinds.image.finding import sharing
from simcheck.kinds.image.kind import GLANCED_WORKS, LIKELY_WORKS, UNLIKELY_WORKS, ImageKind, by_rank, further
from simcheck.kinds.image.look import Look
from simcheck.reference import Reference
from simcheck.report import Coverage, Place, Region

WORKS = ("astronaut", "chelsea", "coffee", "rocket", "hubble_deep_field", "immunohistochemistry")


def media_of(picture: np.ndarray) -> Media:
    height, width = picture.shape[:2]
    return Media("image", {"width": width, "height": height, "frames": 1}, {"frame/0": np.ascontiguousarray(picture)})


def work(name: str) -> np.ndarray:
    picture = getattr(data, name)()[..., :3]
    factor = 512 / max(picture.shape[:2])
    return cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


class Gate:
    """Lanes in memory, and the way a checker uses a kind; works that the kind was asked to verify are counted."""

    def __init__(self, names: Sequence[str]) -> None:
        self.kind = ImageKind()
        self.lanes = {spec.name: lane_class(spec.structure)(spec) for spec in self.kind.lanes}
        self.stored: list[StoredReference] = []
        self.verified = 0
        for number, name in enumerate(names):
            picture = work(name)
            segments = self.kind.describe(media_of(picture)).segments
            for segment in segments:
                for lane, rows in segment.entries.items():
                    keys = np.full(len(rows), number, np.int64)
                    self.lanes[lane].add(keys, keys, rows)
            reference = Reference(id=str(number), name=name, kind="image", sha256="0" * 64, bytes=1, added_at="2026")
            kept = tuple(StoredSegment(n, s.place, s.entries, s.evidence) for n, s in enumerate(segments))
            facts = {"width": picture.shape[1], "height": picture.shape[0]}
            self.stored.append(StoredReference(reference, facts, kept))

    def check(self, picture: np.ndarray) -> dict[str, Finding]:
        return self.check_media(media_of(picture))

    def check_media(self, media: Media) -> dict[str, Finding]:
        inspection = self.kind.inspect(media)
        answers, findings, self.verified = [], {}, 0
        for stage in inspection.probes():
            for probe in stage:
                found = self.lanes[probe.lane].search(probe.rows, probe.k)
                hits = [Candidate(str(f.work), f.score, tuple(Hit(0, r, s) for _, r, s in f.hits)) for f in found]
                answers.append((probe, hits))
            chosen = inspection.shortlist(answers)
            assert len(chosen) <= max(LIKELY_WORKS, UNLIKELY_WORKS, GLANCED_WORKS)
            for one in chosen:
                self.verified += 1
                hits_of = tuple((p, c) for p, cs in answers for c in cs if c.reference_id == one)
                finding = inspection.verify(Nomination(self.stored[int(one)], hits_of), len(self.stored))
                if finding is not None:
                    findings[self.stored[int(one)].reference.name] = finding
            if inspection.satisfied(list(findings.values())):
                break
        return findings


@lru_cache(maxsize=1)
def gate() -> Gate:
    return Gate(WORKS)


def overlap(a: Sequence[float], b: Sequence[float]) -> float:
    x = max(0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    y = max(0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    return x * y / (a[2] * a[3] + b[2] * b[3] - x * y)


def pasted(picture: np.ndarray, side: float, x: int, y: int) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """The picture, smaller, on a textured background it has nothing to do with."""
    rng = np.random.default_rng(3)
    canvas = cv2.resize(rng.integers(0, 256, (30, 40, 3)).astype(np.uint8), (800, 600), interpolation=cv2.INTER_CUBIC)
    small = cv2.resize(picture, None, fx=side, fy=side, interpolation=cv2.INTER_AREA)
    canvas[y : y + small.shape[0], x : x + small.shape[1]] = small
    return canvas, (x, y, small.shape[1], small.shape[0])


def test_where_nothing_is_likely_each_lane_names_its_first_and_the_encoder_its_next() -> None:
    ten = [Candidate(str(number), 0.5, ()) for number in range(10)]
    encoder, pdq, local = (by_rank(Probe(lane, np.zeros((1, 1))), ten) for lane in (ENCODER, PDQ, LOCAL))
    assert encoder[0] == pdq[0] == local[0]
    assert encoder == sorted(encoder, reverse=True)
    assert encoder[-1] > max(pdq[1], local[1])


def test_a_glance_takes_the_next_of_encoder_and_outlines_alike() -> None:
    ten = [Candidate(str(number), 0.5, ()) for number in range(10)]
    encoder, outlines, pdq = (further(Probe(lane, np.zeros((1, 1))), ten) for lane in (ENCODER, OUTLINES, PDQ))
    assert encoder == outlines == sorted(encoder, reverse=True)
    assert not any(pdq)


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
def test_at_a_glance_a_mirrored_sketch_is_its_work_and_no_other(name: str) -> None:
    """With a border round it; nothing is fitted and no lane asked."""
    drawn, _ = cv2.pencilSketch(work(name), sigma_s=60, sigma_r=0.07, shade_factor=0.05)
    bordered = cv2.copyMakeBorder(drawn[:, ::-1], 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=(30,))
    look = Look(cv2.merge([bordered] * 3), gate().kind.encoder.encode)
    seen = {
        stored.reference.name: verify.glanced(look, stored.segments[0], gate().kind.pairs.at_sight)
        for stored in gate().stored
    }
    assert [one for one, may_be in seen.items() if may_be] == [name]


@pytest.mark.parametrize("name", ["astronaut", "coffee"])
def test_a_recompressed_copy_is_near_exact_and_found_before_local_features(name: str) -> None:
    picture = work(name)
    coded = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 50])[1], cv2.IMREAD_COLOR)
    found = gate().check(coded)
    assert found[name].type == "near-exact"
    assert found[name].score > 0.9
    assert found[name].coverage.output > 0.95
    assert "votes" in found[name].signals
    assert found[name].signals["aligned_by"] == "whole"


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("turn", [0, 1])
def test_a_paste_has_its_boxes_on_both_sides(flip: bool, turn: int) -> None:
    """Mirrored and turned copies included; boxes in pixels of the upright pictures."""
    picture = work("chelsea")
    edited = np.rot90(picture[:, ::-1] if flip else picture, -turn)
    output, box = pasted(np.ascontiguousarray(edited), 0.6, 300, 200)
    finding = gate().check(output)["chelsea"]
    assert finding.score > 0.9
    assert finding.type == "partial"
    place = finding.regions[0]
    assert overlap(place.output.box or (), box) > 0.85
    assert overlap(place.reference.box or (), (0, 0, picture.shape[1], picture.shape[0])) > 0.85
    assert finding.signals["mirrored"] is flip
    a, b, c, d, e, f = finding.signals["transform"]
    height, width = picture.shape[:2]
    laid = [(a * x + c * y + e, b * x + d * y + f) for x, y in ((0, 0), (width, 0), (width, height), (0, height))]
    around = [*np.min(laid, 0), *(np.max(laid, 0) - np.min(laid, 0))]
    assert overlap(around, box) > 0.9
    assert (a * d - b * c < 0) is flip


def test_a_crop_has_the_cropped_part_as_its_box() -> None:
    picture = work("astronaut")
    height, width = picture.shape[:2]
    box = (width // 5, height // 8, width // 2, height // 2)
    crop = picture[box[1] : box[1] + box[3], box[0] : box[0] + box[2]]
    finding = gate().check(cv2.resize(crop, None, fx=2.2, fy=2.2, interpolation=cv2.INTER_CUBIC))["astronaut"]
    assert finding.score > 0.9
    assert finding.coverage.output > 0.9
    assert overlap(finding.regions[0].reference.box or (), box) > 0.8


@pytest.mark.parametrize("edit", ["blur", "mosaic", "negative", "border"])
def test_what_local_features_cannot_see_is_found_whole(edit: str) -> None:
    picture = work("coffee")
    height, width = picture.shape[:2]
    if edit == "blur":
        picture = cv2.GaussianBlur(picture, (0, 0), 6)
    elif edit == "mosaic":
        small = cv2.resize(picture, (width // 14, height // 14), interpolation=cv2.INTER_AREA)
        picture = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    elif edit == "negative":
        picture = 255 - picture
    else:
        framed = cv2.copyMakeBorder(picture, 90, 40, 60, 120, cv2.BORDER_CONSTANT, value=(20, 20, 20))
        picture = cv2.GaussianBlur(framed, (0, 0), 4)
    found = gate().check(picture)
    assert found["coffee"].score > 0.8
    assert max(found, key=lambda name: found[name].score) == "coffee"


def test_several_works_in_one_output_are_all_found() -> None:
    tiles = [cv2.resize(work(name), (400, 300)) for name in ("astronaut", "chelsea", "coffee", "rocket")]
    found = gate().check(np.vstack([np.hstack(tiles[:2]), np.hstack(tiles[2:])]))
    assert {name for name, finding in found.items() if finding.score > 0.8} >= {"astronaut", "chelsea", "coffee"}


def test_of_a_moving_picture_the_frame_that_repeats_a_work_is_told() -> None:
    """Three frames, a work in the last: its time stands in the region."""
    still = cv2.resize(work("chelsea"), (480, 320))
    rng = np.random.default_rng(5)
    frames = [
        cv2.resize(rng.integers(0, 256, (9, 12, 3)).astype(np.uint8), (480, 320), interpolation=cv2.INTER_CUBIC)
        for _ in range(2)
    ]
    facts = {"width": 480, "height": 320, "frames": 3, "times": [[0, 0.5], [0.5, 1.0], [1.0, 2.5]]}
    arrays = {f"frame/{number}": frame for number, frame in enumerate([*frames, still])}
    found = gate().check_media(Media("image", facts, arrays))["chelsea"]
    assert found.score > 0.9
    assert (found.regions[0].output.start, found.regions[0].output.end) == (1.0, 2.5)


@pytest.mark.parametrize("name", ["page", "brick", "grass", "camera", "moon"])
def test_unrelated_pictures_stay_below_review(name: str) -> None:
    grey = getattr(data, name)()
    found = gate().check(np.repeat(grey[..., None], 3, 2))
    assert all(finding.score < 0.5 for finding in found.values()), found


def test_one_colour_is_nothing_to_compare() -> None:
    flat = np.full((300, 400, 3), (200, 30, 60), np.uint8)
    assert gate().kind.inspect(media_of(flat)).nothing is not None
    assert gate().kind.inspect(media_of(work("coffee"))).nothing is None


def test_a_reference_takes_at_most_24_kb_with_its_thumbnail() -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (900, 1200, 3)).astype(np.uint8)
    for picture in (work("hubble_deep_field"), noise):
        for segment in gate().kind.describe(media_of(picture)).segments:
            rows = sum(rows.nbytes for rows in segment.entries.values())
            assert len(segment.evidence["thumbnail"]) <= THUMBNAIL_BYTES
            # Rows stand in the catalogue and in the snapshots of the lanes.
            assert 2 * rows + sum(map(len, segment.evidence.values())) <= 22_000


def test_a_thumbnail_is_nearly_as_good_as_its_bytes_allow() -> None:
    rng = np.random.default_rng(1)
    for picture in (work("hubble_deep_field"), work("coffee"), rng.integers(0, 256, (700, 900, 3)).astype(np.uint8)):
        data = thumbnail(picture)
        assert THUMBNAIL_BYTES * 0.6 <= len(data) <= THUMBNAIL_BYTES
    assert len(thumbnail(np.full((300, 400, 3), 90, np.uint8))) < 4_000


def test_blank_pictures_and_bare_logos_are_noticed_when_added() -> None:
    kind = gate().kind
    blank = np.full((300, 400, 3), 250, np.uint8)
    logo = blank.copy()
    cv2.circle(logo, (60, 60), 25, (200, 0, 0), -1)
    assert "blank" in (kind.describe(media_of(blank)).weak or "")
    assert kind.describe(media_of(logo)).weak is not None
    assert all(kind.describe(media_of(work(name))).weak is None for name in ("astronaut", "coffee"))


def test_a_small_thing_in_the_sky_is_a_work_and_on_one_colour_a_logo() -> None:
    """A sky has many tones, a page has one."""
    thing = cv2.resize(work("coffee"), (90, 60), interpolation=cv2.INTER_AREA)
    page = np.full((480, 854, 3), 200, np.uint8)
    sky = np.broadcast_to(np.linspace(190, 210, 480).astype(np.uint8)[:, None, None], page.shape).copy()
    for ground in (page, sky):
        ground[200:260, 380:470] = thing
    kind = gate().kind
    assert "one colour" in (kind.describe(media_of(page)).weak or "")
    assert kind.describe(media_of(sky)).weak is None


def test_a_small_crop_is_found_by_the_second_look() -> None:
    """A tenth of the picture: its few votes make nothing likely, its few stored features agree on one transform."""
    picture = work("coffee")
    height, width = picture.shape[:2]
    box = (width // 3, height // 5, round(width * 0.32), round(height * 0.32))
    crop = np.ascontiguousarray(picture[box[1] : box[1] + box[3], box[0] : box[0] + box[2]])
    finding = gate().check(crop)["coffee"]
    assert finding.score > 0.6
    assert overlap(finding.regions[0].reference.box or (), box) > 0.8


def test_inverted_pastes_are_found_by_permuted_features() -> None:
    output, box = pasted(np.ascontiguousarray(255 - work("astronaut")), 0.5, 200, 120)
    finding = gate().check(output)["astronaut"]
    assert finding.score > 0.9
    assert finding.signals["negative"] is True
    assert overlap(finding.regions[0].output.box or (), box) > 0.85


def test_a_shared_window_around_another_picture_is_not_alike_in_every_part() -> None:
    """What agrees is the window, more than half of all: the pair network sees that the picture in it is another."""

    def window(inner: np.ndarray) -> np.ndarray:
        canvas = np.full((480, 640, 3), 236, np.uint8)
        for line in range(12):
            cv2.putText(canvas, f"Item {line * 37 % 11}", (12, 60 + 34 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 1)
            cv2.rectangle(canvas, (130, 44 + 34 * line), (160, 66 + 34 * line), (60, 90, 160), 2)
        cv2.rectangle(canvas, (0, 0), (640, 30), (90, 90, 100), -1)
        cv2.putText(canvas, "File   Edit   View   Tools   Help", (10, 21), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255,) * 3, 1)
        canvas[60:420, 190:610] = cv2.resize(inner, (420, 360))
        return canvas

    kind = gate().kind
    segment = kind.describe(media_of(window(work("rocket")))).segments[0]
    stored = StoredSegment(0, segment.place, segment.entries, segment.evidence)
    look = Look(window(work("coffee")), kind.encoder.encode)
    aligned = verify.align(look, stored, [(False, False)], [Guess(look.box, 0)], kind.pairs.log_odds)
    assert aligned is not None
    assert aligned.agreement is not None
    assert aligned.agreement.disputed >= 0.08
    assert aligned.agreement.plain >= 0.2
    assert 0.5 < aligned.agreement.kept < 0.8
    assert aligned.agreement.explained < 0.8
    assert aligned.alike is not None
    assert aligned.alike < 1
    assert aligned.parts is not None
    assert aligned.parts < -1


@pytest.mark.parametrize("name", ["astronaut", "coffee"])
def test_a_pencil_drawing_is_found_by_its_ink(name: str) -> None:
    """OpenCV's pencil sketch in grey: the ink is where the picture changed, its own outlines lie beside it."""
    picture = work(name)
    drawing, _ = cv2.pencilSketch(picture, sigma_s=60, sigma_r=0.07, shade_factor=0.05)
    found = gate().check(cv2.merge([drawing] * 3))
    assert name in found
    assert found[name].signals["outlined"]
    assert found[name].score == max(one.score for one in found.values())
    assert found[name].coverage.output > 0.2


def test_a_soft_small_crop_is_found_by_sliding() -> None:
    """A tenth of the picture, blurred until no feature is left to match."""
    picture = work("astronaut")
    crop = cv2.GaussianBlur(picture[60:220, 130:290], (0, 0), 3)
    finding = gate().check(crop)["astronaut"]
    assert finding.score > 0.5
    assert finding.signals["slid"] > 12
    assert overlap(finding.regions[0].reference.box, (130, 60, 160, 160)) > 0.8


def finding_at(box: tuple[int, int, int, int], score: float) -> Finding:
    region = Region(output=Place(box=box), reference=Place(box=box))
    return Finding(score, "partial", Coverage(output=0.1, reference=0.1), (region,), {})


def test_works_that_share_a_place_of_the_output_are_counted() -> None:
    """The same stamp in four works; one that is unlikely, and one elsewhere, do not count."""
    stamp = (10, 10, 80, 40)
    found = sharing([
        finding_at(stamp, 0.9), finding_at((12, 11, 80, 40), 0.6), finding_at(stamp, 0.4), finding_at(stamp, 0.5),
        finding_at(stamp, 0.1), finding_at((300, 300, 80, 40), 0.99),
    ])  # fmt: skip
    assert [one.signals["shared_by"] for one in found] == [3, 3, 3, 3, 4, 0]
    assert sharing([]) == []


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("name", ["astronaut", "chelsea", "rocket"])
def test_a_mirrored_pencil_sketch_fits_its_work_and_no_other(name: str, colour: bool) -> None:
    """Without a guess of any lane: its ink is laid on the outlines of the work."""
    grey, coloured = cv2.pencilSketch(work(name), sigma_s=60, sigma_r=0.07, shade_factor=0.05)
    drawn = coloured if colour else cv2.merge([grey] * 3)
    look = Look(np.ascontiguousarray(drawn[:, ::-1]), gate().kind.encoder.encode)
    fits = {}
    for stored in gate().stored:
        aligned = verify.align(look, stored.segments[0], [], [], gate().kind.pairs.log_odds)
        seen = aligned.agreement if aligned is not None and aligned.outlined else None
        fits[stored.reference.name] = 0.0 if seen is None else seen.fit
    assert fits.pop(name) > 6 + max(fits.values())


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
def test_the_pair_network_sees_a_whole_that_nothing_else_places(name: str) -> None:
    """An embossed, squeezed, mirrored picture: no lane's guess, no feature; laid whole on its work, and on no other."""
    grey = cv2.cvtColor(work(name), cv2.COLOR_RGB2GRAY).astype(np.float32)
    light = cv2.filter2D(grey, -1, np.array([[-2, -1, 0], [-1, 0, 1], [0, 1, 2]], np.float32))
    drawn = cv2.merge([np.clip(128 + 0.35 * light, 0, 255).astype(np.uint8)] * 3)
    squeezed = cv2.resize(drawn[:, ::-1], (round(drawn.shape[1] * 0.86), drawn.shape[0]), interpolation=cv2.INTER_AREA)
    look = Look(squeezed, gate().kind.encoder.encode)
    found = {
        stored.reference.name: verify.align(look, stored.segments[0], [], [], gate().kind.pairs.log_odds)
        for stored in gate().stored
    }
    mine = found.pop(name)
    assert mine is not None
    assert (mine.source, mine.flip) == ("whole", True)
    assert mine.alike is not None
    assert mine.alike > verify.WHOLE_ODDS
    assert all(one is None or (one.alike or 0) < 1 for one in found.values())


def test_every_alignment_is_shown_to_the_pair_network() -> None:
    """However it was found, and also where its transform is improved at the end."""
    kind = gate().kind
    picture = work("coffee")
    for output in (picture, np.ascontiguousarray(picture[40:300, 60:400]), cv2.GaussianBlur(picture, (0, 0), 3)):
        look = Look(output, kind.encoder.encode)
        aligned = verify.align(look, gate().stored[2].segments[0], [(False, False)], [], kind.pairs.log_odds)
        assert gate().stored[2].reference.name == "coffee"
        assert aligned is not None
        assert aligned.alike is not None
        assert aligned.alike > 1


def stored_of(picture: np.ndarray) -> StoredSegment:
    described, _ = describe.described(picture, gate().kind.encoder.encode, {})
    return StoredSegment(0, described.place, described.entries, described.evidence)


def test_two_tables_with_other_numbers_differ_in_many_places() -> None:
    """The whole is nearly one, hardly a part is; of a copy all is, also where it is small or a stamp is on it."""
    first, second = (table(seed) for seed in (1, 2))
    segment = stored_of(first)
    copy = cv2.resize(first, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    stamped = cv2.circle(copy.copy(), (250, 190), 60, (200, 30, 30), 12)
    found = []
    for output in (copy, stamped, second):
        look = Look(output, gate().kind.encoder.encode)
        aligned = verify.align(look, segment, [(False, False)], [Guess(look.box, 0)], gate().kind.pairs.log_odds)
        assert aligned is not None
        assert aligned.agreement is not None
        assert aligned.agreement.share > 0.6
        assert aligned.changed is not None
        assert aligned.parts is not None
        found.append(aligned)
    plain, with_stamp, other = found
    assert plain.changed is not None
    assert with_stamp.changed is not None
    assert other.changed is not None
    assert plain.changed.places == 0
    assert with_stamp.changed.places < 4
    assert other.changed.places >= 10
    assert plain.parts > other.parts


@pytest.mark.parametrize(("width", "height"), [(600, 600), (600, 300), (600, 100), (90, 60)])
def test_tiles_cover_what_both_show(width: int, height: int) -> None:
    """Every pixel of the overlap is in a tile; a tile of one tone, or of which little is shown, does not count."""
    picture = cv2.resize(work("coffee"), (width, height), interpolation=cv2.INTER_AREA)
    thumb = Thumb(stored_of(picture))
    look = Look(picture, gate().kind.encoder.encode)
    tiles = alignment.tiled(look, thumb, np.eye(3), negative=False)
    longer = max(width, height)
    seen = round(alignment.TILED * width / longer) * round(alignment.TILED * height / longer)
    assert tiles.shape[1:] == (3, pairs.SIDE, pairs.SIDE)
    assert (tiles[:, 2] == 255).sum() >= 0.97 * seen
    assert alignment.textured(tiles).mean() > 0.7
    flat = np.stack([tiles[0], tiles[0]])
    flat[0, :2] = 200
    flat[1, 2, :, 8:] = 0
    assert not alignment.textured(flat).any()
