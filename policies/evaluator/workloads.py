"""From pods and templates to the pods of a state: who owns a pod, and pods that are yet to run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

import msgspec

from policies.evaluator.podshape import GivenPod, PodShape, controller, shape_of
from policies.evaluator.schema import (
    Metadata,
    OwnerReference,
    PodSpec,
    PodTemplate,
    WorkloadObject,
)
from policies.evaluator.state import FinishedPod, Origin, Pod, Workload, WorkloadRef

__all__ = [
    "STATEFULSET_RECORDS",
    "WORKLOADS",
    "Assembled",
    "GivenWorkload",
    "assemble",
    "template",
]

# The kinds that make pods.
WORKLOADS = frozenset(
    (
        *("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob"),
        "ReplicationController",
    )
)

# One record per replica is needed to tell db-0 from db-1; past this many the rest is left out.
STATEFULSET_RECORDS = 1_000
_IN_ORDER = attrgetter("namespace", "name", "kind")
_BY_NAME = attrgetter("name")
_FINISHED = frozenset({"Succeeded", "Failed"})
# Which label holds the suffix of a ReplicaSet's name, by the owner that put it there (F-02, F-09).
_HASH_LABELS = {"pod-template-hash": "Deployment", "rollouts-pod-template-hash": "Rollout"}
# Labels that a controller adds with values nobody can know from the manifest (F-06).
_JOB_UIDS = ("batch.kubernetes.io/controller-uid", "controller-uid")
_JOB_NAMES = ("batch.kubernetes.io/job-name", "job-name")
_JOB_INDEX = "batch.kubernetes.io/job-completion-index"
_SET_NAMES = ("apps.kubernetes.io/pod-index", "statefulset.kubernetes.io/pod-name")
_UNKNOWN_LABELS = {
    "Deployment": ("pod-template-hash",),
    "StatefulSet": ("controller-revision-hash",),
    "DaemonSet": ("controller-revision-hash", "pod-template-generation"),
    "Job": _JOB_UIDS,
    "CronJob": (*_JOB_NAMES, *_JOB_UIDS),
}
# A DaemonSet runs on each node: with one pod only it could not talk to itself (F-05).
_DAEMONSET_REPLICAS = 2


class GivenWorkload(NamedTuple):
    """A workload object of the input."""

    kind: str
    namespace: str
    name: str
    body: WorkloadObject
    origin: Origin

    @property
    def ref(self) -> WorkloadRef:
        """Its own name, whoever owns it."""
        return WorkloadRef(self.namespace, self.name, self.kind)


class Assembled(NamedTuple):
    """Pods and workloads, sorted; `shortened` are StatefulSets with too many replicas to list."""

    pods: tuple[Pod, ...]
    workloads: tuple[Workload, ...]
    finished: tuple[FinishedPod, ...]
    shortened: tuple[GivenWorkload, ...]


def template(kind: str, body: WorkloadObject) -> PodTemplate | None:
    """Where the pod template of a workload is (F-04)."""
    if body.spec is None:
        return None
    if kind == "CronJob":
        job = body.spec.job_template.spec if body.spec.job_template else None
        return job.template if job else None
    return body.spec.template


def assemble(pods: Collection[GivenPod], workloads: Sequence[GivenWorkload]) -> Assembled:
    """Live pods under their top owners, and template pods of workloads without any (F-07)."""
    owners = {each.ref: _manager(each) for each in workloads}
    live, finished, finished_of = _live_pods(pods, owners)
    tops: dict[WorkloadRef, list[GivenWorkload]] = {}
    for each in workloads:
        tops.setdefault(_top(each.ref, owners), []).append(each)
    shortened: list[GivenWorkload] = []
    records: list[Workload] = []
    for found in live.values():
        found.sort(key=_BY_NAME)
    pods_of = dict(live)
    for ref, members in tops.items():
        chosen = _chosen(ref, members)
        records.append(_record(ref, chosen))
        if ref not in live:
            done = ref in finished_of or _is_complete(chosen.body)
            pods_of[ref] = sorted(_template_pods(ref, chosen, done=done), key=_BY_NAME)
            if chosen.kind == "StatefulSet" and _replicas(chosen, done=done) > STATEFULSET_RECORDS:
                shortened.append(chosen)
    records.extend(_implied(live, {record.ref for record in records}))
    return Assembled(
        pods=tuple(chain.from_iterable(pods_of[ref] for ref in sorted(pods_of, key=_IN_ORDER))),
        workloads=tuple(sorted(records, key=lambda each: _IN_ORDER(each.ref))),
        finished=tuple(sorted(finished)),
        shortened=tuple(shortened),
    )


def _live_pods(
    pods: Collection[GivenPod], owners: Mapping[WorkloadRef, OwnerReference | None]
) -> tuple[dict[WorkloadRef, list[Pod]], list[FinishedPod], set[WorkloadRef]]:
    """Pods by workload; those that have finished, and whose they were."""
    live: dict[WorkloadRef, list[Pod]] = {}
    finished: list[FinishedPod] = []
    finished_of: set[WorkloadRef] = set()
    # Pods of one shape have one owner, and it is looked for once. Most follow one of their own.
    last: PodShape | None = None
    by_shape: dict[int, WorkloadRef] = {}
    for given in pods:
        shape = given.shape
        if shape is not last:
            ref = by_shape.get(id(shape)) or _workload_of(given, owners)
            found = live.setdefault(ref, [])
            last = None
            if shape.owner is not None and shape.owner.kind != "Node":
                by_shape[id(shape)] = ref
                last = shape
        if given.phase in _FINISHED:
            finished_of.add(ref)
            pairs = tuple(shape.labels.items())
            finished.append(FinishedPod(shape.namespace, given.name, given.phase, pairs))
        else:
            found.append(_pod(ref, given.name, shape, given.origin, given.addresses, given.node))
    return {ref: found for ref, found in live.items() if found}, finished, finished_of


def _manager(given: GivenWorkload) -> OwnerReference | None:
    metadata = given.body.metadata
    return controller(metadata.owner_references) if metadata else None


def _owner_ref(namespace: str, owner: OwnerReference) -> WorkloadRef:
    return WorkloadRef(namespace, owner.name, owner.kind or "Pod")


def _top(ref: WorkloadRef, owners: Mapping[WorkloadRef, OwnerReference | None]) -> WorkloadRef:
    """The owner of the owner, and so on; objects that own each other in a ring stop the climb."""
    seen = {ref}
    while owner := owners.get(ref):
        ref = _owner_ref(ref.namespace, owner)
        if ref in seen:
            return min(seen)
        seen.add(ref)
    return ref


def _workload_of(
    given: GivenPod, owners: Mapping[WorkloadRef, OwnerReference | None]
) -> WorkloadRef:
    """F-02, F-09."""
    shape = given.shape
    owner = shape.owner
    if owner is None:
        return WorkloadRef(shape.namespace, given.name, "Pod")
    if owner.kind == "Node":
        return WorkloadRef(shape.namespace, given.name.removesuffix(f"-{owner.name}"), "Pod")
    ref = _top(_owner_ref(shape.namespace, owner), owners)
    if ref.kind == "ReplicaSet" and ref not in owners:
        for label, kind in _HASH_LABELS.items():
            suffix = f"-{shape.labels.get(label, '')}"
            if len(suffix) > 1 and ref.name.endswith(suffix):
                return WorkloadRef(ref.namespace, ref.name.removesuffix(suffix), kind)
    return ref


def _pod(
    ref: WorkloadRef,
    name: str,
    shape: PodShape,
    origin: Origin,
    addresses: tuple[str, ...] = (),
    node: str = "",
) -> Pod:
    # Without names of fields, which take half as long again: 100,000 pods are made here.
    return Pod(
        ref.namespace,
        name,
        shape.labels,
        ref,
        shape.ports,
        addresses,
        node,
        shape.host_network,
        shape.service_account,
        1,
        False,
        (),
        origin,
        shape.init_containers,
        shape.scrape,
    )


def _chosen(ref: WorkloadRef, members: Sequence[GivenWorkload]) -> GivenWorkload:
    """The object that speaks for a workload: itself, else its latest part that has replicas."""
    for each in members:
        if each.ref == ref:
            return each
    return max(members, key=lambda each: (_replicas(each, done=False) > 0, each.name))


def _record(ref: WorkloadRef, chosen: GivenWorkload) -> Workload:
    metadata = chosen.body.metadata or Metadata()
    replicas = chosen.body.spec.replicas if chosen.body.spec else None
    return Workload(ref, dict(sorted((metadata.labels or {}).items())), replicas, chosen.origin)


def _implied(
    live: Mapping[WorkloadRef, Sequence[Pod]], known: set[WorkloadRef]
) -> Iterator[Workload]:
    """Workloads whose object was not given: only their pods, sorted, or a pod that is its own."""
    for ref, pods in live.items():
        if ref not in known:
            first = pods[0]
            yield Workload(ref, first.labels if ref.kind == "Pod" else {}, None, first.origin)


def _is_complete(body: WorkloadObject) -> bool:
    return body.status is not None and body.status.completion_time is not None


def _replicas(given: GivenWorkload, *, done: bool) -> int:
    """F-05. `done`: its pods ran and finished."""
    spec = given.body.spec
    if given.kind == "DaemonSet":
        return _DAEMONSET_REPLICAS
    if given.kind == "Job":
        if done or (spec and spec.suspend):
            return 0
        wanted = spec.parallelism if spec else None
    elif given.kind == "CronJob":
        job = spec.job_template.spec if spec and spec.job_template else None
        wanted = job.parallelism if job else None
    else:
        wanted = spec.replicas if spec else None
    return 1 if wanted is None else max(wanted, 0)


def _template_pods(ref: WorkloadRef, given: GivenWorkload, *, done: bool) -> Iterator[Pod]:
    """F-03, F-05, F-06."""
    pod_template = template(given.kind, given.body) or PodTemplate()
    spec = pod_template.spec or PodSpec()
    metadata = pod_template.metadata or Metadata()
    replicas = _replicas(given, done=done)
    shape = shape_of(ref.namespace, metadata, spec)
    unknown = set(_UNKNOWN_LABELS.get(given.kind, ()))
    labels = {key: text for key, text in shape.labels.items() if key not in unknown}
    if _is_indexed(given):
        unknown.add(_JOB_INDEX)
    if given.kind == "Job":
        labels.update(dict.fromkeys(_JOB_NAMES, given.name))
    if given.kind == "StatefulSet" and replicas == 0:
        unknown.update(_SET_NAMES)
    pod = msgspec.structs.replace(
        _pod(ref, given.name, shape, given.origin),
        labels=dict(sorted(labels.items())),
        replicas=replicas,
        from_template=True,
        unknown_labels=tuple(sorted(unknown)),
    )
    if given.kind == "StatefulSet" and replicas > 0:
        yield from _set_members(pod, given)
    else:
        yield pod


def _is_indexed(given: GivenWorkload) -> bool:
    spec = given.body.spec
    if given.kind == "CronJob":
        job = spec.job_template.spec if spec and spec.job_template else None
        return job is not None and job.completion_mode == "Indexed"
    return given.kind == "Job" and spec is not None and spec.completion_mode == "Indexed"


def _set_members(pod: Pod, given: GivenWorkload) -> Iterator[Pod]:
    """One record for each replica: a policy may select db-0 alone (F-01)."""
    spec = given.body.spec
    start = (spec.ordinals.start if spec and spec.ordinals else None) or 0
    for number in range(start, start + min(pod.replicas, STATEFULSET_RECORDS)):
        name = f"{given.name}-{number}"
        labels = pod.labels | dict(zip(_SET_NAMES, (str(number), name), strict=True))
        yield msgspec.structs.replace(
            pod, name=name, labels=dict(sorted(labels.items())), replicas=1
        )
