"""Manifests to a ClusterState: every object read, checked and placed, every fault reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from policies.evaluator import names
from policies.evaluator.collect import Collected
from policies.evaluator.documents import Document, Keys, Limits, SourceText
from policies.evaluator.errors import Problem, Severity
from policies.evaluator.families import is_built_in_kind, reason_not_evaluated
from policies.evaluator.fields import Report, describe, did_you_mean
from policies.evaluator.kinds import EVALUATED, kind_of, opaque_kind_of
from policies.evaluator.manifest import each_document
from policies.evaluator.state import ClusterState

__all__ = ["read_state"]

_GATEWAY = "gateway.networking.k8s.io"
# Groups that serve the kinds read, whatever the version.
_GROUPS = {
    "Pod": ("",),
    "Namespace": ("",),
    "Service": ("",),
    "Node": ("",),
    "ReplicationController": ("",),
    "Deployment": ("apps", "extensions"),
    "ReplicaSet": ("apps", "extensions"),
    "StatefulSet": ("apps",),
    "DaemonSet": ("apps", "extensions"),
    "Job": ("batch",),
    "CronJob": ("batch",),
    "Endpoints": ("",),
    "EndpointSlice": ("discovery.k8s.io",),
    "Ingress": ("networking.k8s.io", "extensions"),
    "IngressClass": ("networking.k8s.io",),
    "GatewayClass": (_GATEWAY,),
    "Gateway": (_GATEWAY,),
    "HTTPRoute": (_GATEWAY,),
    "GRPCRoute": (_GATEWAY,),
    "TLSRoute": (_GATEWAY,),
    "TCPRoute": (_GATEWAY,),
    "UDPRoute": (_GATEWAY,),
    "ReferenceGrant": (_GATEWAY,),
    "Route": ("route.openshift.io",),
}
_SERVED = {
    **{kind: "v1" if groups == ("",) else f"{groups[0]}/v1" for kind, groups in _GROUPS.items()},
    **{kind.kind: kind.api_versions[0] for kind in EVALUATED},
}
_CLUSTER_WIDE = {
    (kind.api_versions[0].rpartition("/")[0], kind.kind): kind.api_versions[0]
    for kind in EVALUATED
    if not kind.namespaced
}
# A kind of ours in another one of these is a slip; in any other group it is somebody else's.
_BUILT_IN = frozenset({"", "apps", "batch", "extensions", "networking.k8s.io"})


def read_state(
    sources: Iterable[SourceText],
    *,
    default_namespace: str = "default",
    limits: Limits = Limits(),
) -> ClusterState:
    """The state that the sources describe, whatever their order; never raises on bad input.

    What cannot be read or is invalid is left out and stands in `problems`. When one object is given
    twice the later one counts, by name of the source and then by place.
    """
    collected = Collected(default_namespace)
    problems: list[Problem] = []
    for source in sorted(sources, key=lambda each: (each.name, each.data)):
        found = list(_read_source(source, limits, collected))
        problems.extend(_most_important(source.name, found, limits.problems))
    return collected.state(problems)


def _most_important(name: str, found: list[Problem], limit: int) -> list[Problem]:
    """At most `limit` problems, errors before warnings, and how many are left out."""
    if len(found) <= limit:
        return found
    found.sort(key=lambda each: (each.severity != "error", each))
    shown, left = found[:limit], found[limit:]
    severity: Severity = "error" if any(each.severity == "error" for each in left) else "warning"
    text = f"and {len(left):,} more problems in this file"
    last = max(shown)
    return [*shown, Problem(name, last.document, last.line, "", text, severity)]


def _read_source(source: SourceText, limits: Limits, collected: Collected) -> Iterator[Problem]:
    for each in each_document(source, limits, collected.quick, collected):
        if isinstance(each, Problem):
            yield each
            continue
        for document in _flattened(each):
            yield from _read_object(document, limits, collected)


class _Inside:
    """Marks of an item of a List that is itself an item of a List."""

    def __init__(self, outer: Document, index: int) -> None:
        self._outer = outer
        self._index = index

    def line(self, value: Any, keys: Keys) -> int:
        """See `Marks`."""
        return self._outer.line_at(("items", self._index, *keys))


def _flattened(document: Document) -> Iterator[Document]:
    waiting = [document]
    while waiting:
        each = waiting.pop()
        value = each.value
        if not isinstance(value, dict) or not isinstance(value.get("items"), list):
            yield each
            continue
        for index, item in reversed(list(enumerate(value["items"]))):
            marks = _Inside(each, index)
            line = marks.line(item, ()) or each.line
            waiting.append(Document(each.source, each.index, line, item, marks, each.faults))


def _read_object(document: Document, limits: Limits, collected: Collected) -> list[Problem]:
    report = Report(document, _namespace_of(document, collected.default_namespace))
    value = document.value
    if not isinstance(value, dict):
        expected = "is no Kubernetes object: expected a mapping with apiVersion and kind"
        report.add((), f"{expected}; found {describe(value)}")
        return report.problems
    if "kind" not in value and "apiVersion" not in value:
        report.add((), "is no Kubernetes object: it has no apiVersion and no kind", "warning")
        return report.problems
    version, kind = _text(value, "apiVersion", report), _text(value, "kind", report)
    if version is None or kind is None:
        return report.problems
    group = version.rpartition("/")[0]
    policy_kind = kind_of(version, kind) or opaque_kind_of(version, kind)
    if policy_kind is None and not _is_core(group, kind, version, report):
        _other(version, group, kind, report, collected)
        return report.problems
    for fault in document.faults:
        report.add((), fault.message, line=fault.line)
    if not document.faults:
        if policy_kind is not None:
            collected.policy(policy_kind, version, document, report, limits)
        else:
            collected.core(kind, document, report)
    return report.problems


def _namespace_of(document: Document, default: str) -> str:
    """Where an object without a namespace is: nowhere, if its kind is cluster-wide."""
    value = document.value
    if not isinstance(value, dict):
        return default
    version, kind = value.get("apiVersion"), value.get("kind")
    if not isinstance(version, str) or not isinstance(kind, str):
        return default
    found = kind_of(version, kind) or opaque_kind_of(version, kind)
    return default if found is None or found.namespaced else ""


def _is_core(group: str, kind: str, version: str, report: Report) -> bool:
    if group in _GROUPS.get(kind, ()):
        return True
    if kind not in _GROUPS or group not in _BUILT_IN:
        return False
    message = f"must be {_SERVED[kind]} for {_a(kind)}; found {version}. It is read all the same"
    report.add(("apiVersion",), message, "warning")
    return True


def _text(value: dict[str, Any], field: str, report: Report) -> str | None:
    text = value.get(field)
    if text is None:
        report.add((field,), "is missing: every object needs apiVersion and kind")
        return None
    if not isinstance(text, str):
        report.add((field,), f"must be a string; found {describe(text)}")
        return None
    fault = names.kind_fault(text) if field == "kind" else names.api_version_fault(text)
    if fault:
        report.add((field,), f"{fault}; found {describe(text)}")
        return None
    return text


def _other(version: str, group: str, kind: str, report: Report, collected: Collected) -> None:
    """An object that is not evaluated: a known family of policies, a slip, or of no concern."""
    reason = _of_another_version(version, group, kind) or reason_not_evaluated(group, kind)
    if reason:
        collected.not_evaluated(version, kind, reason)
    elif kind in _SERVED and group in _BUILT_IN:
        report.add(("apiVersion",), f"must be {_SERVED[kind]} for {_a(kind)}; found {version}")
    elif group in _BUILT_IN and not _is_known(kind):
        near = did_you_mean(kind, tuple(_SERVED))
        # What would have decided flows must not be passed over; the rest may be newer than netviz.
        report.add(
            ("kind",),
            f"Kubernetes has no kind {kind} in {version}{near}",
            "error" if near else "warning",
        )
    else:
        collected.ignored(version, kind)


def _of_another_version(version: str, group: str, kind: str) -> str:
    """Why a kind that is evaluated is not in this version: nobody knows what it will mean."""
    served = _CLUSTER_WIDE.get((group, kind))
    if served is None:
        return ""
    return f"netviz evaluates {kind} of {served}, and knows no {version}"


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'AEIOU' else 'a'} {kind}"


def _is_known(kind: str) -> bool:
    return kind.removesuffix("List") in _SERVED or is_built_in_kind(kind)
