"""`make bench`: time and memory of each stage on made-up clusters of 1,000 and 10,000 pods.

Every figure is CPU time, the best of several runs with the garbage collector off, because shared
machines are noisy; the ratio column compares with reading the same bytes in the same run.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
import tracemalloc
from collections.abc import Callable
from typing import TypeVar

from benchmarks.generate import manifests, what_if_policy
from policies.evaluator.diff import compare
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.graph import flows
from policies.evaluator.lint import lint
from policies.evaluator.manifest import SourceText
from policies.evaluator.mapview import MapQuery, map_view
from policies.evaluator.read import read_state
from policies.evaluator.whatif import overlay

T = TypeVar("T")


def best(stage: Callable[[], T], runs: int) -> tuple[float, T]:
    """Milliseconds of CPU of the fastest run, and the last result."""
    fastest = float("inf")
    gc.collect()
    gc.disable()
    try:
        for _ in range(runs):
            started = time.process_time()
            result = stage()
            fastest = min(fastest, time.process_time() - started)
    finally:
        gc.enable()
    return fastest * 1000, result


def peak_of(stage: Callable[[], object]) -> float:
    """Megabytes allocated at the highest point of a stage, the input not counted."""
    tracemalloc.start()
    try:
        stage()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def measure(pods: int, runs: int) -> None:
    """Print the table for one size."""
    objects = manifests(pods)
    data = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}).encode()
    source = SourceText("cluster.json", data)
    draft = SourceText("draft.json", json.dumps(what_if_policy()).encode())

    decode, _ = best(lambda: json.loads(data), runs)
    read, state = best(lambda: read_state([source]), runs)
    decide, evaluation = best(lambda: _decided(evaluate(state)), runs)
    aggregate, _ = best(lambda: map_view(evaluate_view(evaluation), MapQuery()), runs)
    listing, rows = best(lambda: flows(evaluation), max(1, runs // 2))
    change = read_state([draft])

    def what_if() -> int:
        after = evaluate(overlay(state, change), base=evaluation)
        return len(compare(evaluation, after).changes)

    what_if_time, changes = best(what_if, runs)
    look, findings = best(lambda: lint(evaluation), max(1, runs // 2))
    print(f"\n{pods:,} pods, {len(state.policies):,} policies, {len(data) / 1e6:.1f} MB of JSON")
    print(f"{len(evaluation.universe.classes):,} classes, {len(rows):,} workload flows")
    print(f"{'stage':<34}{'CPU ms':>10}{'/ read':>9}")
    for name, spent in (
        ("json.loads of the same bytes", decode),
        ("read (bytes to state)", read),
        ("classes + compile + decide", decide),
        ("aggregate (the opening map)", aggregate),
        ("list every workload flow", listing),
        (f"what-if of one policy ({changes} changes)", what_if_time),
        (f"lint ({len(findings):,} findings)", look),
    ):
        print(f"{name:<34}{spent:>10.1f}{spent / read:>9.2f}")
    read_peak = peak_of(lambda: read_state([source]))
    decide_peak = peak_of(lambda: _decided(evaluate(state)))
    print(f"memory: read {read_peak:.0f} MB, decide {decide_peak:.0f} MB at the peak")


def _decided(evaluation: Evaluation) -> Evaluation:
    assert evaluation.rectangles
    return evaluation


def evaluate_view(evaluation: Evaluation) -> Evaluation:
    """A fresh evaluation on the same decisions, so that no cached drawing flatters the map."""
    return evaluate(evaluation.state, evaluation.profile, base=evaluation)


def main() -> None:
    """Measure the sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pods", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    for pods in arguments.pods:
        measure(pods, arguments.runs)


if __name__ == "__main__":
    main()
