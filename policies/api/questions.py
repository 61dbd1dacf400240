"""What a request may say: every query parameter and body field, checked in one place."""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from django.http import QueryDict
from msgspec import Meta, field
from rest_framework.request import Request

from policies.evaluator.errors import BadQuestion
from policies.evaluator.mapview import MapQuery
from policies.evaluator.nodes import Level

__all__ = [
    "CompareQuery",
    "DraftBody",
    "EntryPointsQuery",
    "EvaluateBody",
    "EvaluateQuery",
    "EvaluatedPageQuery",
    "ExplainBody",
    "ExplainQuery",
    "File",
    "FlowsQuery",
    "GraphQuery",
    "Name",
    "Names",
    "Page",
    "PageQuery",
    "PageSize",
    "PairQuery",
    "SnapshotBody",
    "SnapshotsQuery",
    "StatelessWhatIfBody",
    "UploadBody",
    "ViewQuery",
    "WhatIfBody",
    "WhatIfQuery",
    "listed",
    "read_body",
    "read_query",
]

Profile = Annotated[
    list[str],
    Meta(description="A flag of the network plugin's profile, `NAME=true|false`; repeatable."),
]
Intended = Annotated[
    bool,
    Meta(description="Show what the policies intend, even where nothing enforces them."),
]
PeerText = Annotated[
    str,
    Meta(
        description="`namespace/name`, `namespace/name[Kind]`, an address, a CIDR or `internet`.",
        max_length=300,
    ),
]
PortText = Annotated[str, Meta(description="A port and its protocol: `80/TCP`.", max_length=20)]
LevelText = Annotated[Level, Meta(description="What the ends of a flow are.")]
Name = Annotated[str, Meta(max_length=300)]
Names = Annotated[str, Meta(max_length=10_000)]
SnapshotBefore = Annotated[str, Meta(description="Snapshot before.")]
SnapshotAfter = Annotated[str, Meta(description="Snapshot after.")]
PAGE_SIZE_MAX = 1000
Page = Annotated[int, Meta(ge=1, le=1_000_000, description="From 1.")]
PageSize = Annotated[int, Meta(ge=1, le=PAGE_SIZE_MAX)]


class EvaluateQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How to evaluate."""

    profile: Profile = []
    intended: Intended = False


class FlowsQuery(EvaluateQuery, kw_only=True):
    """Which flows."""

    level: LevelText = "workload"
    namespace: Annotated[Name, Meta(description="Flows with an end in it.")] | None = None
    focus: Annotated[Name, Meta(description="Flows with this end.")] | None = None
    port: PortText | None = None
    exposure: Annotated[
        bool, Meta(description="Also what pods and namespaces to come could open.")
    ] = False

    @property
    def filters(self) -> dict[str, Any]:
        """As the service takes them."""
        names = ("level", "namespace", "focus", "port", "exposure")
        return {name: getattr(self, name) for name in names}


class ViewQuery(EvaluateQuery, kw_only=True):
    """What to look at. Lists are separated by commas."""

    level: Annotated[
        Literal["auto", "namespace", "workload"],
        Meta(description="`auto` opens namespaces while the budget lasts."),
    ] = "auto"
    open: Annotated[Names, Meta(description="Namespaces, and groups of them, to show open.")] = ""
    namespace: Annotated[Names, Meta(description="Only these namespaces.")] = ""
    focus: Annotated[Name, Meta(description="A node, with its neighbours.")] = ""
    port: PortText = ""

    @property
    def map_query(self) -> MapQuery:
        """As the evaluator takes it."""
        return MapQuery(
            level=self.level,
            opened=listed(self.open),
            namespaces=listed(self.namespace),
            focus=self.focus,
            port=self.port,
        )


class GraphQuery(ViewQuery, kw_only=True):
    """The same, and how much of it."""

    budget: Annotated[
        int, Meta(ge=1, le=1000, description="How many nodes and edges to draw at most.")
    ] = 300

    @property
    def map_query(self) -> MapQuery:
        """As the evaluator takes it."""
        return msgspec.structs.replace(super().map_query, budget=self.budget)


class ExplainQuery(EvaluateQuery, kw_only=True):
    """Which connection."""

    from_: PeerText = field(name="from")
    to: PeerText
    port: PortText | None = None


class EntryPointsQuery(EvaluateQuery, kw_only=True):
    """Ways in, or exposure, of which workload."""

    focus: Annotated[Name, Meta(description="Of this workload only.")] | None = None


class PageQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which part of a list."""

    page: Page = 1
    page_size: PageSize = 100


