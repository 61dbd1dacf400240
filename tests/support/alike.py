"""Pods as tools print them: the same lines with other values."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from policies.evaluator.collect import Collected
from policies.evaluator.documents import Limits
from policies.evaluator.podshape import PodShape
from policies.evaluator.yamltext import read_yaml

__all__ = ["MANY", "listed", "pod_text", "separated", "texts_read"]

MANY = 80
"""So many pods are enough to tell by them how others are written."""

_POD = """\
apiVersion: v1
kind: Pod
metadata:
  annotations:
    checked: a{number}
    prometheus.io/port: '1'
    prometheus.io/scrape: 'true'
  creationTimestamp: '2026-11-20T08:15:30Z'
  labels:
    app: web-{workload}
    tier: front
  name: web-{workload}-{number}
  namespace: ns-{workload}
  ownerReferences:
  - apiVersion: apps/v1
    controller: true
    kind: StatefulSet
    name: web-{workload}
    uid: 00000000-5b1e-4c5e-9d3a-{workload:012x}
  resourceVersion: '{number}'
  uid: 00000000-5b1e-4c5e-9d3a-{number:012x}
spec:
  containers:
  - args:
    - --flag={number}
    - run the server
    image: registry.example.com/team/app:1.2.{number}
    name: main
    ports:
    - containerPort: 8080
      name: web
    resources: {{}}
  nodeName: node-{node}
status:
  conditions:
  - lastTransitionTime: "2026-11-20T08:15:{second:02}Z"
    status: "True"
    type: Ready
  hostIP: 192.168.0.1
  phase: Running
  podIP: 10.1.{high}.{low}
  podIPs:
  - ip: 10.1.{high}.{low}
"""


def pod_text(number: int) -> str:
    """A pod, one of those of five workloads, on one of four nodes."""
    return _POD.format(
        number=number,
        workload=number % 5,
        node=number // 5 % 4 + 1,
        second=number % 60,
        high=number >> 8,
        low=number & 255,
    )


def separated(documents: Iterable[str], mark: str) -> str:
    """Documents, each below a line: `---` is plain, and with a space behind it for the parser."""
    return "".join(f"{mark}\n{each}" for each in documents)


def listed(documents: Iterable[str]) -> str:
    """The same as the items of a List."""
    items = ("- " + each.rstrip("\n").replace("\n", "\n  ") + "\n" for each in documents)
    return "apiVersion: v1\nitems:\n" + "".join(items) + "kind: List\n"


def texts_read(text: str) -> int:
    """Of how many texts that pods share it was asked what they say."""
    collected = Collected("default")
    count = 0

    class Counting:
        keep_pod, shape_like = collected.keep_pod, collected.shape_like

        def shared_by(self, item: msgspec.Raw) -> tuple[PodShape, str] | None:
            nonlocal count
            count += 1
            return collected.shared_by(item)

    for _ in read_yaml("a.yaml", text, Limits(), quick=collected.quick, pods=Counting()):
        pass
    return count
