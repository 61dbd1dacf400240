"""What a cluster's API server would say to a draft, object by object; nothing is kept there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from policies.evaluator.documents import Document, SourceText
from policies.evaluator.errors import BadQuestion, UnreadableInput
from policies.evaluator.manifest import read_documents
from policies.ingest.connection import Connection
from policies.ingest.faults import BadTarget, Unreachable
from policies.ingest.tryout import Kinds, Refusal, Verdict, place_of, try_object
from policies.models import Cluster
from policies.services.clusters import target_of

__all__ = ["dry_run_answer"]

# Each is a request; a person's draft has a few.
OBJECTS = 500
_THREADS = 8


def dry_run_answer(
    cluster: Cluster, draft: Iterable[SourceText], delete: Sequence[str] = ()
) -> dict[str, Any]:
    """Each object of the draft with what the server says, refusals at their lines.

    A server that cannot be reached or that gives no right to try is an answer, too. Raises
    UnreadableInput for a draft that cannot be read, BadQuestion for one that is too large.
    """
    documents = _documents(draft)
    verdicts = _verdicts(cluster, documents)
    made = {place_of(each.value).name for each in documents if _is(each, "Namespace")}
    results = [
        _result(document, _with_the_draft(verdict, made))
        for document, verdict in zip(documents, verdicts, strict=True)
    ]
    return {"results": [*results, *map(_deletion, delete)]}


def _documents(draft: Iterable[SourceText]) -> list[Document]:
    documents: list[Document] = []
    for source in draft:
        found, problems = read_documents(source)
        failed = tuple(each for each in problems if each.severity == "error")
        if failed:
            raise UnreadableInput(failed)
        documents += found
    if len(documents) > OBJECTS:
        raise BadQuestion(
            "files",
            f"The draft has {len(documents):,} objects; at most {OBJECTS} are tried at once.",
        )
    return documents


def _verdicts(cluster: Cluster, documents: Sequence[Document]) -> list[Verdict]:
    if not documents:
        return []
    try:
        connection = Connection(target_of(cluster))
        ask = _Asker(connection)
        # The first alone: where nobody answers, each would wait its time.
        first = ask(documents[0])
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="dry-run") as threads:
            return [first, *threads.map(ask, documents[1:])]
    except BadTarget as error:
        return [Verdict(None, error.message)] * len(documents)


class _Asker:
    """Asks about one object after the other until the server is gone."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._kinds = Kinds(connection)
        self._gone: Verdict | None = None

    def __call__(self, document: Document) -> Verdict:
        if document.faults:
            first = document.faults[0]
            return Verdict(False, first.message, (Refusal("", first.message),))
        if self._gone is not None:
            return self._gone
        try:
            return try_object(self._connection, self._kinds, document.value)
        except Unreachable as error:
            self._gone = Verdict(None, str(error))
            return self._gone


def _with_the_draft(verdict: Verdict, made: set[str]) -> Verdict:
    """An object in a namespace that the draft makes cannot be tried before that is there."""
    if verdict.namespace not in made:
        return verdict
    return Verdict(
        None,
        f"The namespace {verdict.namespace} is made by this draft; what is in it can be tried once"
        " it is there.",
    )


def _is(document: Document, kind: str) -> bool:
    return place_of(document.value).kind == kind


def _result(document: Document, verdict: Verdict) -> dict[str, Any]:
    line_of: Callable[[str], int] = document.line_of
    fault = document.faults[0].line if document.faults else 0
    causes = [
        {
            "path": each.path,
            "line": (line_of(each.path) if each.path else fault or document.line) or None,
            "message": each.message,
        }
        for each in verdict.causes
    ]
    return {
        "object": place_of(document.value).key,
        "source": document.source,
        "document": document.index,
        "line": causes[0]["line"] if causes else document.line or None,
        "accepted": verdict.accepted,
        "message": verdict.message,
        "causes": causes,
    }


def _deletion(key: str) -> dict[str, Any]:
    return {
        "object": key,
        "source": "",
        "document": 0,
        "line": None,
        "accepted": None,
        "message": "Deletions are not tried.",
        "causes": [],
    }
