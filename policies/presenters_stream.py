"""Flows line by line, however many there are: what commands print and the API sends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from policies.presenters import FLOW_HEADER, Answer, csv_lines, flow_row
from policies.presenters_entry import EXPOSURE_HEADER, exposure_rows

__all__ = ["FLOWS_STREAMS", "chunks"]

_CHUNK = 1 << 16


def _ndjson(answer: Answer) -> Iterator[str]:
    """The answer without its flows as the first line, then a line for each flow."""
    encode = msgspec.json.Encoder().encode
    head = {name: value for name, value in answer.items() if name != "flows"}
    yield f"{encode(head).decode()}\n"
    for flow in answer["flows"]:
        yield f"{encode(flow).decode()}\n"


def _csv(answer: Answer) -> Iterator[str]:
    """The table of flows, and of exposure below it where it was asked for."""
    yield from csv_lines(answer, FLOW_HEADER, map(flow_row, answer["flows"]))
    if "exposure" in answer:
        yield "\n"
        yield from csv_lines(answer, EXPOSURE_HEADER, exposure_rows(answer))


FLOWS_STREAMS: dict[str, Callable[[Answer], Iterator[str]]] = {"ndjson": _ndjson, "csv": _csv}


def chunks(lines: Iterable[str]) -> Iterator[str]:
    """Lines put together, as sending each by itself would cost more than making it."""
    waiting: list[str] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= _CHUNK:
            yield "".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield "".join(waiting)
