"""Tables of laws: each row names its ids, what is added to the fixture, and what must follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.oracle.reference import Flags
from tests.support.fixture_cluster import Manifest, cluster, expect

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

__all__ = ["Law", "law"]


@dataclass(frozen=True)
class Law:
    """Objects added to the fixture, and connections that are then allowed or denied."""

    given: Sequence[Manifest | str]
    allow: Sequence[str]
    deny: Sequence[str]
    flags: Flags

    def check(self) -> None:
        """Engine and reference must both answer as the law does."""
        state = cluster(*self.given)
        errors = [str(problem) for problem in state.problems if problem.severity == "error"]
        assert not errors, errors
        expect(state, allow=self.allow, deny=self.deny, flags=self.flags)


def law(
    *ids: str,
    title: str,
    given: Sequence[Manifest | str] = (),
    allow: Sequence[str] = (),
    deny: Sequence[str] = (),
    flags: Flags = Flags(),
) -> ParameterSet:
    """A row for `pytest.mark.parametrize`, marked with its ids."""
    return pytest.param(
        Law(given, allow, deny, flags), id=f"{ids[0]} {title}", marks=pytest.mark.law(*ids)
    )
