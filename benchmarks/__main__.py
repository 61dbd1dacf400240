"""`make bench`: time and memory of each stage on made-up clusters, beside the targets.

Every time is CPU time, the best of several runs with the garbage collector off, because shared
machines are noisy; every target is a ratio of two figures of one run, or a figure with much room.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from msgspec.structs import replace

from benchmarks.drafts import drafts
from benchmarks.measuring import best, each, in_turn, percentile, uncollected, used_by
from benchmarks.shapes import SHAPES, shape
from policies.evaluator.diff import FlowDiff, compare
from policies.evaluator.documents import Limits, SourceText
from policies.evaluator.engine import Evaluation, evaluate
from policies.evaluator.graph import flows
from policies.evaluator.lint import lint
from policies.evaluator.mapview import MapQuery, map_view
from policies.evaluator.membership import Membership
from policies.evaluator.policy import Direction
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState, Pod
from policies.evaluator.whatif import overlay

_UNLIMITED = Limits(json_bytes=1 << 40, json_nodes=1 << 40)
_SMALL = 20_000


class Row(NamedTuple):
    """One line of the table: what was measured, the target, and whether it is met."""

    target: str
    what: str
    measured: str
    limit: str
    met: bool


class Loaded(NamedTuple):
    """A cluster through every stage, with the milliseconds of each."""

    data: bytes
    state: ClusterState
    evaluation: Evaluation
    parse: float
    read: float
    decide: float


def load(name: str, pods: int, runs: int) -> Loaded:
    """Read and decide a cluster of a shape."""
    data = shape(name, pods)
    source = SourceText("cluster.json", data)
    state = read_state([source], limits=_UNLIMITED)
    parse, read, decide = in_turn(
        [
            lambda: orjson.loads(data),
            lambda: read_state([source], limits=_UNLIMITED),
            lambda: _decided(evaluate(state)),
        ],
        runs,
    )
    return Loaded(data, state, _decided(evaluate(state)), parse, read, decide)


def _decided(evaluation: Evaluation) -> Evaluation:
    assert evaluation.rectangles
    return evaluation


def _ratio(target: str, what: str, top: float, bottom: float, limit: float) -> Row:
    found = top / bottom
    measured = f"{top:,.0f} / {bottom:,.0f} ms = {found:.2f}"
    return Row(target, what, measured, f"{limit:g}", found <= limit)


def _most(target: str, what: str, found: float, limit: float, unit: str) -> Row:
    return Row(target, what, f"{found:,.2f} {unit}", f"{limit:g} {unit}", found <= limit)


def reading(pods: int, runs: int) -> Iterator[Row]:
    """T1 and T2: bytes to a decided graph."""
    for name, limit in (("lean", 2.0), ("full", 0.7)):
        if name == "full" and pods > _SMALL:
            continue  # 1.3 GB: a matter of the machine's memory.
        found = load(name, pods, runs)
        spent = found.read + found.decide
        yield _ratio("T1", f"{name}: bytes to graph / orjson.loads", spent, found.parse, limit)
        if name == "lean":
            yield _ratio("T2", "pods/10 policies: decide / read", found.decide, found.read, 2.0)
    found = load("dense", pods if pods <= _SMALL else _SMALL, runs)
    yield _ratio("T2", "2.5 policies a pod: decide / read", found.decide, found.read, 4.0)


def changing(pods: int, runs: int) -> Iterator[Row]:
    """T4: what one policy more, or less, would change."""
    found = load("lean", pods, runs)
    state, base = found.state, found.evaluation
    given = drafts(pods)

    def what_if(draft: ClusterState, delete: tuple[str, ...]) -> Callable[[], FlowDiff]:
        return lambda: compare(base, evaluate(overlay(state, draft, delete), base=base))

    stages = [what_if(*one) for one in given]
    stages[0]()  # What drafts share is worked out with the first.
    most = percentile(each(stages), 95)
    yield _ratio("T4", f"what-if p95 of {len(stages)} / decide", most, found.decide, 0.06)
    yield _most("T4", "what-if p95", most, 5 if pods <= _SMALL else 25, "ms")
    listed = max((stage() for stage in stages), key=lambda diff: len(diff.rows))
    spent, _ = best(lambda: b"".join(compare(*listed.evaluations).rows.json_pieces()), runs)
    text = f"{spent:,.1f} ms"
    yield Row("T4", f"the largest of them, {len(listed.rows):,} changes written", text, "", True)


def watching(pods: int, runs: int) -> Iterator[Row]:
    """T5: pods that come, of a class that is there, and of one that is not."""
    found = load("lean", pods, 1)
    members = Membership(found.evaluation)
    given = found.state.pods[:: max(1, pods // 1_000)]
    arrivals = [replace(each, name=f"{each.name}-new") for each in given]
    spent, stays = best(lambda: [members.come(each) for each in arrivals], runs)
    assert all(stays)
    yield _most("T5", "pod event, known class", spent / len(arrivals), 0.1, "ms")
    members = Membership(evaluate(found.state, room=2 * _STRANGERS))
    members.come(_stranger(given[0], -1))
    members.follow()  # What all events look policies up in is made with the first.
    came = [_stranger(each, index) for index, each in enumerate(given[::5][:_STRANGERS])]
    # One run: each event follows from the one before.
    events = [(members.come, each) for each in came] + [(members.go, each) for each in came]
    text = f"a class new or gone, p95 of {len(events)}"
    with uncollected():
        decided, listed = zip(*(_followed(members, *event) for event in events), strict=True)
    yield _most("T5", f"pod event, {text}", percentile(decided, 95), 5, "ms")
    both = [sum(spent) for spent in zip(decided, listed, strict=True)]
    yield _most("T5", "the same, and its flows with all others", percentile(both, 95), 5, "ms")


_STRANGERS = 100


def _stranger(pod: Pod, index: int) -> Pod:
    """A pod of a workload that is not there: half with labels that policies know of, half not."""
    labels = pod.labels if index % 2 else {**pod.labels, "app": f"app-nobody-has-{index}"}
    name = f"stranger-{index}"
    ref = replace(pod.workload, name=name)
    address = f"10.250.{index >> 8 & 255}.{index & 255}"
    return replace(pod, name=name, workload=ref, labels=labels, addresses=(address,))


def _followed(members: Membership, event: Callable[[Pod], bool], pod: Pod) -> tuple[float, float]:
    """Milliseconds from an event until all sides are decided, and for the flows of the class."""
    before = members.evaluation
    started = time.process_time()
    assert not event(pod)
    after = members.follow()
    decided = time.process_time()
    everyone = after.universe.everyone
    bit = 1 << after.universe.places.get(after.universe.class_of(pod), after.universe.size)
    for ends in ((bit, everyone), (everyone, bit)):
        assert all(after.rectangles_between(*ends))
    listed = time.process_time()
    assert after.decided_anew(before, Direction.INGRESS) is not None, "all was decided again"
    return (decided - started) * 1e3, (listed - decided) * 1e3


def remembering(pods: int, folder: Path) -> Iterator[Row]:
    """T6 and T7: memory, and every pod a class of its own."""
    for name in ("lean", "full", "distinct"):
        if name == "full" and pods > _SMALL:
            continue
        path = folder / f"{name}.json"
        path.write_bytes(shape(name, pods))
        found = used_by("benchmarks.memory", str(path))
        path.unlink()
        if name == "lean":
            kilobytes = found["megabytes"] * 1e3 / found["pods"]
            yield _most("T6", "lean: peak less input, per pod", kilobytes, 4, "KB")
        elif name == "full":
            share = (found["megabytes"] + found["input"]) / found["input"]
            yield _most("T6", "full: peak with input / input", share, 1.5, "times")
        else:
            seconds, most = (1.5, 200.0) if pods <= _SMALL else (60.0, 1_200.0)
            yield _most("T7", "each pod a class: read and decide", found["seconds"], seconds, "s")
            yield _most("T7", "each pod a class: whole process", found["total"], most, "MB")


def scaling(pods: int, folder: Path) -> None:
    """One line for each shape: how time and memory grow, and with what."""
    print(f"\n{'shape':<20}{'pods':>9}{'policies':>10}{'classes':>9}{'spaces':>8}", end="")
    print(f"{'rectangles':>12}{'input MB':>10}{'CPU s':>8}{'peak MB':>9}")
    for name in SHAPES:
        path = folder / "shape.json"
        path.write_bytes(shape(name, pods))
        found = used_by("benchmarks.memory", str(path))
        print(
            f"{name:<20}{found['pods']:>9,}{found['policies']:>10,}{found['classes']:>9,}"
            f"{found['namespaces']:>8,}{found['rectangles']:>12,}{found['input']:>10.1f}"
            f"{found['seconds']:>8.2f}{found['megabytes']:>9.0f}"
        )


def presenting(pods: int, runs: int) -> None:
    """What is made of a decided graph."""
    found = load("lean", pods, runs)
    stages: dict[str, Callable[[], Any]] = {
        "aggregate (the opening map)": lambda: map_view(_again(found.evaluation), MapQuery()),
        "list every workload flow": lambda: flows(found.evaluation),
        "lint": lambda: lint(found.evaluation),
    }
    print(f"\n{pods:,} pods: read {found.read:.0f} ms, decide {found.decide:.0f} ms")
    for name, stage in stages.items():
        spent, _ = best(stage, max(1, runs // 2))
        print(f"{name:<34}{spent:>10.1f} ms")


def _again(evaluation: Evaluation) -> Evaluation:
    """The same decisions anew, so that no cached drawing flatters the map."""
    return evaluate(evaluation.state, evaluation.profile, base=evaluation)


def main() -> None:
    """Measure the sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pods", type=int, nargs="+", default=[10_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--shapes", action="store_true", help="only the table of shapes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        for pods in arguments.pods:
            if arguments.shapes:
                scaling(pods, folder)
                continue
            print(f"\n{pods:,} pods\n{'':<4}{'what':<44}{'measured':>30}{'target':>12}")
            for rows in (
                reading(pods, arguments.runs),
                changing(pods, arguments.runs),
                watching(pods, arguments.runs),
                remembering(pods, folder),
            ):
                for row in rows:
                    mark = "" if row.met else "  not met"
                    line = f"{row.target:<4}{row.what:<44}{row.measured:>30}{row.limit:>12}{mark}"
                    print(line, flush=True)
            if pods <= _SMALL:
                presenting(pods, arguments.runs)


if __name__ == "__main__":
    main()
