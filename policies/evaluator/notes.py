"""Notes on policies: what one names that is not there, said before anybody has to ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from policies.evaluator.bits import bits_of
from policies.evaluator.engine import Evaluation
from policies.evaluator.kinds import kind_of
from policies.evaluator.labels import Selector
from policies.evaluator.peers import Universe
from policies.evaluator.policy import PeerClause
from policies.evaluator.resolve import ResolvedPolicy, peers_of_clause
from policies.evaluator.words import joined

__all__ = ["Note", "policy_notes"]


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


def policy_notes(evaluation: Evaluation) -> list[Note]:
    """What matches nothing (L-02, L-03, L-05) or cannot be matched (L-30), by policy and field."""
    return [note for policy in evaluation.policies for note in _notes(policy, evaluation.universe)]


def _notes(policy: ResolvedPolicy, universe: Universe) -> Iterator[Note]:
    if kind_of(policy.source.api_version, policy.source.kind) is None:
        return  # What is not evaluated is not judged either.
    subject = policy.policy.subject
    if not policy.subjects and not policy.maybe:
        text = _no_pod("podSelector", subject.pods, subject.namespace, universe)
        yield _note(policy, "L-03", "spec.podSelector", f"{text} The policy protects nothing.")
    for rule in policy.policy.rules:
        for clause in rule.peers or ():
            if clause.cidr:
                yield from _block_notes(policy, clause, universe)
            else:
                yield from _clause_notes(policy, clause, universe)


def _clause_notes(policy: ResolvedPolicy, clause: PeerClause, universe: Universe) -> Iterator[Note]:
    path = f"spec.{clause.path}"
    if clause.namespaces is not None and not universe.matching_namespaces(clause.namespaces):
        yield _note(policy, "L-02", path, _no_namespace(clause.namespaces, universe))
        return
    sure, maybe = peers_of_clause(clause, policy.policy.subject.namespace, universe)
    if not sure and not maybe:
        namespace = "" if clause.namespaces is not None else policy.policy.subject.namespace
        yield _note(policy, "L-05", path, _no_pod("This peer", clause.pods, namespace, universe))


def _block_notes(policy: ResolvedPolicy, clause: PeerClause, universe: Universe) -> Iterator[Note]:
    """A-94: no address is ever assumed for a pod; where a block may mean pods, that is said."""
    block = (clause.cidr, clause.excepts)
    if universe.profile.ipblock_matches_pods and universe.may_be_in_block(block):
        homeless = len({each.workload for each in universe.classes if not each.signatures})
        text = (
            f"ipBlock {clause.cidr} may also cover pod addresses. The pods of {homeless} "
            f"{'workload has' if homeless == 1 else 'workloads have'} no address yet (they come "
            "from templates or are not scheduled), so whether it covers them is unknown."
        )
        yield _note(policy, "L-30", f"spec.{clause.path}", text)


_NAME_LABEL = "kubernetes.io/metadata.name"


def _note(policy: ResolvedPolicy, finding: str, path: str, text: str) -> Note:
    source = policy.source
    return Note(source.key, finding, path, source.origin.source, source.line_of(path), text)


def _no_namespace(selector: Selector, universe: Universe) -> str:
    start = f"namespaceSelector {selector} matches no namespace"
    carried = {
        key: sorted(
            {each.labels[key] for each in universe.namespaces.values() if key in each.labels}
        )
        for key in sorted(selector.keys)
    }
    missing = [key for key, values in carried.items() if not values]
    if missing:
        label = "label" if len(missing) == 1 else "labels"
        fix = ""
        only = selector.requirements[0]
        if len(selector.requirements) == 1 and only.operator == "In":
            # The classic slip: a namespace is meant by its name.
            named = [value for value in only.values if value in universe.namespaces]
            fix = (
                f" To mean namespace {named[0]}, write {_NAME_LABEL}: {named[0]}." if named else ""
            )
        if len(selector.requirements) == 1 and only.operator == "In" and not fix:
            fix = f" Set it with: kubectl label namespace NAME {only.key}={only.values[0]}"
        return f"{start}: no namespace carries the {label} {joined(missing)}.{fix}"
    found = joined([f"{key}={value}" for key, values in carried.items() for value in values[:3]])
    return f"{start}: namespaces carry {found}." if found else f"{start}."


def _no_pod(who: str, selector: Selector, namespace: str, universe: Universe) -> str:
    where = f"in namespace {namespace}" if namespace else "in the namespaces it names"
    what = f"no pod with {selector}" if selector else "no pod"
    elsewhere = ""
    sure, _ = universe.with_labels(selector)
    if namespace and selector and sure:
        names = sorted({universe.classes[bit].namespace for bit in bits_of(sure)})
        elsewhere = f" There are such pods in {joined(names[:3])}."
    return f"{who} selects {what} {where}.{elsewhere}"
