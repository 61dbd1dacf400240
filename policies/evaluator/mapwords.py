"""What a map says in words: of each line, and of all of it."""

from __future__ import annotations

from typing import Any

from policies.evaluator.connections import ConnectionSet
from policies.evaluator.ground import Ground
from policies.evaluator.lines import Opened
from policies.evaluator.policy import Direction

__all__ = ["cut_json", "edge_json", "sentence_of", "short_text", "width_of"]


def edge_json(source: str, destination: str, opened: Opened) -> dict[str, Any]:
    """One edge: all that may flow, and the worst certainty among it."""
    connections = ConnectionSet.union_of(opened.values()).ported
    caveats = sorted(caveat for caveat in opened if caveat is not None)
    worst = caveats[-1] if caveats else None
    return {
        "id": f"{source} -> {destination}",
        "source": source,
        "target": destination,
        "connections": connections.to_json(),
        "text": short_text(connections),
        "verdict": worst.verdict if worst else "allow",
        "reason": worst.reason if worst else None,
        "width": width_of(connections),
    }


def width_of(connections: ConnectionSet) -> int:
    """Thickness: 1 for one port, 2 for some, 3 for everything."""
    if connections.to_json() == "all":
        return 3
    return 1 if connections.size == 1 else 2


def short_text(connections: ConnectionSet, most: int = 2) -> str:
    """`TCP 80,443 +3`: the first ports, and how many more ranges there are."""
    shown = connections.to_json()
    if isinstance(shown, str):
        return "all"
    words: list[str] = []
    left = most
    more = 0
    for protocol, ranges in shown.items():
        texts = [f"{low}" if low == high else f"{low}-{high}" for low, high in ranges]
        if left > 0:
            words.append(f"{protocol} {','.join(texts[:left])}")
        more += max(0, len(texts) - max(left, 0))
        left -= len(texts)
    return " ".join([*words, f"+{more}"] if more else words)


def sentence_of(ground: Ground, shown: int) -> str:
    """What the policies do to some workloads as a whole, one peer for each node of theirs."""
    evaluation = ground.evaluation
    count = ground.count(shown)
    counted = "1 workload" if count == 1 else f"{count:,} workloads"
    doubts = _doubts(ground, shown)
    if not count:
        return "There are no workloads here."
    if not evaluation.enforces:
        return (
            f"Everything may talk to everything: nothing enforces policies in this cluster "
            f"({evaluation.enforcement.evidence}).{doubts}"
        )
    isolated = {
        direction: ground.count_marked(shown, ground.isolated[direction]) for direction in Direction
    }
    if not any(isolated.values()):
        these = "this workload" if count == 1 else f"these {counted}"
        if doubts:
            return f"No policy that is evaluated selects {these}.{doubts}"
        if any(shown & ground.guarded[direction] for direction in Direction):
            return f"No NetworkPolicy isolates {these}; cluster-wide policies close what they name."
        return f"Everything may talk to everything: no policy selects {these}."
    entered, left = isolated[Direction.INGRESS], isolated[Direction.EGRESS]
    accept = "accepts" if entered == 1 else "accept"
    return (
        f"Of {counted}, {entered:,} {accept} only what a policy opens and {left:,} may send only "
        f"what a policy opens.{doubts}"
    )


def _doubts(ground: Ground, shown: int) -> str:
    """How many workloads a policy that is not evaluated governs, as one more sentence."""
    hidden = ground.count_marked(
        shown, ground.veiled[Direction.INGRESS] | ground.veiled[Direction.EGRESS]
    )
    if not hidden:
        return ""
    if hidden == 1:
        return (
            " 1 is governed by policies that netviz does not evaluate, so its connections are not"
            " all known."
        )
    return (
        f" {hidden:,} are governed by policies that netviz does not evaluate, so their"
        " connections are not all known."
    )


def cut_json(lines: int, refused: int) -> dict[str, Any] | None:
    """What had no room, and how to see it; None when everything had."""
    if not lines and not refused:
        return None
    said = []
    if lines:
        these = "1 line is" if lines == 1 else f"{lines:,} lines are"
        said.append(f"{these} not drawn, as more than can be shown at once.")
    if refused:
        asked = "1 more was" if refused == 1 else f"{refused:,} more were"
        said.append(f"{asked} to be opened, and the map has no room for them.")
    said.append(
        "Show the connections of one workload, filter by namespace or port, or close what you do"
        " not need."
    )
    return {"lines": lines, "not_opened": refused, "sentence": " ".join(said)}
