"""The shape of every answer: what the OpenAPI schema says and what tests hold answers to."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = [
    "DiffAnswer",
    "DiffMapAnswer",
    "DraftAnswer",
    "ExplainAnswer",
    "FlowsAnswer",
    "MapAnswer",
    "PolicyPage",
    "ProblemDocument",
    "SnapshotAnswer",
    "SnapshotPage",
    "SnapshotStored",
    "StoryAnswer",
    "WorkloadPage",
]

PortRange = Annotated[
    list[Annotated[int, Meta(ge=1, le=65535)]],
    Meta(min_length=2, max_length=2, description="First and last port, both included."),
]
Connections = Annotated[
    Literal["all"] | dict[str, list[PortRange]],
    Meta(description='"all", or protocol to sorted, disjoint port ranges; {} is none.'),
]
PeerText = Annotated[
    str, Meta(description="A peer: `namespace/name[Kind]`, an address range or `{entity}`.")
]
Line = Annotated[int, Meta(ge=1)] | None
Verdict = Literal["allow", "deny", "conditional", "unknown"]
Uncertain = Literal["allow", "conditional", "unknown"]
Version = Literal[1]
Count = Annotated[int, Meta(ge=0)]


class ProblemEntry(msgspec.Struct, forbid_unknown_fields=True):
    """One fault: where it stands, what was found and what was expected."""

    source: str
    document: int
    path: str
    line: Annotated[int, Meta(ge=0, description="From 1; 0 where no line is known.")]
    severity: Literal["error", "warning", "info"]
    message: str
    object: str
    suggestions: list[str] = []


class ProblemDocument(msgspec.Struct, forbid_unknown_fields=True):
    """Every error of the API (RFC 9457)."""

    type: str
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    code: str
    detail: str
    problems: list[ProblemEntry]


class Enforcement(msgspec.Struct, forbid_unknown_fields=True):
    """Whether anything in the cluster enforces policies, and how we know."""

    cni: str
    enforced: Literal["yes", "no", "unknown"]
    evidence: str


class AskedEnforcement(Enforcement):
    """The same, with whether the answer shows what the policies intend instead of what flows."""

    intended: bool


class NotEvaluated(msgspec.Struct, forbid_unknown_fields=True):
    """A kind of object that was given and is not evaluated."""

    apiVersion: str
    kind: str
    count: Annotated[int, Meta(ge=1)]
    reason: str


class Counts(msgspec.Struct, forbid_unknown_fields=True):
    """How much is in a state."""

    namespaces: Count
    workloads: Count
    pods: Count
    policies: Count


class Flow(msgspec.Struct, forbid_unknown_fields=True):
    """What a source may open to a destination."""

    source: PeerText
    destination: PeerText
    connections: Connections
    verdict: Uncertain
    reason: str | None


class Envelope(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The head of every answer."""

    version: Version
    enforcement: AskedEnforcement
    not_evaluated: list[NotEvaluated]


class FlowsAnswer(Envelope, kw_only=True):
    """All allowed flows at a level."""

    summary: Counts
    problems: list[ProblemEntry]
    flows: list[Flow]


class Step(msgspec.Struct, forbid_unknown_fields=True):
    """What one policy or rule does to the connection asked for."""

    tier: str
    policy: str
    rule: str | None
    effect: Literal["allows", "denies", "passes", "isolates", "does not match", "not enforced"]
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


class ExplainAnswer(Envelope, kw_only=True):
    """Whether one peer may reach another, and why or why not."""

    source: PeerText
    destination: PeerText
    port: str | None
    verdict: Verdict
    reason: str | None
    sentence: str
    connections: Connections
    egress: Side
    ingress: Side


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


class DiffCounts(msgspec.Struct, forbid_unknown_fields=True):
    """How many pairs of peers were added, removed, changed and left as they were."""

    added: Count
    removed: Count
    changed: Count
    unchanged: Count


class Note(msgspec.Struct, forbid_unknown_fields=True):
    """Something a reader of a policy should know, such as a selector that matches nothing."""

    policy: str
    id: Annotated[str, Meta(description="The finding it belongs to.")]
    path: str
    source: str
    line: Line
    text: str


class DiffAnswer(Envelope, kw_only=True):
    """What is different after a change."""

    problems: list[ProblemEntry]
    notes: list[Note]
    summary: DiffCounts
    changes: list[Change]


class IslandIsolation(msgspec.Struct, forbid_unknown_fields=True):
    """How many of an island's workloads are isolated."""

    ingress: Literal["none", "some", "all"]
    egress: Literal["none", "some", "all"]


Presence = Literal["new", "lost"] | None


