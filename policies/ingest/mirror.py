"""The objects of a cluster in memory, and the state that they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from policies.evaluator.errors import Problem
from policies.evaluator.manifest import SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState, Pod
from policies.ingest.resources import Resource, Served
from policies.ingest.slim import Key, Slim

__all__ = ["UNREAD_KIND", "Mirror"]

UNREAD_KIND = "UnreadPolicies"
_UNREAD_VERSION = "netviz.io/v1"
# What is read of the cluster has no file: reasons then name the object alone.
_NO_SOURCE = ""
# What policies look at by its labels, and the fields that do so.
_SELECTED = {
    "Namespace": (b'"namespaceSelector"', b'"namespaces"'),
    "Node": (b'"nodes"', b'"nodeSelector"'),
}
_KUBERNETES = ".k8s.io"
_WORKLOADS = frozenset({"ReplicaSet", "Job"})


class Mirror:
    """What an API server holds, as far as it is read.

    Not safe for several threads: one applies what others read.
    """

    def __init__(self) -> None:
        self._objects: dict[Resource, dict[Key, Slim]] = {}
        self._unread: dict[Resource, str] = {}

    def replace(self, served: Served, items: Iterable[Slim], namespace: str = "") -> set[Key]:
        """Hold exactly these objects of a resource, in all namespaces or in one; which of them are
        new, gone, or not as they were."""
        known = self._objects.setdefault(served.resource, {})
        fresh = {each.key: each for each in items}
        gone = {key for key in known if key not in fresh and (not namespace or key[0] == namespace)}
        changed = {key for key, each in fresh.items() if _differs(known.get(key), each)}
        for key in gone:
            del known[key]
        known.update(fresh)
        return gone | changed

    def put(self, served: Served, item: Slim) -> bool:
        """Hold an object; whether it is new or not as it was."""
        known = self._objects.setdefault(served.resource, {})
        differs = _differs(known.get(item.key), item)
        known[item.key] = item
        return differs

    def drop(self, served: Served, key: Key) -> bool:
        """Hold an object no longer; whether it was held."""
        return self._objects.get(served.resource, {}).pop(key, None) is not None

    def forget(self, resource: Resource, namespace: str = "") -> bool:
        """Hold no object of a resource, as where its definition is gone; whether there was one."""
        known = self._objects.get(resource, {})
        gone = [key for key in known if not namespace or key[0] == namespace]
        for key in gone:
            del known[key]
        return bool(gone)

    def unread(self, found: Mapping[Resource, str]) -> bool:
        """Say which resources cannot be read, and why; whether that is news."""
        news = dict(found) != self._unread
        self._unread = dict(found)
        return news

    def count(self, resource: Resource) -> int:
        """How many objects of a resource are held."""
        return len(self._objects.get(resource, {}))

    def written(self, kind: str, namespace: str, name: str) -> tuple[str, str]:
        """Who wrote an object last and when, where that is known. Where several families have a
        kind of that name, its group is written behind it, but for Kubernetes' own."""
        plain, _, group = kind.partition(".")
        among = [
            each
            for each in self._objects
            if each.kind == plain and (each.group == group or not group)
        ]
        for resource in sorted(among, key=lambda each: not each.group.endswith(_KUBERNETES)):
            found = self._objects[resource].get((namespace, name))
            if found is not None:
                return found.manager, found.at
        return "", ""

    def state(self) -> ClusterState:
        """The state of everything that is held.

        Policies that cannot be read leave what they may decide unknown, by name: nothing is certain
        where one of them may have a say.
        """
        state = read_state(list(self._sources()))
        problems = [msgspec.structs.replace(each, document=0, line=0) for each in state.problems]
        problems += self._missing()
        return msgspec.structs.replace(state, problems=tuple(sorted(problems)))

    def pods(self, keys: Iterable[Key]) -> dict[Key, Pod]:
        """The running pods among these, as they are in the state; others are left out."""
        found = self._of_kind("Pod")
        wanted = [found[key] for key in keys if key in found]
        owners = {each.key: each for pod in wanted for each in self._owners(pod.key[0], pod.owner)}
        items = [each.body for each in (*wanted, *owners.values())]
        state = read_state([SourceText(_NO_SOURCE, _list_of(items))]) if items else ClusterState()
        return {(pod.namespace, pod.name): pod for pod in state.pods if not pod.from_template}

    def _of_kind(self, kind: str) -> dict[Key, Slim]:
        for resource, known in self._objects.items():
            if resource.kind == kind and not resource.decides:
                return known
        return {}

    def _owners(self, namespace: str, owner: tuple[str, str] | None) -> Iterator[Slim]:
        """The objects that tell whose a pod is: a ReplicaSet's Deployment, a Job's CronJob."""
        while owner is not None and owner[0] in _WORKLOADS:
            found = self._of_kind(owner[0]).get((namespace, owner[1]))
            if found is None:
                return
            yield found
            owner = found.owner

    def _sources(self) -> Iterator[SourceText]:
        items = [each.body for known in self._objects.values() for each in known.values()]
        items += [_unread_manifest(each, why) for each, why in sorted(self._hiding())]
        yield SourceText(_NO_SOURCE, _list_of(items))

    def _hiding(self) -> Iterator[tuple[Resource, str]]:
        for resource, why in self._unread.items():
            if resource.decides or self._are_named(_SELECTED.get(resource.kind, ())):
                yield resource, why

    def _missing(self) -> Iterator[Problem]:
        """What is not in the picture; policies that are not are counted as not evaluated."""
        for resource, why in self._unread.items():
            if not resource.decides:
                text = f"not in this picture: {why}"
                yield Problem(_NO_SOURCE, 0, 0, "", text, "warning")

    def _are_named(self, marks: tuple[bytes, ...]) -> bool:
        """Whether any policy has one of these fields."""
        return any(
            any(mark in each.body for mark in marks)
            for resource, known in self._objects.items()
            if resource.decides
            for each in known.values()
        )


def _differs(known: Slim | None, found: Slim) -> bool:
    return known is None or known.body != found.body


def _list_of(items: Iterable[bytes]) -> bytes:
    return b'{"apiVersion":"v1","kind":"List","items":[' + b",".join(items) + b"]}"


def _unread_manifest(resource: Resource, why: str) -> bytes:
    return msgspec.json.encode(
        {
            "apiVersion": _UNREAD_VERSION,
            "kind": UNREAD_KIND,
            "metadata": {"name": resource.name},
            "spec": {"reason": why},
        }
    )
