"""The gate: one function checks a file, one registers a work; the command line, the service and the hooks translate.

``Checker.check(file) -> Report`` is the whole gate: hash, decode in a guarded worker, describe, nominate, verify,
score, decide, record. It never raises for a bad file (that is ``unchecked``) and always raises where nothing can be
decided (no index, a damaged index, a missing model, a check that could not be recorded).
"""

from __future__ import annotations

import getpass
import logging
import platform
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from ulid import ULID

from simcheck import policy as policies
from simcheck import registering
from simcheck import settings as configuration
from simcheck.decode.sniff import sniff
from simcheck.decode.worker import GuardPool
from simcheck.errors import MediaError, SimcheckError
from simcheck.files import MediaFile, read_file, read_stream, whole
from simcheck.index import open_index
from simcheck.index.base import Candidate, Index, NewReference
from simcheck.kinds import load_kinds
from simcheck.kinds.base import Description, Finding, Kind, Media, Nomination, Probe
from simcheck.matching import best_matches, exact_match, match_of, output_facts
from simcheck.policy import Policy
from simcheck.reference import KindName, Reference, Rights
from simcheck.registering import Added
from simcheck.report import WORST, Decision, Fault, IndexState, Match, Output, Report
from simcheck.settings import Settings
from simcheck.wording import reason

log = logging.getLogger("simcheck")

Source = str | Path | bytes | BinaryIO
MAX_MATCHES = 10


@dataclass
class _Evidence:
    """What one check has found so far."""

    output: Output
    index: IndexState
    matches: list[Match] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    nothing: str | None = None


def open(
    path: str | Path | None = None,
    *,
    settings: Settings | None = None,
    policy: str | Path | None = None,
    guards: GuardPool | None = None,
) -> Checker:
    """A checker on the index at ``path`` (without one: where CONTRACT says the index is).

    The index itself is opened when it is first needed: ``add`` makes it where there is none, everything else raises
    IndexMissingError. ``guards`` may be a pool that was started earlier. Raises SettingsError, PolicyError, ModelError.
    """
    settings = settings or configuration.load()
    folder = Path(path) if path is not None else configuration.index_path(settings)
    chosen = policies.load(Path(policy) if policy is not None else settings.policy)
    return Checker(folder, settings, chosen, guards)


