"""The objects of a reading, checked one by one, and the state they make."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from policies.evaluator import names
from policies.evaluator.checks import check_labels, check_metadata, check_namespace_name
from policies.evaluator.documents import Document, Limits
from policies.evaluator.entry.objects import EndpointGroup, EntryObject, EntryObjects
from policies.evaluator.errors import Problem
from policies.evaluator.fields import Cursor, Report
from policies.evaluator.jsonlist import Lines, Taken
from policies.evaluator.kinds._opaque import OpaqueKind
from policies.evaluator.podcheck import PodCheck
from policies.evaluator.podshape import GivenPod, PodShape, given_pod
from policies.evaluator.policy import PolicyKind
from policies.evaluator.policyspecs import RightSpecs, lines_of, texts
from policies.evaluator.quickobjects import QuickObjects
from policies.evaluator.quickpods import QuickPods
from policies.evaluator.schema import (
    Metadata,
    NamespaceObject,
    NodeObject,
    PodObject,
    WorkloadObject,
    convert,
)
from policies.evaluator.state import (
    IGNORE,
    ClusterState,
    Namespace,
    Node,
    NotEvaluated,
    Origin,
    PolicyObject,
    Service,
)
from policies.evaluator.workloads import (
    STATEFULSET_RECORDS,
    WORKLOADS,
    GivenWorkload,
    assemble,
    template,
)

__all__ = ["Collected"]

T = TypeVar("T", GivenPod, GivenWorkload, Namespace, Node, Service, PolicyObject, EntryObject)
_Place = tuple[str, str, str]
_NODE_ADDRESSES = ("InternalIP", "ExternalIP")


class Collected:
    """What was read so far. Later objects replace earlier ones of the same kind and name."""

    def __init__(self, default_namespace: str) -> None:
        self.default_namespace = default_namespace
        self._pods: dict[_Place, GivenPod] = {}
        self._policies: dict[_Place, PolicyObject] = {}
        self._namespaces: dict[_Place, Namespace] = {}
        self._objects: dict[type, dict[_Place, Any]] = {
            GivenPod: self._pods,
            PolicyObject: self._policies,
            Namespace: self._namespaces,
        }
        self._not_evaluated: dict[tuple[str, str, str], int] = {}
        self._ignored: dict[str, int] = {}
        self._ignores: dict[str, str] = {}
        self._check = PodCheck()
        self._specs = RightSpecs()
        self._quick = QuickPods(self._check, default_namespace)
        self._among_pods = False
        self._quick_objects = QuickObjects(self._check, self._specs, default_namespace)

    def not_evaluated(self, version: str, kind: str, reason: str) -> None:
        """Count a policy of a family that is not evaluated."""
        key = (version, kind, reason)
        self._not_evaluated[key] = self._not_evaluated.get(key, 0) + 1

    def ignored(self, version: str, kind: str) -> None:
        """Count an object that decides no flows."""
        key = f"{version}/{kind}"
        self._ignored[key] = self._ignored.get(key, 0) + 1

    def policy(
        self,
        kind: PolicyKind | OpaqueKind,
        version: str,
        document: Document,
        report: Report,
        limits: Limits,
    ) -> None:
        """Validate a policy by its kind, and keep it when nothing is wrong with it."""
        spec = document.value.get("spec")
        lines = lines_of(document, spec, limits)
        if lines is None:
            report.add(("spec",), f"is nested more than {limits.depth} levels deep")
            return
        known = self._specs.known(kind, version, document.value)
        if known is None:
            kind.validate(Cursor(document.value, report))
            if report.failed:
                return
            if not report.problems:
                self._specs.learn(kind, version, document.value)
        else:
            spec = known
        metadata = document.value["metadata"]
        namespace = (metadata.get("namespace") or self.default_namespace) if kind.namespaced else ""
        name = metadata.get("name") or metadata["generateName"].rstrip("-.")
        beside = getattr(kind, "beside", ())
        item = PolicyObject(
            api_version=version,
            kind=kind.kind,
            namespace=namespace,
            name=name,
            spec=spec or {},
            origin=_origin(document),
            lines=lines,
            beside={field: document.value[field] for field in beside if field in document.value},
            labels=texts(metadata.get("labels")),
            annotations=texts(metadata.get("annotations")),
        )
        self._keep(item, item.place, report)

    def core(self, kind: str, document: Document, report: Report) -> None:
        """Read one of Kubernetes' own objects, and keep it when nothing is wrong with it."""
        if kind == "Pod":
            self._pod(document, report)
        elif kind == "Namespace":
            self._namespace(document, report)
        elif kind == "Node":
            self._node(document, report)
        elif kind == "Service":
            self._service(document, report)
        elif kind in WORKLOADS:
            self._workload(kind, document, report)
        else:
            self._entry(kind, document, report)

    def _keep(
        self, item: T, key: tuple[str, str, str], report: Report, among: type | None = None
    ) -> None:
        same = self._objects.setdefault(among or type(item), {})
        if key in same:
            old: Origin = same[key].origin
            report.add(
                (),
                f"replaces the {key[0]} of the same name at {old.source}:{old.line}: the later one"
                " counts",
                "warning",
            )
        same[key] = item
        self._note_ignore("/".join(part for part in key if part), report.document.value)

    def _note_ignore(self, key: str, value: Any) -> None:
        annotations = (value.get("metadata") or {}).get("annotations")
        text = annotations.get(IGNORE) if isinstance(annotations, dict) else None
        self._ignores.pop(key, None)
        if isinstance(text, str):
            self._ignores[key] = text

    def place(self, document: Document, report: Report, body: Any) -> tuple[str, str] | None:
        """Namespace and name of an object whose metadata and labels are right."""
        metadata: Metadata = body.metadata or Metadata()
        if not self._check.metadata_is_right(metadata):
            cursor = Cursor(document.value, report).child("metadata")
            check_metadata(cursor, strict=False)
            check_labels(cursor.child("labels"), "warning")
        if report.failed:
            return None
        name = metadata.name or (metadata.generate_name or "").rstrip("-.")
        return metadata.namespace or self.default_namespace, name

    def quick(
        self, item: msgspec.Raw, origin: Origin, *, implied: bool, lines: Lines | None
    ) -> Taken | None:
        """Keep an item of a list of the input that is plainly right in one go: see `Quick`."""
        # What an API server lists stands kind by kind.
        if lines is not None and not self._among_pods:
            found = self._quick_objects.read(bytes(item), origin, lines)
            if found is not None:
                return found if self._keep_object(found) else None
        given = self._quick.read(item, origin, implied)
        self._among_pods = given is not None
        return given if given is not None and self.keep_pod(given) else None

    def _keep_object(self, found: Namespace | PolicyObject) -> bool:
        """Keep an object that is right; one that replaces another is to be reported."""
        if isinstance(found, PolicyObject):
            return self._policies.setdefault(found.place, found) is found
        place = ("Namespace", "", found.name)
        return self._namespaces.setdefault(place, found) is found

    def keep_pod(self, given: GivenPod) -> bool:
        """Keep a pod that is right; one that replaces another is to be reported."""
        place = ("Pod", given.shape.namespace, given.name)
        return self._pods.setdefault(place, given) is given

    def shared_by(self, item: msgspec.Raw) -> tuple[PodShape, str] | None:
        """See `PodKeeper`."""
        return self._quick.shared(item)

    def shape_like(
        self, like: PodShape, namespace: str, labels: dict[str, str], owner: str | None
    ) -> PodShape | None:
        """See `PodMaker`."""
        return self._quick.shape_like(like, namespace, labels, owner)

    def _pod(self, document: Document, report: Report) -> None:
        body = convert(document.value, PodObject, report)
        if body is None:
            return
        place = self.place(document, report, body)
        self._check.pod(body, Cursor(document.value, report))
        if place and not report.failed:
            item = given_pod(*place, body, _origin(document))
            self._keep(item, ("Pod", *place), report)

    def _workload(self, kind: str, document: Document, report: Report) -> None:
        body = convert(document.value, WorkloadObject, report)
        if body is None:
            return
        place = self.place(document, report, body)
        spec = Cursor(document.value, report).child("spec")
        if kind == "CronJob":
            spec = spec.child("jobTemplate").child("spec")
        pod_template = template(kind, body)
        if pod_template is None:
            spec.child("template").problem("is missing: there is no pod template to read")
        else:
            self._check.template(pod_template, spec.child("template"))
        if place and not report.failed:
            item = GivenWorkload(kind, *place, body, _origin(document))
            self._keep(item, (kind, *place), report)

    def _namespace(self, document: Document, report: Report) -> None:
        body = convert(document.value, NamespaceObject, report)
        check_namespace_name(Cursor(document.value, report).child("metadata").child("name"))
        place = body and not report.failed and self.place(document, report, body)
        if body is None or not place:
            return
        name = place[1]
        labels = body.metadata.labels if body.metadata else None
        item = Namespace.given(name, labels, _origin(document))
        self._keep(item, ("Namespace", "", name), report)

    def _node(self, document: Document, report: Report) -> None:
        body = convert(document.value, NodeObject, report)
        place = body and self.place(document, report, body)
        if body is None or not place:
            return
        found = (body.status and body.status.addresses) or ()
        addresses = [
            each.address for each in found if each.type in _NODE_ADDRESSES and each.address
        ]
        ranges = (body.spec and body.spec.pod_cidrs) or []
        if not ranges and body.spec and body.spec.pod_cidr:
            ranges = [body.spec.pod_cidr]
        labels = (body.metadata and body.metadata.labels) or {}
        item = Node(
            name=place[1],
            labels=_sorted(labels),
            addresses=tuple(each for each in dict.fromkeys(addresses) if names.is_address(each)),
            pod_cidrs=tuple(each for each in dict.fromkeys(ranges) if _is_network(each)),
            origin=_origin(document),
        )
        self._keep(item, ("Node", "", place[1]), report)

    def _service(self, document: Document, report: Report) -> None:
        # Many structs, for objects that not every input has.
        from policies.evaluator.entry.reading import read_service

        item = read_service(document, report, _Placed(self, document, report))
        if item is not None:
            self._keep(item, ("Service", item.namespace, item.name), report)

    def _entry(self, kind: str, document: Document, report: Report) -> None:
        from policies.evaluator.entry.reading import CLUSTER_WIDE, read_entry

        if kind in CLUSTER_WIDE:
            report.default_namespace = ""
        item = read_entry(kind, document, report, _Placed(self, document, report))
        if item is not None:
            self._keep(item, (kind, item.namespace, item.name), report, EntryObject)

    def state(self, problems: list[Problem]) -> ClusterState:
        """Everything kept, in a stable order."""
        assembled = assemble(self._pods.values(), self._all(GivenWorkload))
        services, policies = self._all(Service), self._all(PolicyObject)
        named = {pod.namespace for pod in assembled.pods}
        named.update(each.ref.namespace for each in assembled.workloads)
        named.update(service.namespace for service in services)
        entry = _entry_objects(self._all(EntryObject), services)
        named.update(each.namespace for each in entry)
        named.update(policy.namespace for policy in policies)
        for each in assembled.shortened:
            text = f"has more than {STATEFULSET_RECORDS:,} replicas: the rest is not in the picture"
            origin = each.origin
            label = f"{each.kind}/{each.namespace}/{each.name}"
            problems.append(
                Problem(
                    origin.source,
                    origin.document,
                    origin.line,
                    "spec.replicas",
                    text,
                    "warning",
                    label,
                )
            )
        return ClusterState(
            namespaces=_namespaces(self._all(Namespace), named - {""}),
            pods=assembled.pods,
            workloads=assembled.workloads,
            nodes=tuple(self._all(Node)),
            services=tuple(services),
            policies=tuple(policies),
            not_evaluated=tuple(
                NotEvaluated(version, kind, count, reason)
                for (version, kind, reason), count in sorted(self._not_evaluated.items())
            ),
            problems=tuple(sorted(problems)),
            ignored=dict(sorted(self._ignored.items())),
            finished=assembled.finished,
            ignores=dict(sorted(self._ignores.items())),
            entry=entry,
        )

    def _all(self, kind: type[T]) -> list[T]:
        found = self._objects.get(kind, {})
        return [found[place] for place in sorted(found)]


class _Placed:
    """Where one object is, for its reader."""

    def __init__(self, collected: Collected, document: Document, report: Report) -> None:
        self.origin = _origin(document)
        self._collected = collected
        self._document = document
        self._report = report

    def __call__(self, body: Any) -> tuple[str, str] | None:
        return self._collected.place(self._document, self._report, body)


def _entry_objects(found: Iterable[EntryObject], services: Iterable[Service]) -> EntryObjects:
    """What leads to pods; endpoints that follow from a Service's selector say nothing new."""
    selecting = {(each.namespace, each.name) for each in services if each.selector}
    return EntryObjects.of(
        each
        for each in found
        if not (
            isinstance(each, EndpointGroup)
            and (not each.service or (each.namespace, each.service) in selecting)
        )
    )


def _namespaces(given: Iterable[Namespace], named: Iterable[str]) -> tuple[Namespace, ...]:
    """N-04: those that objects name exist, with the automatic label alone."""
    found = {name: Namespace.without_object(name) for name in named}
    found.update((each.name, each) for each in given)
    return tuple(found[name] for name in sorted(found))


def _origin(document: Document) -> Origin:
    return Origin.at(document.source, document.index, document.line)


def _sorted(labels: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(labels.items()))


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