class SnapshotsQuery(PageQuery, kw_only=True):
    """Which snapshots."""

    loaded: Annotated[
        bool,
        Meta(
            description="Only what somebody loaded, not the pictures of clusters that are watched."
        ),
    ] = False


class EvaluatedPageQuery(PageQuery, kw_only=True):
    """Which part of a list that depends on the evaluation."""

    profile: Profile = []
    intended: Intended = False


class PairQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which two snapshots."""

    from_: SnapshotBefore = field(name="from")
    to: SnapshotAfter


class WhatIfQuery(GraphQuery, kw_only=True):
    """How to show a what-if."""

    view: Annotated[
        Literal["changes", "map"], Meta(description="A table of changes, or a graph to draw.")
    ] = "changes"


class CompareQuery(WhatIfQuery, kw_only=True):
    """Which two snapshots, and how to show what differs."""

    from_: SnapshotBefore = field(name="from")
    to: SnapshotAfter


class File(msgspec.Struct, forbid_unknown_fields=True):
    """A manifest as text."""

    name: Annotated[str, Meta(min_length=1, max_length=300)]
    content: str


class UploadBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Manifests to keep as a snapshot."""

    files: list[File]
    title: Annotated[str, Meta(max_length=200)] = ""
    profile: Annotated[
        list[str],
        Meta(description="A flag to keep with the snapshot, `NAME=true|false`; repeatable."),
    ] = []


class SnapshotBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What to change about a snapshot."""

    profile: Annotated[
        dict[str, bool | None],
        Meta(
            description="Flags by name; null leaves one to the network plugin again. What is not"
            " named stays as it is."
        ),
    ]


class EvaluateBody(FlowsQuery, kw_only=True):
    """Manifests, and which flows of them."""

    files: list[File]


class ExplainBody(ExplainQuery, kw_only=True):
    """Manifests, and which connection between their pods."""

    files: list[File]


class WhatIfBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A draft: manifests to apply and objects to delete (`Kind/namespace/name`)."""

    files: list[File] = []
    delete: list[Name] = []


class StatelessWhatIfBody(WhatIfQuery, kw_only=True):
    """A base, and a draft of changes to it."""

    files: list[File]
    draft: list[File] = []
    delete: list[Name] = []


class DraftBody(WhatIfBody, kw_only=True):
    """A draft to keep."""

    title: Annotated[str, Meta(max_length=200)] = ""


def listed(text: str) -> tuple[str, ...]:
    """The parts of a list with commas between."""
    return tuple(part for part in text.split(",") if part)


Asked = TypeVar("Asked", bound=msgspec.Struct)
_PLACE = re.compile(r"(?P<message>.*?)(?: - at `\$\.?(?P<path>.*)`)?")
_LIMIT = re.compile(r"Expected `\w+` (?P<length>of length )?(?P<sign><=|>=) (?P<number>\d+)")
_MISMATCH = re.compile(r"Expected `(?P<expected>[^`]+)`, got `(?P<found>[^`]+)`")
_WORDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "null": "nothing (null)",
    "object": "an object",
    "str": "a text",
}
FILE_FIELDS = ("files", "draft")
REPEATABLE = ("profile", "delete")


def read_query(request: Request, shape: type[Asked]) -> Asked:
    """The query parameters. Raises BadQuestion for an unknown or malformed one."""
    return _checked(_plain(request.query_params), shape, strict=False)


def read_body(
    request: Request, shape: type[Asked], *, has_query: bool = False
) -> tuple[Asked, dict[str, list[tuple[str, bytes]]]]:
    """The body, JSON or multipart, and the files in it by field.

    The files of a multipart body are bytes and may be archives; those of JSON are text. Raises
    BadQuestion for parameters in the address of a request that `has_query` does not give any.
    """
    for name in () if has_query else request.query_params:
        message = f"{name} stands in the address; this request takes all parameters in its body."
        raise BadQuestion(name, message)
    if isinstance(request.data, QueryDict):
        names = [name for name in FILE_FIELDS if name in shape_fields(shape)]
        fields = _plain(request.POST)
        _check_parts(request, shape, names)
        files = {name: _uploaded(request, name) for name in names}
        empty: dict[str, Any] = {name: [] for name in files}
        return _checked({**empty, **fields}, shape, strict=False), files
    body = _checked(request.data, shape, strict=True)
    return body, {
        name: [(file.name, _encoded(file)) for file in getattr(body, name)]
        for name in FILE_FIELDS
        if hasattr(body, name)
    }


