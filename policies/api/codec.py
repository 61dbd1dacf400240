"""How bytes become data and data bytes: JSON only, both ways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, Any

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from policies.evaluator.diffrows import ChangeRows

__all__ = ["JsonOnly", "JsonParser", "JsonRenderer"]


class JsonParser(BaseParser):
    """Reads JSON, and refuses what is not: NaN, text that is not UTF-8, nesting without end."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The data in the body. Raises ParseError, and RequestDataTooBig for a body that should be
        a form with files, as nothing of those is copied."""
        data = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(data) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        try:
            return msgspec.json.decode(data)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The body is not JSON: {error}.") from error


class JsonRenderer(BaseRenderer):
    """Writes plain data as compact JSON, keys in the order given."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The bytes of an answer; none for an answer without a body."""
        if data is None:
            return b""
        if isinstance(data, dict) and isinstance(data.get("changes"), ChangeRows):
            return _with_rows(data)
        return msgspec.json.encode(data)


def _with_rows(answer: Mapping[str, Any]) -> bytes:
    """An answer with rows that write themselves, put together once: there may be many."""
    pieces = []
    for name, value in answer.items():
        pieces += [b",", msgspec.json.encode(name), b":"]
        pieces += (
            value.json_pieces() if isinstance(value, ChangeRows) else [msgspec.json.encode(value)]
        )
    return b"".join((b"{", *pieces[1:], b"}"))


class JsonOnly(BaseContentNegotiation):
    """Each answer has one representation, so what a client would rather have is no error."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """The parser for the body's content type."""
        given = (request.content_type or "").partition(";")[0].strip().lower()
        return next((each for each in parsers if each.media_type == given), None)

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """The view's first renderer."""
        first = next(iter(renderers))
        return first, first.media_type