class NamespaceNode(
    msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", tag="namespace", kw_only=True
):
    """An island of the map."""

    id: str
    label: str
    parent: None
    open: bool
    workloads: Count
    pods: Count
    isolation: IslandIsolation
    labels: dict[str, str]
    change: Presence | msgspec.UnsetType = msgspec.UNSET


class Isolation(msgspec.Struct, forbid_unknown_fields=True):
    """Whether a policy closes a direction of a workload unless a rule opens it."""

    ingress: bool
    egress: bool


class WorkloadNode(
    msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", tag="workload", kw_only=True
):
    """A workload of the map, or a variant of one, with its badges."""

    id: str
    label: str
    parent: str
    letters: str
    workload_kind: str
    pods: Count
    isolation: Isolation
    isolation_before: Isolation | msgspec.UnsetType | None = msgspec.UNSET
    open_to_all: Connections | None
    opens_to_all: Connections | None
    outside_in: Connections | None
    outside_out: Connections | None
    self: Connections | None
    policies: list[str]
    marks: list[str]
    variant: str
    change: Presence | msgspec.UnsetType = msgspec.UNSET


class ExternalNode(
    msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", tag="external", kw_only=True
):
    """Addresses outside the cluster."""

    id: str
    side: Literal["left", "right"]
    label: str
    parent: None
    addresses: str
    change: Presence | msgspec.UnsetType = msgspec.UNSET


MapNode = NamespaceNode | WorkloadNode | ExternalNode


class MapEdge(msgspec.Struct, forbid_unknown_fields=True):
    """What one node may open to another."""

    id: str
    source: str
    target: str
    connections: Connections
    text: str
    verdict: Uncertain
    reason: str | None
    width: Literal[1, 2, 3]


class DiffEdge(MapEdge):
    """The same, before and after a change."""

    change: Literal["added", "removed", "changed", "unchanged"]
    before: Connections
    after: Connections


class Budget(msgspec.Struct, forbid_unknown_fields=True):
    """How much was asked for and drawn."""

    limit: int
    elements: Count
    reduced: bool


class Folded(msgspec.Struct, forbid_unknown_fields=True):
    """Pairs of peers that a badge stands for."""

    pairs: Count


class MapAnswer(Envelope, kw_only=True):
    """A graph to draw, within a budget of elements."""

    level: Literal["namespace", "workload"]
    budget: Budget
    sentence: str
    nodes: list[MapNode]
    edges: list[MapEdge]
    folded: Folded


class DiffMapAnswer(Envelope, kw_only=True):
    """Before and after as one graph."""

    problems: list[ProblemEntry]
    notes: list[Note]
    level: Literal["namespace", "workload"]
    summary: DiffCounts
    nodes: list[MapNode]
    edges: list[DiffEdge]
    folded: Folded


class SnapshotAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """A snapshot, without its objects."""

    id: str
    title: str
    created_at: str
    content_hash: str
    summary: Counts
    enforcement: Enforcement
    not_evaluated: list[NotEvaluated]
    problem_count: Count


class SnapshotStored(SnapshotAnswer):
    """A snapshot just uploaded, with what was wrong in the upload."""

    problems: list[ProblemEntry]


class SnapshotPage(msgspec.Struct, forbid_unknown_fields=True):
    """One page of the snapshots, newest first."""

    count: Count
    next: str | None
    previous: str | None
    results: list[SnapshotAnswer]


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
    selects: list[PeerText]
    yaml: str
    notes: list[Note]


class PolicyPage(Envelope, kw_only=True):
    """One page of the policies of a snapshot."""

    count: Count
    next: str | None
    previous: str | None
    results: list[PolicyItem]


class DraftFile(msgspec.Struct, forbid_unknown_fields=True):
    """One manifest of a draft, as written."""

    name: str
    content: str


class DraftAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """A draft that is kept."""

    id: str
    snapshot: str
    title: str
    files: list[DraftFile]
    delete: list[str]
    created_at: str
    updated_at: str


class Ask(msgspec.Struct, forbid_unknown_fields=True):
    """A question to put at a step of the story, and its answer."""

    from_: Annotated[str, Meta(description="Source peer.")] = msgspec.field(name="from")
    to: str
    port: str
    verdict: Verdict


class StoryDraft(msgspec.Struct, forbid_unknown_fields=True):
    """What leads to a step from the one before."""

    files: list[DraftFile]
    delete: list[str]


class StoryStep(msgspec.Struct, forbid_unknown_fields=True):
    """One step of the demo."""

    slug: str
    title: str
    text: str
    snapshot_id: str
    asks: list[Ask]
    draft: StoryDraft


class StoryAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """The demo, step by step."""

    steps: list[StoryStep]
