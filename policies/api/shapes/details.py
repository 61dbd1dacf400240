"""One policy and one workload, as their pages show them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from policies.api.shapes.answers import Flow, PoliciesPerDirection
from policies.api.shapes.common import Count, Envelope, Isolation, Line, Note, PeerText
from policies.api.shapes.entries import EntryPath, ServiceUse
from policies.api.shapes.findings import FindingItem

__all__ = [
    "DeclaredPort",
    "GoverningPolicy",
    "PolicyDetail",
    "PolicyRule",
    "Way",
    "Ways",
    "WorkloadDetail",
]


class PolicyRule(msgspec.Struct, forbid_unknown_fields=True):
    """A rule in a sentence, whom it means now, and why it never decides anything, if so.

    `perhaps` are workloads of which it is not certain that they are meant. `everyone`: it names no
    peers, so it means all; the lists are then empty.
    """

    path: str
    line: Line
    direction: Literal["ingress", "egress"]
    action: Literal["allow", "deny", "pass"]
    sentence: str
    workloads: list[PeerText]
    perhaps: list[PeerText]
    outside: list[str]
    everyone: bool
    never_decides: str | None
    yaml_lines: Annotated[list[int], Meta(description="First and last line in `yaml`, from 1.")]


class PolicyDetail(Envelope, kw_only=True):
    """A policy in plain sentences."""

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
    sentence: str
    closes: list[str]
    rules: list[PolicyRule]


class GoverningPolicy(msgspec.Struct, forbid_unknown_fields=True):
    """A policy that governs a direction; `closes`: it closes it unless a rule opens it."""

    policy: str
    evaluated: bool
    closes: bool


class Way(msgspec.Struct, forbid_unknown_fields=True):
    """One direction of a workload; of `count` flows the first are listed."""

    sentence: str
    isolated: bool
    policies: list[GoverningPolicy]
    count: Count
    flows: list[Flow]


class Ways(msgspec.Struct, forbid_unknown_fields=True):
    """Both directions of a workload."""

    ingress: Way
    egress: Way


class DeclaredPort(msgspec.Struct, forbid_unknown_fields=True):
    """A port that a container declares."""

    name: str
    protocol: str
    port: int


class WorkloadDetail(Envelope, kw_only=True):
    """A workload with what governs it and what may come in and go out."""

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
    host_network: bool
    service_accounts: list[str]
    ports: list[DeclaredPort]
    nodes: list[str]
    ways: Ways
    services: list[ServiceUse]
    paths: list[EntryPath]
    findings: list[FindingItem]