def _check_parts(request: Request, shape: type[msgspec.Struct], names: list[str]) -> None:
    """Raises BadQuestion for files under a name that nobody reads, and where there are none."""
    expected = " or ".join(f'"{name}"' for name in names)
    for found in request.FILES:
        if found not in names:
            raise BadQuestion(
                found,
                f'The form has a part "{found}", which nothing reads: a part with manifests must be'
                f" named {expected}.",
            )
    for name in names:
        if name in request.POST:
            raise BadQuestion(
                name, f"{name} must be a file; found a text. With curl, write -F {name}=@FILE."
            )
        if name not in request.FILES and name in _required(shape):
            given = ", ".join(request.POST) or "none"
            raise BadQuestion(
                name, f'The form has no part "{name}" with manifests; its parts are: {given}.'
            )


def _required(shape: type[msgspec.Struct]) -> list[str]:
    return [each.encode_name for each in msgspec.structs.fields(shape) if each.required]


def shape_fields(shape: type[msgspec.Struct]) -> tuple[str, ...]:
    """The names that a request uses for the fields of a shape."""
    return shape.__struct_encode_fields__


def _uploaded(request: Request, name: str) -> list[tuple[str, bytes]]:
    return [(file.name or "upload", file.read()) for file in request.FILES.getlist(name)]


def _encoded(file: File) -> bytes:
    try:
        return file.content.encode()
    except UnicodeEncodeError as error:
        raise BadQuestion("files", f"{file.name} holds half a character: {error}.") from error


def _plain(given: QueryDict) -> dict[str, Any]:
    """Parameters as data: a list or the last value; an empty value is none."""
    return {
        name: given.getlist(name) if name in REPEATABLE else given[name]
        for name in given
        if given[name] or name in REPEATABLE
    }


def _checked(data: Any, shape: type[Asked], *, strict: bool) -> Asked:
    try:
        return msgspec.convert(data, shape, strict=strict)
    except msgspec.ValidationError as error:
        raise _bad_question(str(error), shape) from error


def _bad_question(text: str, shape: type[msgspec.Struct]) -> BadQuestion:
    """msgspec's message in the words of a person who wrote a request."""
    match = _PLACE.fullmatch(text)
    message, path = (match["message"], match["path"] or "") if match else (text, "")
    named = re.search(r"(unknown|required) field `(.+)`", message)
    if named is None:
        return BadQuestion(path or "body", f"{path or 'The body'} {_said(message, shape, path)}.")
    name = named[2]
    place = f"{path}.{name}" if path else name
    if named[1] == "required":
        return BadQuestion(place, f"{place} is missing.")
    near = tuple(difflib.get_close_matches(name, shape_fields(shape), n=1))
    hint = f" Did you mean {near[0]}?" if near else ""
    return BadQuestion(place, f"There is no parameter {place}.{hint}", near)


def _said(message: str, shape: type[msgspec.Struct], path: str) -> str:
    """What a field must be, in plain words."""
    if message.startswith("Invalid enum value "):
        found = message.removeprefix("Invalid enum value ")
        return f"must be one of {', '.join(_choices(shape, path))}; found {found}"
    limit = _LIMIT.fullmatch(message)
    if limit is not None:
        bound = "at most" if limit["sign"] == "<=" else "at least"
        if limit["length"] and limit["number"] == "1":
            return "must not be empty"
        unit = " characters" if limit["length"] else ""
        return f"must {'have' if unit else 'be'} {bound} {limit['number']}{unit}"
    mismatch = _MISMATCH.fullmatch(message)
    if mismatch is None:
        return f"cannot be used: {message}"
    expected = mismatch["expected"].removesuffix(" | null")
    words, found = _WORDS.get(expected, expected), mismatch["found"]
    return f"must be {words}; found {_WORDS.get(found, found)}"


def _choices(shape: type[msgspec.Struct], name: str) -> list[str]:
    _, components = msgspec.json.schema_components([shape])
    choices: list[str] = components[shape.__name__]["properties"].get(name, {}).get("enum", [])
    return choices
