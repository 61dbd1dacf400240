"""Cluster-wide policies as manifests of either version, from one short text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.fixture_cluster import Manifest
from tests.support.laws import law

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

__all__ = [
    "X_A",
    "Given",
    "Row",
    "Wide",
    "admin",
    "as_manifests",
    "baseline",
    "both_versions",
    "in_v1alpha1",
    "in_v1alpha2",
    "rows",
]

X_A = "{pods: {namespaceSelector: {matchLabels: {ns: x}}, podSelector: {matchLabels: {pod: a}}}}"
"""The subject x/a."""


@dataclass(frozen=True)
class Wide:
    """A policy in the words of v1alpha2: its rules as YAML, on x/a unless `subject` says so."""

    tier: str
    priority: int
    rules: str
    name: str
    subject: str

    @property
    def body(self) -> dict[str, Any]:
        """The subject and the rules."""
        return {"subject": yaml.safe_load(self.subject), **yaml.safe_load(self.rules)}


def admin(rules: str, priority: int = 10, *, name: str = "", subject: str = X_A) -> Wide:
    """A policy of the admin tier, named after its priority."""
    return Wide("Admin", priority, rules, name or f"admin-{priority}", subject)


def baseline(rules: str, priority: int = 10, *, name: str = "", subject: str = X_A) -> Wide:
    """A policy of the baseline tier."""
    return Wide("Baseline", priority, rules, name or f"baseline-{priority}", subject)


def in_v1alpha2(wide: Wide) -> Manifest:
    """The ClusterNetworkPolicy."""
    return {
        "apiVersion": "policy.networking.k8s.io/v1alpha2",
        "kind": "ClusterNetworkPolicy",
        "metadata": {"name": wide.name},
        "spec": {"tier": wide.tier, "priority": wide.priority, **wide.body},
    }


def in_v1alpha1(wide: Wide) -> Manifest:
    """The AdminNetworkPolicy, or the BaselineAdminNetworkPolicy, that says the same (B.1)."""
    spec = wide.body
    for field in ("ingress", "egress"):
        for rule in spec.get(field) or []:
            rule["action"] = {"Accept": "Allow"}.get(rule["action"], rule["action"])
            if "protocols" in rule:
                rule["ports"] = [_v1alpha1_port(each) for each in rule.pop("protocols")]
    name, kind = wide.name, "AdminNetworkPolicy"
    if wide.tier == "Baseline":
        name, kind = "default", "BaselineAdminNetworkPolicy"
    else:
        spec["priority"] = wide.priority
    return {
        "apiVersion": "policy.networking.k8s.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    }


def _v1alpha1_port(entry: dict[str, Any]) -> dict[str, Any]:
    if "destinationNamedPort" in entry:
        return {"namedPort": entry["destinationNamedPort"]}
    ((transport, value),) = entry.items()
    port, protocol = value["destinationPort"], transport.upper()
    if "number" in port:
        return {"portNumber": {"protocol": protocol, "port": port["number"]}}
    return {"portRange": {"protocol": protocol, **port["range"]}}


Given = Sequence[Wide | Manifest | str]
Row = tuple[tuple[str, ...], str, Given, Sequence[str], Sequence[str]]
"""Ids, what is shown, what is added to the fixture, and what is then open and closed."""


def as_manifests(given: Given, version: Callable[[Wide], Manifest]) -> list[Manifest | str]:
    """What is added to the fixture, cluster-wide policies in one version."""
    return [version(each) if isinstance(each, Wide) else each for each in given]


def rows(table: Sequence[Row], version: Callable[[Wide], Manifest]) -> list[ParameterSet]:
    """The rows of a table for `pytest.mark.parametrize`, in one version."""
    word = version.__name__.removeprefix("in_")
    return [
        law(
            *ids,
            title=f"{title} ({word})",
            given=as_manifests(given, version),
            allow=allow,
            deny=deny,
        )
        for ids, title, given, allow, deny in table
    ]


def both_versions(table: Sequence[Row]) -> list[ParameterSet]:
    """Every row twice: both versions must say the same (B.1)."""
    return rows(table, in_v1alpha2) + rows(table, in_v1alpha1)
