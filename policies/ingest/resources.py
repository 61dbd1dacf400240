"""What is read of a cluster: Kubernetes' own objects, and every policy kind that netviz knows."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from policies.evaluator.families import counted_kinds
from policies.evaluator.kinds import EVALUATED, OPAQUE

__all__ = ["RESOURCES", "Resource", "Served"]

_GATEWAY = "gateway.networking.k8s.io"


class Resource(msgspec.Struct, frozen=True, order=True):
    """A kind of object that is read, and what it is for.

    `versions` are those that netviz knows, the best first; empty where any will do. `decides`: its
    objects are policies. `needed`: without it no verdict is certain. `left_out` is a label selector
    for objects that would say nothing new. `instead` is the group that serves the same objects
    better where it is there.
    """

    group: str
    kind: str
    plural: str
    versions: tuple[str, ...] = ()
    namespaced: bool = True
    decides: bool = False
    needed: bool = False
    left_out: str = ""
    instead: str = ""

    @property
    def name(self) -> str:
        """As kubectl names it: `pods`, `ingresses.networking.k8s.io`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def plea(self, verb: str) -> str:
        """What a person who may not do this has to ask for."""
        return f"{self.plural}: {verb} forbidden; ask for get, list and watch on {self.name}"

    def served(self, version: str) -> Served:
        """This resource in one version (`v1`)."""
        return Served(self, version)


class Served(msgspec.Struct, frozen=True):
    """A resource in the version in which an API server serves it."""

    resource: Resource
    version: str

    @property
    def api_version(self) -> str:
        """`v1`, `networking.k8s.io/v1`."""
        group = self.resource.group
        return f"{group}/{self.version}" if group else self.version

    def path(self, namespace: str = "") -> str:
        """The address of the list, of all namespaces or of one."""
        root = f"/apis/{self.api_version}" if self.resource.group else f"/api/{self.version}"
        within = f"/namespaces/{namespace}" if namespace else ""
        return f"{root}{within}/{self.resource.plural}"


def _core() -> Iterator[Resource]:
    yield Resource("", "Namespace", "namespaces", ("v1",), namespaced=False, needed=True)
    yield Resource("", "Pod", "pods", ("v1",), needed=True)
    yield Resource("", "Node", "nodes", ("v1",), namespaced=False)
    yield Resource("", "Service", "services", ("v1",))
    yield Resource("", "ReplicationController", "replicationcontrollers", ("v1",))
    for kind in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"):
        yield Resource("apps", kind, f"{kind.lower()}s", ("v1",))
    yield Resource("batch", "Job", "jobs", ("v1",))
    yield Resource("batch", "CronJob", "cronjobs", ("v1", "v1beta1"))
    yield Resource(
        "discovery.k8s.io",
        "EndpointSlice",
        "endpointslices",
        ("v1", "v1beta1"),
        # Those follow from a Service's selector, and change with every pod.
        left_out="endpointslice.kubernetes.io/managed-by!=endpointslice-controller.k8s.io",
    )
    yield Resource("networking.k8s.io", "Ingress", "ingresses", ("v1",))
    yield Resource("networking.k8s.io", "IngressClass", "ingressclasses", ("v1",), namespaced=False)
    yield Resource("route.openshift.io", "Route", "routes", ("v1",))
    yield Resource(_GATEWAY, "GatewayClass", "gatewayclasses", namespaced=False)
    yield Resource(_GATEWAY, "Gateway", "gateways")
    for kind in ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute", "ReferenceGrant"):
        yield Resource(_GATEWAY, kind, f"{kind.lower()}s")


def _evaluated() -> Iterator[Resource]:
    for kind in EVALUATED:
        group = kind.api_versions[0].rpartition("/")[0]
        versions = [each.rpartition("/") for each in kind.api_versions]
        yield Resource(
            group,
            kind.kind,
            kind.plural,
            tuple(version for of, _, version in versions if of == group),
            namespaced=kind.namespaced,
            decides=True,
            needed=True,
        )


# Calico's own API serves the objects of its storage, in their true form.
_INSTEAD = {"crd.projectcalico.org": "projectcalico.org"}


def _others() -> Iterator[Resource]:
    known = {
        (group, each.kind): (each.plural, each.namespaced)
        for each in OPAQUE
        if not each.because
        for group in each.groups
    }
    for group, kind, plural in counted_kinds():
        known.setdefault((group, kind), (plural, True))
    for (group, kind), (plural, namespaced) in known.items():
        yield Resource(
            group,
            kind,
            plural,
            namespaced=namespaced,
            decides=True,
            needed=True,
            instead=_INSTEAD.get(group, ""),
        )


RESOURCES: tuple[Resource, ...] = tuple(sorted({*_core(), *_evaluated(), *_others()}))
"""Every resource that is read, in a stable order. The ClusterRole is made of the same table."""
