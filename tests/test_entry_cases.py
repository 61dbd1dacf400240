"""Golden cases of entry points: every path with its verdict, checked by the reference evaluator."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

import pytest

from policies.evaluator.bits import bits_of
from policies.evaluator.engine import evaluate
from policies.evaluator.entry.paths import EntryPath
from policies.evaluator.entry.points import EntryPoints, entry_points
from policies.evaluator.manifest import SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState
from tests.oracle.reference import Endpoint, Reference

CASES = Path(__file__).parent / "cases" / "entry"
FOLDERS = sorted(path.parent for path in CASES.rglob("paths.txt"))
UPDATE = bool(os.environ.get("NETVIZ_UPDATE_CASES"))


def read(folder: Path) -> tuple[str, list[str], ClusterState]:
    """The line of inputs, the expected lines, and the state."""
    head, *lines = (folder / "paths.txt").read_text(encoding="utf-8").splitlines()
    state = read_state(
        SourceText(f"{index} {name}", (folder / name).read_bytes())
        for index, name in enumerate(head.removeprefix("input: ").split())
    )
    assert not [problem for problem in state.problems if problem.severity == "error"]
    return head, [line for line in lines if line], state


def lines_of(points: EntryPoints) -> list[str]:
    found = []
    for path in points.paths:
        way = " ".join(filter(None, (path.opened, f"{path.host}{path.path}")))
        found.append(f"{path.object} ({way or 'anything'}) from {path.caller}")
        found.append(f"  over {path.service} => {path.backend} {path.target}: {path.verdict}")
        if path.reason:
            found.append(f"  {path.reason}")
    found += [f"{issue.object}: {issue.text} ({issue.code})" for issue in points.issues]
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_paths_are_those_expected(folder: Path) -> None:
    head, expected, state = read(folder)
    found = lines_of(entry_points(evaluate(state)))
    if UPDATE:
        text = "\n".join([head, "", *found]) + "\n"
        (folder / "paths.txt").write_text(text, encoding="utf-8")
    else:
        assert found == expected


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_reference_agrees_on_the_last_hop(folder: Path) -> None:
    _, _, state = read(folder)
    points = entry_points(evaluate(state))
    reference = Reference(state)
    for path in points.paths:
        for caller in callers_of(points, path):
            for index in bits_of(path.pods):
                answer = reference.allowed(
                    caller, state.pods[index], path.target.protocol, path.target.number
                )
                if path.verdict in ("allow", "deny"):
                    assert answer is (path.verdict == "allow"), path


def callers_of(points: EntryPoints, path: EntryPath) -> list[Endpoint]:
    """The pods that dial, or an address of those outside; nobody for a controller not known."""
    universe = points.evaluation.universe
    callers: list[Endpoint] = []
    for bit in bits_of(path.callers):
        if bit < universe.first_node:
            callers += [universe.state.pods[index] for index in universe.classes[bit].pods]
        else:
            low = universe.cell_addresses(bit).ranges[0][0]
            callers.append(str(ipaddress.IPv4Address(low)))
    return callers


def test_there_are_cases() -> None:
    assert len(FOLDERS) >= 10
