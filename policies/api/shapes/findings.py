"""Findings: what is wrong or risky, where, and the draft that would remove it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from policies.api.shapes.common import Count, Envelope, Line, ProblemEntry

__all__ = ["FindingItem", "FindingPage", "LintAnswer"]


class FindingPlace(msgspec.Struct, forbid_unknown_fields=True):
    """An object that a finding is about, and the field where it is written."""

    object: Annotated[str, Meta(description="`Kind/namespace/name`.")]
    source: str
    line: Line
    path: str


class FindingFix(msgspec.Struct, forbid_unknown_fields=True):
    """A draft that would remove the finding."""

    title: str
    yaml: str
    delete: list[str]


class FindingItem(msgspec.Struct, forbid_unknown_fields=True):
    """One finding. `why` is true everywhere, `here` says why it bites in this state.

    `show` names a node of the map, or a pair of them to ask about; `suppressed` is the reason of an
    annotation that ignores it.
    """

    key: str
    id: Annotated[str, Meta(description="The check, as in docs/findings.md.")]
    severity: Literal["error", "warning", "info"]
    family: str
    title: str
    why: str
    here: str
    objects: list[FindingPlace]
    show: list[str]
    port: str | None
    fix: FindingFix | None
    suppressed: str | None


class FindingCounts(msgspec.Struct, forbid_unknown_fields=True):
    """How many findings count by severity, how many are suppressed, how many checks ran."""

    error: Count
    warning: Count
    info: Count
    suppressed: Count
    checks: Count
    not_judged: Annotated[
        int,
        Meta(ge=0, description="Workloads governed by policies that are not evaluated."),
    ]


class LintAnswer(Envelope, kw_only=True):
    """The findings of a state, worst first."""

    summary: FindingCounts
    problems: list[ProblemEntry]
    findings: list[FindingItem]


class FindingPage(Envelope, kw_only=True):
    """One page of the findings of a snapshot; the summary counts all of them, filtered or not."""

    summary: FindingCounts
    families: Annotated[list[str], Meta(description="Those that found anything.")]
    namespaces: Annotated[list[str], Meta(description="Those that anything was found in.")]
    count: Count
    next: str | None
    previous: str | None
    results: list[FindingItem]
