"""From pods and templates to the pods of a state: who owns a pod, and pods that are yet to run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from policies.evaluator.schema import (
    Container,
    Metadata,
    OwnerReference,
    PodObject,
    PodSpec,
    PodTemplate,
    WorkloadObject,
)
from policies.evaluator.state import ContainerPort, FinishedPod, Origin, Pod, Workload, WorkloadRef

__all__ = ["STATEFULSET_RECORDS", "Assembled", "GivenPod", "GivenWorkload", "assemble", "template"]

# One record per replica is needed to tell db-0 from db-1; past this many the rest is left out.
STATEFULSET_RECORDS = 1_000
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


class GivenPod(NamedTuple):
    """A Pod object of the input."""

    namespace: str
    name: str
    body: PodObject
    origin: Origin


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


def assemble(pods: Sequence[GivenPod], workloads: Sequence[GivenWorkload]) -> Assembled:
    """Live pods under their top owners, and template pods of workloads without any (F-07)."""
    owners = {each.ref: _controller(each.body.metadata) for each in workloads}
    live: list[Pod] = []
    finished: list[FinishedPod] = []
    finished_of: set[WorkloadRef] = set()
    for given in pods:
        ref = _workload_of(given, owners)
        status = given.body.status
        if status is not None and status.phase in _FINISHED:
            finished_of.add(ref)
            labels = (given.body.metadata and given.body.metadata.labels) or {}
            pairs = tuple(sorted(labels.items()))
            finished.append(FinishedPod(given.namespace, given.name, status.phase, pairs))
        else:
            live.append(_live_pod(given, ref))
    running = {pod.workload for pod in live}
    tops: dict[WorkloadRef, list[GivenWorkload]] = {}
    for each in workloads:
        tops.setdefault(_top(each.ref, owners), []).append(each)
    shortened: list[GivenWorkload] = []
    made: list[Pod] = []
    records: list[Workload] = []
    for ref, members in tops.items():
        chosen = _chosen(ref, members)
        records.append(_record(ref, chosen))
        if ref not in running:
            done = ref in finished_of or _is_complete(chosen.body)
            made.extend(_template_pods(ref, chosen, done=done))
            if chosen.kind == "StatefulSet" and _replicas(chosen, done=done) > STATEFULSET_RECORDS:
                shortened.append(chosen)
    known = {record.ref for record in records}
    records.extend(_implied(live, known))
    return Assembled(
        pods=tuple(sorted((*live, *made), key=lambda pod: (pod.namespace, pod.workload, pod.name))),
        workloads=tuple(sorted(records, key=lambda each: each.ref)),
        finished=tuple(sorted(finished)),
        shortened=tuple(shortened),
    )


def _controller(metadata: Metadata | None) -> OwnerReference | None:
    owners = (metadata.owner_references if metadata else None) or ()
    return next((owner for owner in owners if owner.controller), None)


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
    metadata = given.body.metadata
    owner = _controller(metadata)
    if owner is None:
        return WorkloadRef(given.namespace, given.name, "Pod")
    if owner.kind == "Node":
        return WorkloadRef(given.namespace, given.name.removesuffix(f"-{owner.name}"), "Pod")
    ref = _top(_owner_ref(given.namespace, owner), owners)
    if ref.kind == "ReplicaSet" and ref not in owners:
        labels = (metadata.labels if metadata else None) or {}
        for label, kind in _HASH_LABELS.items():
            suffix = f"-{labels.get(label, '')}"
            if len(suffix) > 1 and ref.name.endswith(suffix):
                return WorkloadRef(ref.namespace, ref.name.removesuffix(suffix), kind)
    return ref


def _live_pod(given: GivenPod, ref: WorkloadRef) -> Pod:
    body, metadata = given.body, given.body.metadata or Metadata()
    spec = body.spec or PodSpec()
    # the address of a pod that is being deleted may be given to another one.
    addresses = () if metadata.deletion_timestamp is not None else _addresses(body)
    return _pod(
        ref,
        given.name,
        metadata.labels or {},
        spec,
        given.origin,
        addresses=addresses,
        node=spec.node_name or "",
        scrape=_scrape(metadata),
    )


def _addresses(body: PodObject) -> tuple[str, ...]:
    status = body.status
    if status is None:
        return ()
    listed = [each.ip for each in status.pod_ips or () if each.ip]
    if not listed and status.pod_ip:
        listed = [status.pod_ip]
    return tuple(dict.fromkeys(listed))


def _pod(
    ref: WorkloadRef,
    name: str,
    labels: Mapping[str, str],
    spec: PodSpec,
    origin: Origin,
    *,
    addresses: tuple[str, ...] = (),
    node: str = "",
    replicas: int = 1,
    from_template: bool = False,
    unknown_labels: Iterable[str] = (),
    scrape: str = "",
) -> Pod:
    return Pod(
        namespace=ref.namespace,
        name=name,
        labels=dict(sorted(labels.items())),
        workload=ref,
        ports=_ports(spec),
        addresses=addresses,
        node=node,
        host_network=bool(spec.host_network),
        service_account=spec.service_account_name or spec.service_account or "default",
        replicas=replicas,
        from_template=from_template,
        unknown_labels=tuple(sorted(unknown_labels)),
        origin=origin,
        init_containers=bool(spec.init_containers),
        scrape=scrape,
    )


def _scrape(metadata: Metadata) -> str:
    given = metadata.annotations if isinstance(metadata.annotations, dict) else {}
    if given.get("prometheus.io/scrape") != "true":
        return ""
    return str(given.get("prometheus.io/port") or "any")


def _ports(spec: PodSpec) -> tuple[ContainerPort, ...]:
    """A-85, A-86: of every container, and of init containers that keep running."""
    found = {
        ContainerPort(port.name or "", port.protocol or "TCP", port.container_port)
        for container in _containers(spec)
        for port in container.ports or ()
    }
    return tuple(sorted(found))


def _containers(spec: PodSpec) -> Iterator[Container]:
    yield from spec.containers or ()
    yield from (each for each in spec.init_containers or () if each.restart_policy == "Always")


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


def _implied(live: Iterable[Pod], known: set[WorkloadRef]) -> Iterator[Workload]:
    """Workloads whose object was not given: only their pods, or a pod that is its own workload."""
    first: dict[WorkloadRef, Pod] = {}
    for pod in live:
        if pod.workload not in known:
            best = first.setdefault(pod.workload, pod)
            if pod.name < best.name:
                first[pod.workload] = pod
    for ref, pod in first.items():
        labels = pod.labels if ref.kind == "Pod" else {}
        yield Workload(ref, labels, None, pod.origin)


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
    unknown = set(_UNKNOWN_LABELS.get(given.kind, ()))
    labels = {key: text for key, text in (metadata.labels or {}).items() if key not in unknown}
    if _is_indexed(given):
        unknown.add(_JOB_INDEX)
    if given.kind == "Job":
        labels.update(dict.fromkeys(_JOB_NAMES, given.name))
    if given.kind == "StatefulSet" and replicas == 0:
        unknown.update(_SET_NAMES)
    pod = _pod(
        ref,
        given.name,
        labels,
        spec,
        given.origin,
        replicas=replicas,
        from_template=True,
        unknown_labels=unknown,
        scrape=_scrape(metadata),
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
