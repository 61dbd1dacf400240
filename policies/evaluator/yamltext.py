"""YAML text to documents, one after the other, whatever stands between them.

A document that is not YAML does not lose the ones after it: reading goes on at the next line that
starts with `---`.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.evaluator.documents import BadText, Document, Limits, TooMuch
from policies.evaluator.yamlreader import SEPARATOR, Budget, YamlReader

__all__ = ["read_yaml"]


def read_yaml(
    name: str, text: str, limits: Limits, line: int = 0, index: int = 0
) -> Iterator[Document | BadText]:
    """Documents and faults in the order of the text; the items of a List each on their own.

    `line` lines and `index` documents of the source stand before this text.
    """
    separators = text.count("\n---")
    if separators > limits.documents:
        count = f"{separators + 1:,}"
        message = f"holds {count} documents; at most {limits.documents:,} are read: split it"
        yield TooMuch(0, message)
        return
    budget = Budget(limits)
    reader = YamlReader(name, text, line, index, budget)
    try:
        yield from reader.documents()
        return
    except TooMuch as error:
        yield error
        return
    except BadText as error:
        yield error
    # From here on each document has a parser of its own, so that many bad ones stay cheap.
    for start, end, first in _rest(text, reader.document_line - line):
        reader = YamlReader(name, text[start:end], line + first, reader.index, budget)
        try:
            yield from reader.documents()
        except TooMuch as error:
            yield error
            return
        except BadText as error:
            yield error


def _rest(text: str, failed_line: int) -> Iterator[tuple[int, int, int]]:
    """Start, end and first line (from 0) of each document after the one at `failed_line`."""
    line = position = 0
    starts: list[tuple[int, int]] = []
    for match in SEPARATOR.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        if line > failed_line:
            starts.append((match.start(), line))
    ends = [start for start, _ in starts[1:]] + [len(text)]
    for (start, first), end in zip(starts, ends, strict=False):
        yield start, end, first
