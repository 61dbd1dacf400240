"""Golden cases: `expected.txt` read, asked and written (tests/cases/README.md has the format)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from policies.evaluator.manifest import SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState
from tests.oracle.reference import Endpoint

__all__ = ["Case", "Matrix", "filled", "load", "write"]

Ask = Callable[[Endpoint, Endpoint, str, int], str]
"""The mark of one cell: `.`, `X` or `?`."""


@dataclass(frozen=True)
class Matrix:
    """One question put to every pair of peers; `rows` are the marks, empty if not yet known."""

    protocol: str
    port: int
    peers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Case:
    """A folder with its manifests and matrices."""

    folder: Path
    inputs: tuple[str, ...]
    flags: tuple[str, ...]
    matrices: tuple[Matrix, ...]

    def state(self) -> ClusterState:
        """The state that the inputs describe."""
        return read_state(
            SourceText(f"{index} {name}", (self.folder / name).read_bytes())
            for index, name in enumerate(self.inputs)
        )


def load(folder: Path) -> Case:
    """The case of a folder."""
    head, *blocks = (folder / "expected.txt").read_text(encoding="utf-8").strip().split("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return Case(
        folder=folder,
        inputs=tuple(fields["input"].split()),
        flags=tuple(fields.get("profile", "").split()),
        matrices=tuple(_matrix(block.splitlines()) for block in blocks),
    )


def _matrix(lines: Sequence[str]) -> Matrix:
    protocol, port = lines[0].split()
    peers = tuple(lines[1].split()[1:])
    rows = [line.split() for line in lines[2:]]
    assert [row[0] for row in rows] in ([], list(peers)), "rows and columns differ"
    return Matrix(protocol, int(port), peers, tuple(tuple(row[1:]) for row in rows))


def filled(matrix: Matrix, state: ClusterState, ask: Ask) -> Matrix:
    """The matrix with the marks that `ask` gives."""
    pods = {f"{pod.namespace}/{pod.name}": pod for pod in state.pods}
    ends: list[Endpoint] = [pods[text] if "/" in text else text for text in matrix.peers]
    rows = []
    for source in ends:
        marks = []
        for destination in ends:
            pointless = source is destination or (
                isinstance(source, str) and isinstance(destination, str)
            )
            asked = (source, destination, matrix.protocol, matrix.port)
            marks.append("-" if pointless else ask(*asked))
        rows.append(tuple(marks))
    return replace(matrix, rows=tuple(rows))


def write(case: Case) -> None:
    """Write `expected.txt` with aligned columns."""
    head = ["input: " + " ".join(case.inputs)]
    if case.flags:
        head.append("profile: " + " ".join(case.flags))
    blocks = ["\n".join(head), *(_drawn(matrix) for matrix in case.matrices)]
    (case.folder / "expected.txt").write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def _drawn(matrix: Matrix) -> str:
    corner = "from\\to"
    first = max(len(text) for text in (corner, *matrix.peers))
    lines = [
        f"{matrix.protocol} {matrix.port}",
        "  ".join([corner.ljust(first), *matrix.peers]),
    ]
    for peer, row in zip(matrix.peers, matrix.rows, strict=True):
        marks = [mark.center(len(text)) for mark, text in zip(row, matrix.peers, strict=True)]
        lines.append("  ".join([peer.ljust(first), *marks]).rstrip())
    return "\n".join(lines)
