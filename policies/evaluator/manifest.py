"""Sources to documents: what text is YAML, what is JSON, and what is neither."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from policies.evaluator.documents import BadText, Document, Fault, Limits, SourceText, TooMuch
from policies.evaluator.errors import Problem
from policies.evaluator.jsonlist import Quick, read_list
from policies.evaluator.patterns import Lazy
from policies.evaluator.yamlalike import PodKeeper
from policies.evaluator.yamltext import read_yaml

__all__ = ["Document", "Fault", "Limits", "SourceText", "each_document", "read_documents"]

# What no text holds: control characters other than tab, line ends, form feed and next-line.
_CONTROLS = (*range(9), 0x0B, *range(0x0E, 0x20), 0x7F)
_BINARY = Lazy(f"[{bytes(_CONTROLS).decode()}]")
# So much is looked through for one after the other while it is at hand.
_WINDOW = 256 * 1024
_ONLY_COMMENTS = Lazy(r"(?:\s+|#[^\n]*(?:\n|$)|---(?=\s|$)|\.\.\.(?=\s|$))*")
_LIKE_JSON = Lazy(r'\s*(?:\{\s*(?:["}]|\Z)|\[)')
_SAMPLE = 64 * 1024
_NOT_TEXT = "is binary data, not YAML or JSON text"


def read_documents(
    source: SourceText, limits: Limits = Limits()
) -> tuple[list[Document], list[Problem]]:
    """Every document of a source, items of Lists each on their own, and what could not be read."""
    documents: list[Document] = []
    problems: list[Problem] = []
    for each in each_document(source, limits):
        if isinstance(each, Document):
            documents.append(each)
        else:
            problems.append(each)
    return documents, problems


def each_document(
    source: SourceText, limits: Limits, quick: Quick | None = None, pods: PodKeeper | None = None
) -> Iterator[Document | Problem]:
    """The same one by one, so that a large source is never in memory as a whole; without the
    objects that `quick` takes, and pods of YAML that `pods` keeps."""
    try:
        _refuse_too_large(source.data, limits)
        listed = read_list(source.name, source.data, limits, quick)
        if listed is not None:
            yield from listed
            return
        text = _with_one_line_end(_text_of(source.data))
        if not text[:1].isalpha() and _ONLY_COMMENTS.fullmatch(text):
            yield Problem(source.name, 0, 0, "", "is empty: it holds no object", "warning")
            return
        for each in _documents(source.name, text, limits, quick, pods):
            yield _problem(source.name, each) if isinstance(each, BadText) else each
    except BadText as error:
        yield _problem(source.name, error)


def _problem(name: str, error: BadText) -> Problem:
    return Problem(name, error.index, error.line, "", error.message)


def _documents(
    name: str, text: str, limits: Limits, quick: Quick | None, pods: PodKeeper | None
) -> Iterator[Document | BadText]:
    if text.lstrip()[:1] not in ("{", "["):
        yield from _yaml(name, text, limits, quick=quick, pods=pods)
        return
    # With Python's JSON, which lists and YAML do without.
    from policies.evaluator.jsontext import read_json

    started = False
    try:
        for document in read_json(name, text, limits):
            started = True
            yield document
    except BadText as error:
        yield from _not_json(name, text, limits, error, started)


def _yaml(
    name: str,
    text: str,
    limits: Limits,
    line: int = 0,
    index: int = 0,
    quick: Quick | None = None,
    pods: PodKeeper | None = None,
) -> Iterator[Document | BadText]:
    if len(text) > limits.yaml_bytes:
        raise BadText(
            0,
            f"is {_mib(len(text))} of YAML; YAML is read up to {_mib(limits.yaml_bytes)} and JSON"
            f" up to {_mib(limits.json_bytes)}: split it, or give JSON (kubectl get … -o json)",
        )
    yield from read_yaml(name, text, limits, line, index, quick, pods)


def _not_json(
    name: str, text: str, limits: Limits, error: BadText, started: bool
) -> Iterator[Document | BadText]:
    """Text that starts like JSON may be YAML in braces, or JSON documents between `---` lines."""
    rest = _line_start(text, error.line)
    if started and text.startswith("---", rest):
        yield from _yaml(name, text[rest:], limits, error.line - 1, error.index - 1)
        return
    if started or isinstance(error, TooMuch) or len(text) > limits.yaml_bytes:
        yield error
        return
    found = list(read_yaml(name, text, limits))
    failed = any(isinstance(each, BadText) for each in found)
    yield from [error] if failed and _LIKE_JSON.match(text) else found


def _line_start(text: str, line: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return start


def _refuse_too_large(data: bytes, limits: Limits) -> None:
    if len(data) > limits.json_bytes:
        raise BadText(
            0,
            f"is larger than {_mib(limits.json_bytes)}, the most that is read of a file: split it",
        )


def _text_of(data: bytes) -> str:
    """The text of a source: UTF-8, or UTF-16 that says so."""
    encoding = "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        if _BINARY.search(data[:_SAMPLE].decode("latin-1")):
            raise BadText(0, _NOT_TEXT) from error
        raise BadText(line, f"is not UTF-8 text: byte 0x{data[error.start]:02x}") from error
    # The same characters, found in a tenth of the time; in UTF-16 they are other bytes.
    if encoding != "utf-16" and not _has_controls(data):
        return text
    if found := _BINARY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise BadText(line, _NOT_TEXT)
    return text


def _has_controls(data: bytes) -> bool:
    return any(
        data.find(code, start, start + _WINDOW) >= 0
        for start in range(0, len(data), _WINDOW)
        for code in _CONTROLS
    )


def _with_one_line_end(text: str) -> str:
    """The same text with the line ends of Unix: YAML takes all of them for the same, and what reads
    on behind a fault, or counts lines, has only one kind to look for."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _mib(size: int) -> str:
    mebibytes = size / 1024 / 1024
    return f"{mebibytes:.3g} MiB" if mebibytes < 1000 else f"{mebibytes / 1024:.3g} GiB"
