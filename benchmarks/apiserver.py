"""A fake API server with a made-up cluster, told by lines what to change: the other side of
`benchmarks.live`, in a process of its own so that its work is not counted."""

from __future__ import annotations

import copy
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.shapes import full
from tests.support.kubeapi import ApiServer

__all__: list[str] = []


def main() -> None:
    """Serve, print the address of a kubeconfig's server, obey, and end with the input."""
    pods, path = int(sys.argv[1]), Path(sys.argv[2])
    objects = list(full(pods))
    with ApiServer(token="secret", window=10 * pods) as api:
        api.put_many(objects)
        api.write_kubeconfig(path)
        print("ready", flush=True)
        churn, policies = _churn(objects), _policies(objects)
        for line in sys.stdin:
            word, _, count = line.strip().partition(" ")
            if word == "churn":
                for _ in range(int(count)):
                    new, old = next(churn)
                    api.put(new)
                    api.remove("pods", old["metadata"]["namespace"], old["metadata"]["name"])
            elif word == "policy":
                api.put(next(policies))
            print("done", flush=True)


def _of(objects: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [each for each in objects if each["kind"] == kind]


def _churn(objects: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """A pod that is like another and then takes its place."""
    for number, old in enumerate(itertools.cycle(_of(objects, "Pod"))):
        new = copy.deepcopy(old)
        new["metadata"]["name"] = f"{old['metadata']['name'][:200]}-r{number}"
        yield new, old


def _policies(objects: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A policy that opens another port than before."""
    found = [each for each in _of(objects, "NetworkPolicy") if each["spec"].get("ingress")]
    for number, each in enumerate(itertools.cycle(found)):
        changed = copy.deepcopy(each)
        changed["spec"]["ingress"].append({"ports": [{"port": 2_000 + number}]})
        yield changed


if __name__ == "__main__":
    main()