class Checker:
    """The gate on one index, with one policy. Safe to call from several threads."""

    def __init__(self, folder: Path, settings: Settings, policy: Policy, guards: GuardPool | None = None) -> None:
        self.folder = folder
        self.settings = settings
        self.policy = policy
        self.kinds: Mapping[KindName, Kind] = load_kinds(settings)
        self._guards = guards or GuardPool(settings.workers)
        self._index: Index | None = None
        self._opening = threading.Lock()

    # -- what it works on ------------------------------------------------------------------------------------------

    @property
    def index(self) -> Index:
        """The index; raises IndexMissingError, IndexDamagedError, IndexMismatchError."""
        return self._open(create=False)

    def _open(self, *, create: bool) -> Index:
        with self._opening:
            if self._index is None:
                lanes = [lane for kind in self.kinds.values() for lane in kind.lanes]
                self._index = open_index(self.folder, lanes, create=create)
            return self._index

    @property
    def models(self) -> dict[str, str]:
        """Name of the model of each kind, as reports carry it."""
        return {name: model for kind in self.kinds.values() for name, model in kind.models.items()}

    def close(self) -> None:
        """End the guarded workers and close the index."""
        self._guards.close()
        if self._index is not None:
            self._index.close()

    def __enter__(self) -> Checker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- checking --------------------------------------------------------------------------------------------------

    def check(
        self,
        source: Source,
        *,
        name: str | None = None,
        project: str | None = None,
        tags: Mapping[str, str] | None = None,
        actor: str | None = None,
        top: int = MAX_MATCHES,
        record: bool = True,
        check_id: str | None = None,
    ) -> Report:
        """Check one output and record the check.

        ``name`` is the path that the report shows (needed for bytes and streams). ``project`` and ``tags`` say what the
        output is for. ``top`` bounds the matches listed. ``record=False`` is for explaining a check that was made.
        ``check_id`` is the report's id where one was promised already, a ULID.
        """
        return self.examine(
            source, name=name, project=project, tags=tags, actor=actor, top=top, record=record, check_id=check_id
        )[0]

    def examine(
        self,
        source: Source,
        *,
        name: str | None = None,
        project: str | None = None,
        tags: Mapping[str, str] | None = None,
        actor: str | None = None,
        top: int = MAX_MATCHES,
        record: bool = True,
        check_id: str | None = None,
    ) -> tuple[Report, Media | None]:
        """As `check`, with the decoded output beside the report (None where it was not decoded): for explanations."""
        started = time.monotonic()
        index = self.index
        output = Output(path=_shown(source, name), project=project, tags=dict(tags) if tags else None)
        found = _Evidence(output, IndexState(revision=index.revision, references=index.count()))
        media: Media | None = None
        fault: Fault | None = None
        try:
            file = self.read(source, name)
            found.output = output.model_copy(update={"sha256": file.sha256, "bytes": len(file.data)})
            media = self._search(file, found)
        except MediaError as error:
            fault = Fault(code=error.code, message=error.message)
            if error.sha256 is not None:
                found.output = output.model_copy(update={"sha256": error.sha256, "bytes": error.bytes})
        except SimcheckError:
            raise
        except Exception as error:
            # The gate fails closed: a defect of ours holds the output, and the log has the rest.
            log.exception("the check of %s failed", output.path)
            fault = Fault(code="internal", message=f"{output.path} could not be checked ({type(error).__name__}).")
        report = self._report(found, fault, started, top, check_id)
        if record:
            index.record_check(report.to_json(), actor or default_actor())
        return report, media

    def read(self, source: Source, name: str | None = None) -> MediaFile:
        """The bytes of a source within the limits, hashed. Raises MediaError."""
        limit = self.settings.limits.max_bytes
        if isinstance(source, bytes):
            return whole(source, _shown(source, name), limit)
        if isinstance(source, str | Path):
            return read_file(Path(source), name or str(source), limit)
        return read_stream(source, _shown(source, name), limit)

    def _search(self, file: MediaFile, found: _Evidence) -> Media | None:
        """Fill ``found`` with what this file repeats; the decoded output, None where equal bytes were enough."""
        same = self.index.find(file.sha256)
        if same is not None and same.status == "active":
            stored = self.index.stored([same.id])
            if stored:
                found.output = _with_facts(found.output, same.kind, stored[0].facts)
                found.facts = dict(stored[0].facts)
                found.matches.append(exact_match(stored[0], found.output, self.policy))
                # Rights may allow one work and not another that looks the same: only a block ends the search.
                if found.matches[0].decision == "block":
                    return None
        found.output = found.output.model_copy(update={"kind": sniff(file.data).kind})
        media = self._decode(file)
        found.output = _with_facts(found.output, media.kind, media.facts)
        found.facts = dict(media.facts)
        found.notes.extend(media.notes)
        found.notes.extend(self.kinds[media.kind].gaps(self.index))
        inspection = self.kinds[media.kind].inspect(media)
        found.nothing = inspection.nothing
        if found.nothing:
            return media
        rivals = self.index.count(media.kind)
        answers: list[tuple[Probe, Sequence[Candidate]]] = []
        findings: list[Finding] = []
        works: list[Reference] = []
        equal = tuple(found.matches)
        seen = {match.reference.id for match in equal}
        for stage in inspection.probes():
            for probe in stage:
                answers.append((probe, self.index.search(probe.lane, probe.rows, probe.k)))
            chosen = [one for one in inspection.shortlist(answers) if one not in seen]
            seen.update(chosen)
            # Boilerplate first: what it shares with the output counts for no other work.
            for stored_reference in sorted(self.index.stored(chosen), key=lambda one: not one.reference.boilerplate):
                hits = tuple(
                    (probe, candidate)
                    for probe, candidates in answers
                    for candidate in candidates
                    if candidate.reference_id == stored_reference.reference.id
                )
                finding = inspection.verify(Nomination(stored_reference, hits), rivals)
                if finding is not None:
                    findings.append(finding)
                    works.append(stored_reference.reference)
            findings = list(inspection.together(findings))
            matches = (match_of(*one, found.output, self.policy) for one in zip(findings, works, strict=True))
            found.matches = [*equal, *matches]
            if inspection.satisfied(findings) and any(match.decision == "block" for match in found.matches):
                break
        return media

    def _decode(self, file: MediaFile) -> Media:
        try:
            return self._guards.decode(file.data, self.settings.limits)
        except MediaError as error:
            # The worker does not know what the caller calls the file.
            raise MediaError(error.code, f"{file.name}: {error.message}") from None

    def _report(self, found: _Evidence, fault: Fault | None, started: float, top: int, check_id: str | None) -> Report:
        matches = [] if fault else best_matches(found.matches, top, self.policy.listed_from)
        decision: Decision = max((match.decision for match in matches), key=WORST.__getitem__, default="pass")
        text = found.nothing if found.nothing and not matches else reason(found.output, matches, decision)
        facts = {f"output.{name}": value for name, value in found.facts.items()} | output_facts(found.output)
        rule = self.policy.judge_output(facts)
        if rule is not None and WORST[rule.decision] > WORST[decision]:
            decision = rule.decision
            text = f"Held by the rule {rule.rule} about the output itself ({', '.join(rule.when)})."
        return Report(
            id=check_id or str(ULID()),
            checked_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            elapsed_ms=round((time.monotonic() - started) * 1000),
            output=found.output,
            decision="unchecked" if fault else decision,
            reason=fault.message if fault else text,
            score=None if fault else max((match.score for match in matches), default=0.0),
            matches=tuple(matches),
            index=found.index,
            policy=self.policy.state,
            models=self.models,
            notes=tuple(found.notes),
            error=fault,
        )

    # -- registering -----------------------------------------------------------------------------------------------

    def add(self, source: Source, *, name: str | None = None, rights: Rights | None = None, **given: Any) -> Reference:
        """Register one work, durably; the one that is there where the bytes are there already.

        ``given`` are the fields of `simcheck.reference.Rights` (``title=…``, ``creator=…``), or pass ``rights``.
        Raises MediaError for a file that cannot be registered.
        """
        index = self._open(create=True)
        prepared = self.prepare(self.read(source, name), rights or Rights(**given))
        return prepared if isinstance(prepared, Reference) else index.add([prepared])[0]

    def add_many(
        self, paths: Iterable[str], rights: Rights | None = None, progress: Callable[[str], None] | None = None
    ) -> Added:
        """Register files on all cores; see `simcheck.registering.add_many`."""
        return registering.add_many(self, self._open(create=True), paths, rights or Rights(), progress)

    def prepare(self, file: MediaFile, rights: Rights) -> NewReference | Reference:
        """What the index needs to register a file, or the reference that has these bytes. Raises MediaError."""
        same = self.index.find(file.sha256)
        if same is not None:
            return same
        media = self._decode(file)
        description = self.kinds[media.kind].describe(media)
        quarantined = self.policy.judge_reference(_reference_facts(description))
        return NewReference(
            name=file.name,
            kind=media.kind,
            sha256=file.sha256,
            bytes=len(file.data),
            segments=description.segments,
            rights=rights,
            facts=dict(media.facts),
            status=quarantined.status if quarantined else "active",
            status_reason=f"{description.weak} (rule {quarantined.rule})" if quarantined else None,
        )


def default_actor() -> str:
    """Who checks, where nobody said: user and machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return f"{user}@{platform.node()}"


def _shown(source: Source, name: str | None) -> str:
    if name is not None:
        return name
    return str(source) if isinstance(source, str | Path) else "-"


def _with_facts(output: Output, kind: KindName, facts: Mapping[str, Any]) -> Output:
    known = {name: facts[name] for name in ("width", "height", "frames", "duration", "characters") if name in facts}
    return output.model_copy(update={"kind": kind, **known})


def _reference_facts(description: Description) -> dict[str, Any]:
    """What [[reference]] rules may name."""
    signals = {f"signals.{name}": value for name, value in description.signals.items()}
    return {"weak": description.weak is not None, **signals}
