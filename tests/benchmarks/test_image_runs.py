"""The benchmark's own machinery on a handful of made pictures: what is registered, and what is checked when."""

import numpy as np
import pytest
from PIL import Image

from benchmarks.images import gate, peers, sheet, summary
from benchmarks.images.ablation import Keep, is_whole
from benchmarks.images.cases import SEVERAL, Case, Registered, Workshop
from benchmarks.images.data import Half, load_half, pictures, random
from benchmarks.images.edits import FAMILIES
from benchmarks.images.outcome import HELD, SharedPairs
from simcheck.errors import UsageError
from simcheck.kinds.base import Probe


def photograph(number, size=(256, 192)):
    rng = random("made", number)
    picture = np.zeros((size[1], size[0], 3))
    for cells in (3, 8, 24, 64):
        layer = rng.uniform(0, 255, (cells, cells, 3)).astype(np.uint8)
        picture += np.asarray(Image.fromarray(layer).resize(size, Image.Resampling.BICUBIC)) / 4
    return picture.astype(np.uint8)


@pytest.fixture(scope="module")
def half(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    paths = []
    for number in range(20 + 9 + 31):
        paths.append(folder / f"{number:05}_{'houses' if number < 10 else 'made'}-{number}.png")
        Image.fromarray(photograph(number)).save(paths[-1])
    return Half("A", tuple(paths[:20]), tuple(paths[20:29]), tuple(paths[29:]))


@pytest.fixture(scope="module")
def workshop(half, tmp_path_factory):
    return Workshop(half, tmp_path_factory.mktemp("made"))


def test_halves_are_apart_complete_and_large_enough():
    """Needs the development pictures; without them it fails with the sentence that says where they belong."""
    a, b = load_half("A"), load_half("B")
    parts = [one for half in (a, b) for part in (half.references, half.backgrounds, half.carriers) for one in part]
    assert sorted(parts) == pictures("dev")
    assert len(set(parts)) == len(parts)
    for half in (a, b):
        assert len(half.references) >= 250
        assert sorted(path for round_ in half.rounds for path in round_) == sorted(half.references)
    assert load_half("A") == a
    assert load_half("A", seed=1) != a


def test_positives_know_their_truth_and_are_made_once(workshop, half):
    families = {"paste-50": FAMILIES["paste-50"], "flip": FAMILIES["flip"], SEVERAL: None}
    cases = workshop.positives(families, 2)
    assert [case.name for case in cases] == [f"{family}/00{n}" for family in families for n in (0, 1)]
    assert [len(case.truth) for case in cases] == [1, 1, 1, 1, 3, 3]
    assert len(set(cases[4].truth) | set(cases[5].truth)) == 6
    pasted = cases[0]
    assert pasted.sources[0] == pasted.truth[0] == pasted.source
    assert pasted.sources[1] in {path.name for path in half.backgrounds}
    assert pasted.boxes is not None
    assert cases[2].sources == cases[2].truth
    made = cases[0].file.stat().st_mtime_ns
    assert workshop.positives(families, 2) == cases
    assert cases[0].file.stat().st_mtime_ns == made


def test_negatives_are_checked_while_their_source_is_out(workshop, half):
    unrelated, hard = workshop.unrelated(), workshop.hard()
    assert not any(case.truth for case in unrelated + hard)
    assert sorted(case.source for case in unrelated if case.family == "unrelated") == sorted(
        path.name for path in half.references
    )
    for case in unrelated:
        assert case.source in {path.name for path in half.rounds[case.round]}
    registered = {path.name for path in half.references}
    assert all((case.round is not None) == (case.source in registered) for case in hard)
    assert {case.family for case in hard} >= {"same-logo", "same-chrome", "siblings", "other-half", "rendered-page"}
    names = [case.name for case in unrelated + hard]
    assert len(names) == len(set(names))


def test_the_library_has_carriers_and_rendered_works_beside_the_references(workshop, half):
    works = workshop.library()
    assert len(works) == len({work.name for work in works}) == 20 + 31 + 28
    assert all(work.file.exists() for work in works)


def _cases(half, tmp_path):
    """A copy of the first reference outside of any round, and in a round in which it is out of the index."""
    file = tmp_path / "copy.jpg"
    Image.open(half.references[0]).save(file, quality=80)
    name = half.references[0].name
    return [
        Case("copy/000", "copy", name, (name,), (name,), file),
        Case("unrelated/000", "unrelated", name, (name,), (), file, round=0),
    ]


def test_peers_find_a_copy_and_do_not_see_what_is_out_of_the_index(half, tmp_path):
    works = [Registered(path.name, path) for path in half.references]
    for peer in peers.peers():
        copy, unrelated = peers.run(peer, works, _cases(half, tmp_path))
        assert copy.answers[0].reference == half.references[0].name
        assert copy.answers[0].score > 0.9
        assert half.references[0].name not in {answer.reference for answer in unrelated.answers[:-1]}
        assert unrelated.decision == "pass"


def test_the_gate_finds_a_copy_and_does_not_see_what_is_out_of_the_index(half, tmp_path):
    works = [Registered(path.name, path) for path in half.references]
    library = gate.register(works, tmp_path / "index")
    assert sorted(library.names.values()) == sorted(work.name for work in works)
    copy, unrelated = gate.run(library, _cases(half, tmp_path), processes=1)
    assert copy.decision in HELD
    assert copy.answers[0].reference == half.references[0].name
    assert copy.answers[0].boxes is not None
    assert unrelated.decision == "pass"
    figures = summary.summary([copy, unrelated], SharedPairs(), ["copy"])
    assert figures["means"]["block"] == 1.0
    assert figures["alarms"]["all"].outputs == 1


def test_an_ablation_can_do_without_verification_or_calibration(half, tmp_path):
    works = [Registered(path.name, path) for path in half.references]
    library = gate.register(works, tmp_path / "index")
    lanes = frozenset(("image.pdq", "image.local", "image.encoder"))
    for keep in (Keep(lanes, verified=False), Keep(lanes, calibrated=False)):
        copy, unrelated = gate.run(library, _cases(half, tmp_path), 1, keep)
        assert copy.answers[0].reference == half.references[0].name
        assert copy.answers[0].score > max((one.score for one in unrelated.answers), default=0.0)


def test_an_ablation_asks_only_what_it_keeps():
    def probe(lane, view):
        return Probe(lane, np.zeros((1, 8), np.uint8), view)

    keep = Keep(frozenset({"image.local"}), whole_only=True)
    assert keep.asks(probe("image.local", "frame/0"))
    assert not keep.asks(probe("image.local", "frame/0/mirrored"))
    assert not keep.asks(probe("image.pdq", "frame/0"))
    assert is_whole(probe("image.pdq", "frame/1"))


def test_only_openly_licensed_sources_are_shown(tmp_path):
    def case(*sources):
        return Case("a/000", "a", sources[0], sources, sources[:1], tmp_path / "a.png")

    assert sheet.publishable(case("00036_sd-img-victor.jpg", "00010_clothing-t-shirt.jpg"))
    assert not sheet.publishable(case("00036_sd-img-victor.jpg", "00020_houses-383.jpg"))


def test_missing_pictures_are_one_clear_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr("benchmarks.images.data.PICTURES", tmp_path)
    with pytest.raises(UsageError, match="put the development pictures into"):
        pictures("dev")
