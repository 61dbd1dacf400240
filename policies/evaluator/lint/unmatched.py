"""Where a selector of pods matches none, for everything that wants to say why."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from policies.evaluator.labels import Selector
from policies.evaluator.lint.evidence import Evidence
from policies.evaluator.policy import PeerClause
from policies.evaluator.resolve import ResolvedPolicy

__all__ = ["SUBJECT", "Unmatched", "subject_path", "unmatched_peers", "unmatched_subjects"]

SUBJECT = "podSelector"


class Unmatched(msgspec.Struct, frozen=True):
    """A selector without pods: of the subject, or of a peer (`clause`).

    `namespace` is where it looks; empty when it looks in several.
    """

    policy: ResolvedPolicy
    path: str
    selector: Selector
    namespace: str
    clause: PeerClause | None = None


def subject_path(policy: ResolvedPolicy) -> str:
    """The field that says whom a policy selects."""
    return SUBJECT if policy.policy.subject.namespace else "subject"


def unmatched_subjects(evidence: Evidence, *, explained: bool = False) -> Iterator[Unmatched]:
    """Policies that select no pod. Without `explained`, those where host-network or finished pods
    are the reason are left to findings of their own (L-50, L-113)."""
    universe = evidence.universe
    for policy in evidence.policies:
        if policy.subjects or policy.maybe:
            continue
        subject = policy.policy.subject
        if not explained and subject.namespace:
            sure, _ = universe.with_labels(subject.pods)
            hosts = sure & universe.in_namespace(subject.namespace) & universe.hosts
            if hosts or _finished(subject.pods, subject.namespace, evidence):
                continue
        yield Unmatched(policy, subject_path(policy), subject.pods, subject.namespace)


def unmatched_peers(evidence: Evidence, *, explained: bool = False) -> Iterator[Unmatched]:
    """Peers that name no pod although their namespaces exist (else L-02 and L-35 say so)."""
    universe = evidence.universe
    for policy, _, clause in evidence.selectors():
        if clause.namespaces is not None and not universe.matching_namespaces(clause.namespaces):
            continue
        if evidence.peers(policy, clause):
            continue
        namespace = "" if clause.namespaces is not None else policy.policy.subject.namespace
        if not explained:
            sure, _ = universe.with_labels(clause.pods)
            window = (
                universe.in_namespace(namespace)
                if clause.namespaces is None
                else universe.in_namespaces(clause.namespaces)
            )
            if sure & window & universe.hosts or _finished(clause.pods, namespace, evidence):
                continue
        yield Unmatched(policy, clause.path, clause.pods, namespace, clause)


def _finished(selector: Selector, namespace: str, evidence: Evidence) -> bool:
    return bool(selector and evidence.finished.matching(selector, namespace))
