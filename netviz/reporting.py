"""What a page about a fault of netviz shows of the request and of the code that failed."""

from __future__ import annotations

from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

__all__ = ["Discreet"]

# Whoever answers there has a token in hand, or the key to one.
_SECRETIVE = ("/api/v1/clusters", "/clusters")
# And these, whoever calls them: the token is in the headers that they write.
_SIGNED_IN = ("policies.ingest.", "policies.services.cluster", "kubernetes.", "urllib3.", "http.")


class Discreet(SafeExceptionReporterFilter):
    """Django's filter, which hides nothing of its own while DEBUG is on; this one hides what may
    hold the token of a cluster then, too."""

    def is_active(self, request: HttpRequest | None) -> bool:
        """Always: what is marked as sensitive is so for a developer's screen as well."""
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        """The fields of a form, by name only where a token may be among them."""
        found = super().get_post_parameters(request)
        if not _is_secretive(request):
            return found
        return dict.fromkeys(found, self.cleansed_substitute)

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> Any:
        """The variables of a function on the way to the fault."""
        module = str(tb_frame.f_globals.get("__name__", ""))
        if _is_secretive(request) or module.startswith(_SIGNED_IN):
            return [(name, self.cleansed_substitute) for name in tb_frame.f_locals]
        return super().get_traceback_frame_variables(request, tb_frame)


def _is_secretive(request: HttpRequest | None) -> bool:
    return request is not None and request.path.startswith(_SECRETIVE)
