"""Notes on policies: what one names that is not there, said before anybody has to ask.

A note is a finding about one field of a policy, as lists and what-if answers show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from policies.evaluator.documents import parse_path
from policies.evaluator.engine import Evaluation
from policies.evaluator.lint import findings
from policies.evaluator.lint.evidence import Evidence
from policies.evaluator.lint.finding import Finding
from policies.evaluator.onbase import between
from policies.evaluator.resolve import ResolvedPolicy
from policies.evaluator.state import PolicyObject

__all__ = ["NOTED", "Note", "notes_of", "notes_of_change"]

NOTED = frozenset({"L-02", "L-03", "L-05", "L-30", "L-35", "L-50", "L-51", "L-113"})
"""What matches nothing, or cannot be matched for certain."""
_PARTS = ("spec.podSelector", "spec.subject", "spec.ingress", "spec.egress")


class Note(msgspec.Struct, frozen=True):
    """One remark on a field of a policy, with the law's id of the finding it belongs to."""

    policy: str
    id: str
    path: str
    source: str
    line: int
    text: str

    def to_json(self) -> dict[str, Any]:
        """The note as pages and answers show it."""
        return {
            "policy": self.policy,
            "id": self.id,
            "path": self.path,
            "source": self.source,
            "line": self.line or None,
            "text": self.text,
        }


def notes_of(evaluation: Evaluation, policies: Sequence[ResolvedPolicy]) -> list[Note]:
    """What matches nothing or cannot be matched for certain, by policy and field."""
    return _notes(policies, Evidence(evaluation, tuple(policies)))


def notes_of_change(
    before: Evaluation, after: Evaluation, written: Sequence[PolicyObject]
) -> list[Note]:
    """All notes on the policies written, and on others those that are new.

    A note says what one policy names among the pods, namespaces and nodes there are: where these
    stay, only policies that are not the same in both are looked at.
    """
    changed, old = after.policies, before.policies
    keys = {each.key for each in written}
    if _same_cluster(before, after):
        changed = _changed(before, after, written)
        there = before.by_source
        index, old_policies = before.state.policy_index, before.state.policies
        places = [index[key] for each in changed if (key := each.source.key) in index]
        old = tuple(there[id(old_policies[i])] for i in places if id(old_policies[i]) in there)
        evidence = Evidence(after, changed, base=before)
    else:
        evidence = Evidence(after)
    after.work.policies_judged += len(changed)
    known = {(note.policy, note.path, note.text) for note in _notes(old, Evidence(before, old))}
    return [
        note
        for note in _notes(changed, evidence)
        if note.policy in keys or (note.policy, note.path, note.text) not in known
    ]


def _changed(
    before: Evaluation, after: Evaluation, written: Sequence[PolicyObject]
) -> tuple[ResolvedPolicy, ...]:
    """The policies written, and those that do not say what they said before."""
    there = before.by_source
    given = frozenset(map(id, written))
    was, now = between(before.policies, after.policies)
    if not given.isdisjoint(there):
        # Written as they were: they stand among those that stay.
        now = after.policies
    stay = frozenset(map(id, was))
    return tuple(
        each
        for each in now
        if (id(each) not in stay and not _is_same(each, there.get(id(each.source))))
        or id(each.source) in given
    )


def _is_same(policy: ResolvedPolicy, other: ResolvedPolicy | None) -> bool:
    return policy is other or (other is not None and policy.policy == other.policy)


def _same_cluster(before: Evaluation, after: Evaluation) -> bool:
    mine, theirs = after.state, before.state
    return after.profile == before.profile and all(
        one is other or one == other
        for one, other in (
            (mine.pods, theirs.pods),
            (mine.nodes, theirs.nodes),
            (mine.namespaces, theirs.namespaces),
            (mine.finished, theirs.finished),
        )
    )


def _notes(policies: Sequence[ResolvedPolicy], evidence: Evidence) -> list[Note]:
    if not policies:
        return []
    order = {each.source.key: index for index, each in enumerate(policies)}
    notes = [_note(each) for each in findings(evidence, NOTED) if each.objects[0].path]
    return sorted(notes, key=lambda note: (order[note.policy], _place(note.path), note.id))


def _note(finding: Finding) -> Note:
    place = finding.objects[0]
    text = finding.here
    return Note(place.object, finding.id, place.path, place.source, place.line, text)


def _place(path: str) -> tuple[int, list[tuple[int, str]]]:
    """Where a field stands in a policy: the subject, then its rules in their order."""
    part = next((i for i, each in enumerate(_PARTS) if path.startswith(each)), len(_PARTS))
    keys = parse_path(path)
    return part, [(key, "") if isinstance(key, int) else (-1, key) for key in keys]
