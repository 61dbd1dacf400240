"""Flows, explanations, changes, and the lists of workloads and policies."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from policies.api.shapes.common import (
    Connections,
    Count,
    Counts,
    DiffCounts,
    Envelope,
    Isolation,
    Line,
    Note,
    PeerText,
    ProblemEntry,
    Uncertain,
    Verdict,
)
from policies.api.shapes.entries import EntryPath, Exposed, ServiceUse, Unprotected, WayChange

__all__ = [
    "Change",
    "DiffAnswer",
    "ExplainAnswer",
    "Explained",
    "FixAnswer",
    "FixDocument",
    "Flow",
    "FlowsAnswer",
    "IsolatedBy",
    "PoliciesPerDirection",
    "PolicyItem",
    "PolicyPage",
    "Possibly",
    "Reason",
    "Side",
    "Step",
    "WorkloadItem",
    "WorkloadPage",
]


class Flow(msgspec.Struct, forbid_unknown_fields=True):
    """What a source may open to a destination."""

    source: PeerText
    destination: PeerText
    connections: Connections
    verdict: Uncertain
    reason: str | None


class FlowsAnswer(Envelope, kw_only=True):
    """All allowed flows at a level; exposure only where it is asked for."""

    summary: Counts
    problems: list[ProblemEntry]
    flows: list[Flow]
    exposure: list[Exposed] | msgspec.UnsetType = msgspec.UNSET
    unprotected: list[Unprotected] | msgspec.UnsetType = msgspec.UNSET


class Step(msgspec.Struct, forbid_unknown_fields=True):
    """What one policy or rule does to the connection asked for."""

    tier: str
    policy: str
    rule: str | None
    effect: Literal[
        "allows",
        "may allow",
        "denies",
        "may deny",
        "passes",
        "may pass",
        "not reached",
        "isolates",
        "may isolate",
        "does not match",
        "not enforced",
        "not evaluated",
    ]
    source: str
    line: Line
    text: str


class IsolatedBy(msgspec.Struct, forbid_unknown_fields=True):
    """A policy that closes a direction unless a rule opens it."""

    policy: str
    source: str
    line: Line


class Side(msgspec.Struct, forbid_unknown_fields=True):
    """What one end's policies say."""

    side: Literal["egress", "ingress"]
    subject: str
    verdict: Verdict
    connections: Connections
    isolated: bool
    chain: str
    isolated_by: list[IsolatedBy]
    steps: list[Step]


class Possibly(msgspec.Struct, forbid_unknown_fields=True):
    """What may be open besides what is, and why that is not certain."""

    connections: Connections
    verdict: Verdict
    reason: str


class Explained(msgspec.Struct, forbid_unknown_fields=True):
    """One part of a question that other rules decide than the rest."""

    source: PeerText
    destination: PeerText
    port: str | None
    verdict: Verdict
    reason: str | None
    sentence: str
    connections: Connections
    possibly: Possibly | None
    egress: Side
    ingress: Side


class ExplainAnswer(Envelope, kw_only=True):
    """Whether one peer may reach another, and why or why not.

    `parts` is empty where the same rules decide for all the pods and addresses asked for.
    `services` lead to the destination; `paths` are the ways in that the source may take.
    """

    source: PeerText
    destination: PeerText
    port: str | None
    verdict: Verdict
    reason: str | None
    sentence: str
    connections: Connections
    possibly: Possibly | None
    egress: Side
    ingress: Side
    parts: list[Explained]
    services: list[ServiceUse]
    paths: list[EntryPath]


class FixDocument(msgspec.Struct, forbid_unknown_fields=True):
    """A manifest of the draft; `replaces`: an existing policy with one rule more."""

    name: str
    policy: str
    side: Literal["egress", "ingress"]
    replaces: bool
    content: str


class FixFlow(msgspec.Struct, forbid_unknown_fields=True):
    """A flow that a draft opens or closes besides."""

    source: PeerText
    destination: PeerText
    connections: Connections
    verdict: Verdict


class FixAnswer(Envelope, kw_only=True):
    """The smallest rules that open a pair. Nothing is in `extra` and `closes` where they do just
    that; `obstacles` say why no NetworkPolicy can."""

    source: PeerText
    destination: PeerText
    port: str | None
    outcome: Literal["open already", "fixed", "opens more", "cannot"]
    sentence: str
    obstacles: list[str]
    documents: list[FixDocument]
    extra: list[FixFlow]
    closes: list[FixFlow]


class Reason(msgspec.Struct, forbid_unknown_fields=True):
    """The policy or rule that made a change."""

    side: str
    effect: str
    policy: str | None
    rule: str | None
    source: str | None
    line: Line
    text: str


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """A pair of peers whose connections differ."""

    kind: Literal["added", "removed", "changed"]
    source: PeerText
    destination: PeerText
    new_or_lost: list[PeerText]
    before: Connections
    after: Connections
    verdict_before: Verdict
    verdict_after: Verdict
    reasons: list[Reason]


class DiffAnswer(Envelope, kw_only=True):
    """What is different after a change."""

    problems: list[ProblemEntry]
    notes: list[Note]
    summary: DiffCounts
    changes: list[Change]
    ways: Annotated[
        list[WayChange],
        Meta(description="Ways in that open, close or become less or more certain."),
    ]


class PoliciesPerDirection(msgspec.Struct, forbid_unknown_fields=True):
    """The policies that select a workload."""

    ingress: list[str]
    egress: list[str]


class WorkloadItem(msgspec.Struct, forbid_unknown_fields=True):
    """A workload and the policies that select it."""

    workload: PeerText
    namespace: str
    name: str
    kind: str
    pods: Count
    labels: dict[str, str]
    isolation: Isolation
    policies: PoliciesPerDirection
    not_known: PoliciesPerDirection
    source: str
    line: Line


class WorkloadPage(Envelope, kw_only=True):
    """One page of the workloads of a snapshot."""

    count: Count
    next: str | None
    previous: str | None
    results: list[WorkloadItem]


class PolicyItem(msgspec.Struct, forbid_unknown_fields=True):
    """A policy and what it selects."""

    policy: str
    kind: str
    namespace: str
    name: str
    source: str
    line: Line
    types: list[str]
    tier: Literal["Admin", "NetworkPolicy", "Baseline"]
    priority: Count | None
    evaluated: bool
    selects: list[PeerText]
    yaml: str
    notes: list[Note]


class PolicyPage(Envelope, kw_only=True):
    """One page of the policies of a snapshot."""

    count: Count
    next: str | None
    previous: str | None
    results: list[PolicyItem]
