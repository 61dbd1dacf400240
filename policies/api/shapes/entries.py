"""Ways into a cluster, and the Services that lead to a destination."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from policies.api.shapes.common import Connections, Count, Envelope, Line, PeerText, Verdict

__all__ = [
    "EntryBadge",
    "EntryIssue",
    "EntryPath",
    "EntryPointsAnswer",
    "Exposed",
    "ExposureAnswer",
    "ServiceUse",
    "Unprotected",
    "WayCaller",
    "WayChange",
]


class ServiceUse(msgspec.Struct, forbid_unknown_fields=True):
    """A port of a Service, where it ends, and whether the source may connect there."""

    service: str
    port: str
    target: str
    opened: bool
    source: str
    line: Line


class EntryPath(msgspec.Struct, forbid_unknown_fields=True):
    """One way in: from what callers dial over a Service to a port of a workload."""

    kind: str
    object: str
    source: str
    line: Line
    host: str | None
    path: str | None
    opened: Annotated[str, Meta(description="What callers dial.")] | None
    service: str | None
    backend: PeerText
    port: str
    caller: Annotated[
        str, Meta(description="Who opens the last hop: a workload, addresses, or a pseudo peer.")
    ]
    verdict: Verdict
    reason: str | None
    internet: Annotated[bool, Meta(description="Whether it is a way for the Internet at large.")]


class WayCaller(msgspec.Struct, forbid_unknown_fields=True):
    """Who may come in by a way."""

    caller: str
    verdict: Verdict
    reason: str | None
    internet: Annotated[bool, Meta(description="Whether it is a way for the Internet at large.")]


class WayChange(msgspec.Struct, forbid_unknown_fields=True):
    """A way in by which others come in than before; an empty list is nobody."""

    change: Literal["added", "removed", "changed"]
    kind: str
    object: str
    source: str
    line: Line
    host: str | None
    path: str | None
    opened: str | None
    service: str | None
    backend: PeerText
    port: str
    before: list[WayCaller]
    after: list[WayCaller]


class EntryIssue(msgspec.Struct, forbid_unknown_fields=True):
    """Why an entry point, or a part of it, leads nowhere."""

    object: str
    source: str
    line: Line
    code: str
    text: str


class EntryPointsAnswer(Envelope, kw_only=True):
    """Every way into the cluster, and where it ends; of one workload with its Services, which are
    opened where anything may connect there."""

    paths: list[EntryPath]
    issues: list[EntryIssue]
    services: list[ServiceUse] | msgspec.UnsetType = msgspec.UNSET


class EntryBadge(msgspec.Struct, forbid_unknown_fields=True):
    """That there are ways in to a workload, and the best verdict among them."""

    verdict: Verdict
    internet: bool
    paths: Count


class Exposed(msgspec.Struct, forbid_unknown_fields=True):
    """What pods to come could open to a workload (ingress), or it to them (egress)."""

    direction: Literal["ingress", "egress"]
    workload: PeerText
    peer: Annotated[str, Meta(description="`entire-cluster`, or selectors: `ns/[pod with {a=b}]`.")]
    connections: Connections
    named_ports: Annotated[
        list[str], Meta(description="`name/PROTOCOL`; their numbers only the pods to come tell.")
    ]
    verdict: Verdict
    reason: str | None


class Unprotected(msgspec.Struct, forbid_unknown_fields=True):
    """A workload that no policy selects in a direction."""

    workload: PeerText
    direction: Literal["ingress", "egress"]


class ExposureAnswer(Envelope, kw_only=True):
    """What pods and namespaces to come could reach, or be reached by."""

    exposure: list[Exposed]
    unprotected: list[Unprotected]
