"""Every way into the cluster, and where it ends (F-40…F-48)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from policies.evaluator.engine import Evaluation
from policies.evaluator.entry.external import find_external_paths
from policies.evaluator.entry.gateway import find_gateway_paths
from policies.evaluator.entry.ingress import find_ingress_paths
from policies.evaluator.entry.paths import EntryIssue, EntryPath, PathFinder
from policies.evaluator.entry.route import find_openshift_paths
from policies.evaluator.entry.services import Services
from policies.evaluator.entry.sources import ControllerSelector, Sources
from policies.evaluator.strangers import ANY_POD

__all__ = ["EntryPoints", "entries_of", "entry_points"]


_KEPT = "entry points"


class EntryPoints(msgspec.Struct, frozen=True):
    """All paths in order of where they end, and what leads nowhere, with the reason."""

    evaluation: Evaluation
    sources: Sources
    services: Services
    paths: tuple[EntryPath, ...]
    issues: tuple[EntryIssue, ...]

    def to(self, bits: int) -> list[EntryPath]:
        """The paths that end at some of these peers."""
        return [path for path in self.paths if path.bits & bits]

    def between(self, sources: int, destinations: int, *, controller: bool) -> list[EntryPath]:
        """The paths by which some of these sources come to some of these destinations.

        `controller`: also those that the controller nobody knows dials.
        """
        return [
            path
            for path in self.to(destinations)
            if path.callers & sources or (controller and path.caller == ANY_POD.text)
        ]

    def to_json(self) -> dict[str, Any]:
        """`paths` and `issues` of an answer."""
        return {
            "paths": [path.to_json() for path in self.paths],
            "issues": [issue.to_json() for issue in self.issues],
        }


def entry_points(
    evaluation: Evaluation,
    configured: Sequence[ControllerSelector] = (),
    *,
    pseudo_only: bool = False,
) -> EntryPoints:
    """Every path in, with the verdict of the policies on its last hop.

    `configured` selects the pods of controllers that are not known by their labels (F-40);
    `pseudo_only` takes none of the pods for a controller.
    """
    sources = Sources(evaluation, configured, pseudo_only=pseudo_only)
    finder = PathFinder(sources)
    find_external_paths(finder)
    find_ingress_paths(finder)
    find_gateway_paths(finder)
    find_openshift_paths(finder)
    paths = tuple(sorted(_chained(finder.paths, evaluation), key=lambda each: each.order))
    return EntryPoints(evaluation, sources, finder.services, paths, tuple(sorted(finder.issues)))


def _chained(paths: Sequence[EntryPath], evaluation: Evaluation) -> Iterator[EntryPath]:
    """F-48: by a controller whose pods are known the Internet comes in only where it reaches them.

    Controllers that no entry point leads to are taken to be reached in a way that was not given.
    """
    external = evaluation.universe.external
    outer = [path for path in paths if path.callers & external]
    reached: dict[int, bool] = {}
    for path in paths:
        inside = path.callers & ~external
        if path.internet and inside:
            if inside not in reached:
                own = [each for each in outer if each.bits & inside]
                reached[inside] = not own or any(
                    each.internet and each.verdict != "deny" for each in own
                )
            if not reached[inside]:
                why = path.reason or f"nothing from the Internet gets in to {path.caller}"
                path = msgspec.structs.replace(path, internet=False, reason=why)
        yield path


def entries_of(evaluation: Evaluation) -> EntryPoints:
    """The entry points of an evaluation, worked out at the first call."""
    found = evaluation.derived.get(_KEPT)
    if not isinstance(found, EntryPoints):
        found = evaluation.derived[_KEPT] = entry_points(evaluation)
    return found
