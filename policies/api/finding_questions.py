"""What a request may say about findings."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from policies.api.questions import (
    EvaluateQuery,
    File,
    Name,
    Names,
    Page,
    PageQuery,
    PageSize,
    listed,
)
from policies.services import FindingFilter

__all__ = ["FindingsPageQuery", "FindingsQuery", "LintBody"]


class FindingsQuery(EvaluateQuery, kw_only=True):
    """Which findings."""

    severity: (
        Annotated[
            Literal["error", "warning", "info"], Meta(description="The least severity shown.")
        ]
        | None
    ) = None
    id: Annotated[Names, Meta(description="Only these, separated by commas.")] = ""
    ignore: Annotated[Names, Meta(description="Not these, separated by commas.")] = ""
    family: Annotated[Name, Meta(description="Only this family of findings.")] = ""
    namespace: Annotated[Name, Meta(description="Only about objects in it.")] = ""
    object: Annotated[
        Name, Meta(description="Only about it: `Kind/namespace/name` or `namespace/name`.")
    ] = ""
    text: Annotated[Name, Meta(description="Only with this in id, title, text or objects.")] = ""

    @property
    def filters(self) -> FindingFilter:
        """As the service takes them."""
        return FindingFilter(
            severity=self.severity or "",
            only=listed(self.id),
            ignore=listed(self.ignore),
            family=self.family,
            namespace=self.namespace,
            object=self.object,
            text=self.text,
        )


class FindingsPageQuery(FindingsQuery, kw_only=True):
    """Which findings, and which part of the list."""

    page: Page = 1
    page_size: PageSize = 100

    @property
    def paging(self) -> PageQuery:
        """Which part of the list."""
        return PageQuery(page=self.page, page_size=self.page_size)


class LintBody(FindingsQuery, kw_only=True):
    """Manifests, and which findings in them."""

    files: list[File]
