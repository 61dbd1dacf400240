"""Lists: pages of the objects at one version, and tokens that lead from one to the next."""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.kubeapi.kinds import Kind
from tests.support.kubeapi.selectors import field_selector, label_selector
from tests.support.kubeapi.statuses import Refused, bad_request, expired, status_of
from tests.support.kubeapi.store import Kept, Store, Table

__all__ = ["chosen", "list_page", "version_of", "whole"]

Query = Mapping[str, str]
Chosen = Callable[[Kept], bool]
# Stands for "whatever is there now" in a token.
_ANY = -1


def chosen(query: Query, namespace: str) -> Chosen:
    """Whether a request is about an object: its namespace and its selectors. Raises Refused."""
    labels = label_selector(query.get("labelSelector", ""))
    fields = field_selector(query.get("fieldSelector", ""))
    return lambda kept: (
        (not namespace or kept.namespace == namespace)
        and labels(kept.labels)
        and fields(kept.namespace, kept.name)
    )


def whole(kind: Kind, kept: Kept) -> bytes:
    """An object with its kind, as it is sent alone."""
    named = [f'"kind":"{kind.kind}"', f'"apiVersion":"{kind.api_version}"']
    if kind.custom:
        named.reverse()
    return f"{{{','.join(named)},".encode() + kept.body[1:]


def version_of(query: Query) -> int:
    """The version that a request names, 0 where it names none. Raises ValueError."""
    text = query.get("resourceVersion", "")
    if text and not text.isdigit():
        raise ValueError(
            f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}":'
            " invalid syntax"
        )
    return int(text or 0)


def _number(query: Query, field: str) -> int:
    text = query.get(field, "")
    if text and not text.isdigit():
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text or 0)


def list_page(store: Store, kind: Kind, table: Table, namespace: str, query: Query) -> bytes:
    """One page. Raises Refused: 400, 410 or 504."""
    select = chosen(query, namespace)
    selectors = (query.get("labelSelector", ""), query.get("fieldSelector", ""))
    about = (kind.group, kind.plural, namespace, *selectors)
    token = query.get("continue", "")
    try:
        asked = version_of(query)
    except ValueError as error:
        raise bad_request(f"invalid resource version: {error}") from None
    if token and asked:
        raise bad_request("specifying resource version is not allowed when using continue")
    # The cache, which answers what may be of any age, knows no pages.
    limit = 0 if query.get("resourceVersion") == "0" else _number(query, "limit")
    with store.lock:
        if asked > store.version:
            raise too_large(asked, store.version)
        if limit and 0 < asked < store.compacted:
            raise status_of(410, "Expired", "The resourceVersion for the provided list is too old.")
        version, start = _read_token(token) if token else (_ANY, "")
        if version == _ANY:
            version, found = store.version, [each for each in table.sorted() if select(each)]
        else:
            remembered = store.pages.get((*about, version))
            if remembered is None:
                raise expired(_token(_ANY, start))
            found = remembered
        first = bisect_left(found, start, key=lambda kept: f"/{kept.key}")
        last = first + (limit or len(found))
        metadata: dict[str, Any] = {"resourceVersion": str(version)}
        if last < len(found):
            metadata["continue"] = _token(version, f"/{found[last - 1].key}\0")
            store.remember((*about, version), found)
            if not any(selectors):
                metadata["remainingItemCount"] = len(found) - last
    return _list(kind, metadata, found[first:last])


def _list(kind: Kind, metadata: dict[str, Any], page: list[Kept]) -> bytes:
    if kind.custom:
        return _custom_list(kind, metadata, page)
    head = {"kind": f"{kind.kind}List", "apiVersion": kind.api_version, "metadata": metadata}
    text = json.dumps(head, separators=(",", ":")).encode()
    return text[:-1] + b',"items":[' + b",".join(each.body for each in page) + b"]}\n"


def _custom_list(kind: Kind, metadata: dict[str, Any], page: list[Kept]) -> bytes:
    """Its objects name their kind, its metadata come last, and `continue` is there even if empty:
    what a definition brought is written without a type, by the names of the fields."""
    items = b",".join(whole(kind, each) for each in page)
    ends = json.dumps({"continue": "", **metadata}, separators=(",", ":"), sort_keys=True)
    return (
        f'{{"apiVersion":"{kind.api_version}","items":['.encode()
        + items
        + f'],"kind":"{kind.kind}List","metadata":{ends}}}\n'.encode()
    )


def _token(version: int, start: str) -> str:
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": version, "start": start})
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _read_token(token: str) -> tuple[int, str]:
    try:
        read = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return int(read["rv"]), str(read["start"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise bad_request(
            "invalid continue token: continue key is not valid: invalid character 'i' looking for"
            " beginning of value"
        ) from None


def too_large(asked: int, current: int) -> Refused:
    """A version that is not there yet, or never was: a server that lost its data counts anew."""
    return status_of(
        504,
        "Timeout",
        f"Timeout: Too large resource version: {asked}, current: {current}",
        {
            "causes": [
                {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
            ],
            "retryAfterSeconds": 1,
        },
        headers={"Retry-After": "1"},
    )
