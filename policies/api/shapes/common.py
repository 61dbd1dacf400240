"""What many answers share: problems, enforcement, ports, the head of an answer."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = [
    "AskedEnforcement",
    "Connections",
    "Count",
    "Counts",
    "DiffCounts",
    "Enforcement",
    "Envelope",
    "HealthAnswer",
    "Isolation",
    "LeftOut",
    "Line",
    "NotEvaluated",
    "Note",
    "PeerText",
    "PortRange",
    "ProblemDocument",
    "ProblemEntry",
    "ProfileFlag",
    "Uncertain",
    "Verdict",
    "Version",
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


class ProfileFlag(msgspec.Struct, forbid_unknown_fields=True):
    """A flag that is not as the specification has it: by the network plugin found, as kept
    with the snapshot, or as asked."""

    flag: str
    value: bool
    by: Literal["plugin", "snapshot", "request"]


class Enforcement(msgspec.Struct, forbid_unknown_fields=True):
    """Whether anything in the cluster enforces policies, and how we know."""

    cni: str
    enforced: Literal["yes", "no", "unknown"]
    evidence: str
    profile: list[ProfileFlag]


class AskedEnforcement(Enforcement):
    """The same, with whether the answer shows what the policies intend instead of what flows."""

    intended: bool


class NotEvaluated(msgspec.Struct, forbid_unknown_fields=True):
    """A kind of object that was given and is not evaluated.

    `names` are the first of those that make connections unknown; empty where none does.
    """

    apiVersion: str
    kind: str
    count: Annotated[int, Meta(ge=1)]
    reason: str
    names: list[str] = []


class LeftOut(msgspec.Struct, forbid_unknown_fields=True):
    """An object that is not in an answer because of an error, and what that means for the answer.

    `object` is empty where the text could not be told to be an object.
    """

    object: str
    source: str
    line: Line
    path: str
    message: str
    effect: str


class Counts(msgspec.Struct, forbid_unknown_fields=True):
    """How much is in a state."""

    namespaces: Count
    workloads: Count
    pods: Count
    policies: Count


class Envelope(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The head of every answer."""

    version: Version
    enforcement: AskedEnforcement
    not_evaluated: list[NotEvaluated]
    left_out: list[LeftOut]


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


class Isolation(msgspec.Struct, forbid_unknown_fields=True):
    """Whether a policy closes a direction of a workload unless a rule opens it."""

    ingress: bool
    egress: bool


class HealthAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """That the server answers."""

    status: Literal["ok"]
