"""Every golden case, by the engine and by the reference evaluator."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from policies.evaluator.engine import evaluate
from policies.evaluator.graph import flows
from policies.evaluator.profile import Profile
from policies.evaluator.state import ClusterState
from tests.oracle.reference import Endpoint, Flags, Reference
from tests.support.flow_tables import FlowIndex, families_of
from tests.support.golden import Ask, Case, filled, load, write

CASES = Path(__file__).parent / "cases"
FOLDERS = sorted(path.parent for path in CASES.rglob("expected.txt"))
UPDATE = bool(os.environ.get("NETVIZ_UPDATE_CASES"))


def mark(answers: set[bool]) -> str:
    """One mark for the answers over each address family."""
    return "?" if len(answers) > 1 else "." if answers == {True} else "X"


def engine_asks(state: ClusterState, case: Case) -> Ask:
    table = FlowIndex(flows(evaluate(state, Profile.from_flags(case.flags)), level="pod"))

    def ask(source: Endpoint, destination: Endpoint, protocol: str, port: int) -> str:
        return mark(
            {
                table.open_between(source, destination, family).allows(protocol, port)
                for family in families_of(source, destination)
            }
        )

    return ask


def reference_asks(state: ClusterState, case: Case) -> Ask:
    values = dict(flag.split("=") for flag in case.flags)
    reference = Reference(state, Flags(**{name: text == "true" for name, text in values.items()}))

    def ask(source: Endpoint, destination: Endpoint, protocol: str, port: int) -> str:
        return mark(
            {
                reference.allowed(source, destination, protocol, port, family)
                for family in families_of(source, destination)
            }
        )

    return ask


def check(folder: Path, asks: str) -> None:
    case = load(folder)
    state = case.state()
    assert not [problem for problem in state.problems if problem.severity == "error"]
    ask = engine_asks(state, case) if asks == "engine" else reference_asks(state, case)
    answered = replace(case, matrices=tuple(filled(matrix, state, ask) for matrix in case.matrices))
    if UPDATE and asks == "engine":
        write(answered)
    else:
        assert answered.matrices == case.matrices


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_engine_gives_the_expected_matrix(folder: Path) -> None:
    check(folder, "engine")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_reference_gives_the_expected_matrix(folder: Path) -> None:
    check(folder, "reference")


def test_there_are_cases() -> None:
    assert len(FOLDERS) >= 30
