"""The graphs to draw."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from policies.api.shapes.answers import PoliciesPerDirection, Possibly
from policies.api.shapes.common import (
    Connections,
    Count,
    DiffCounts,
    Envelope,
    Isolation,
    Note,
    ProblemEntry,
    Uncertain,
)
from policies.api.shapes.entries import EntryBadge

__all__ = [
    "Budget",
    "DiffEdge",
    "DiffMapAnswer",
    "ExternalNode",
    "Folded",
    "GroupNode",
    "IslandIsolation",
    "MapAnswer",
    "MapCut",
    "MapEdge",
    "MapNode",
    "MatrixAnswer",
    "MatrixCell",
    "MatrixCut",
    "MatrixPairs",
    "NamespaceNode",
    "Presence",
    "WorkloadNode",
]


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
    parent: Annotated[str | None, Meta(description="The open group that it is in.")]
    open: bool
    workloads: Count
    pods: Count
    isolation: IslandIsolation
    open_to_all: Annotated[Count, Meta(description="Workloads that accept from every pod.")]
    opens_to_all: Annotated[Count, Meta(description="Workloads that may send to every pod.")]
    not_known: Annotated[
        Count, Meta(description="Workloads that a policy governs that is not evaluated.")
    ]
    labels: dict[str, str]
    change: Presence | msgspec.UnsetType = msgspec.UNSET


class GroupNode(
    msgspec.Struct, forbid_unknown_fields=True, tag_field="kind", tag="group", kw_only=True
):
    """Some namespaces as one node: those with one value of a label, or of similar names."""

    id: str
    name: Annotated[str, Meta(description="What the parameter `open` takes.")]
    label: str
    parent: Annotated[str | None, Meta(description="The open group that it is in.")]
    open: bool
    namespaces: Annotated[Count, Meta(description="Those that this node stands for.")]
    of: Annotated[Count, Meta(description="All namespaces of the group.")]
    parts: Annotated[Count, Meta(description="Groups within, which it opens to in their place.")]
    workloads: Count
    pods: Count
    isolation: IslandIsolation
    open_to_all: Annotated[Count, Meta(description="Workloads that accept from every pod.")]
    opens_to_all: Annotated[Count, Meta(description="Workloads that may send to every pod.")]
    not_known: Annotated[
        Count, Meta(description="Workloads that a policy governs that is not evaluated.")
    ]
    change: Presence | msgspec.UnsetType = msgspec.UNSET


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
    not_known: PoliciesPerDirection
    outside_in: Connections | None
    outside_out: Connections | None
    self: Connections | None
    policies: list[str]
    marks: list[str]
    variant: str
    entry: EntryBadge | msgspec.UnsetType | None = msgspec.UNSET
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


MapNode = NamespaceNode | GroupNode | WorkloadNode | ExternalNode


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
    """What is not drawn: open pairs that a badge stands for, pairs that a policy that is not
    evaluated leaves unknown, and traffic of pods with their own node (maps of one state only)."""

    pairs: Count
    not_known: Count
    same_node: Count | msgspec.UnsetType = msgspec.UNSET


class MapCut(msgspec.Struct, forbid_unknown_fields=True):
    """What had no room, and how to see it."""

    lines: Count
    not_opened: Annotated[
        Count, Meta(description="Namespaces and groups that were to be opened and are not.")
    ]
    sentence: str


class MapAnswer(Envelope, kw_only=True):
    """A graph to draw, within a budget of elements: never more than 1,000 nodes and 2,000 edges."""

    level: Literal["group", "namespace", "workload"]
    budget: Budget
    sentence: str
    nodes: list[MapNode]
    edges: list[MapEdge]
    cut: MapCut | None
    folded: Folded


class MatrixPairs(msgspec.Struct, forbid_unknown_fields=True):
    """Pairs of workloads, or of a workload and the outside: all, those that are certainly open, and
    those of which that is not certain."""

    pairs: Count
    opened: Count
    perhaps: Count


class MatrixCell(MatrixPairs, kw_only=True):
    """What a row may open to a column."""

    verdict: Annotated[
        Literal["allow", "partly", "deny", "conditional", "unknown", "none"],
        Meta(
            description="`partly`: some of the pairs. `none`: nothing to ask, as a peer and itself."
            " With a port, about that port."
        ),
    ]
    connections: Annotated[Connections, Meta(description="All that is open between some pair.")]
    text: str
    width: Literal[0, 1, 2, 3]
    reason: str | None
    possibly: Possibly | None
    everyone: Annotated[
        bool, Meta(description="Open because a side of each pair is open to every pod.")
    ]


class MatrixCut(msgspec.Struct, forbid_unknown_fields=True):
    """What did not fit, and how to see it."""

    rows: Count
    columns: Count
    sentence: str


class MatrixAnswer(Envelope, kw_only=True):
    """Sources, destinations, and for each row the number of the answer in each column."""

    level: Literal["group", "namespace", "workload"]
    budget: Budget
    sentence: str
    cut: MatrixCut | None
    pairs: MatrixPairs
    nodes: list[MapNode]
    rows: list[str]
    columns: list[str]
    answers: list[MatrixCell]
    cells: list[list[Count]]


class DiffMapAnswer(Envelope, kw_only=True):
    """Before and after as one graph."""

    problems: list[ProblemEntry]
    notes: list[Note]
    level: Literal["group", "namespace", "workload"]
    summary: DiffCounts
    nodes: list[MapNode]
    edges: list[DiffEdge]
    cut: MapCut | None
    folded: Folded
