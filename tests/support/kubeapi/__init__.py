"""A Kubernetes API server for tests: it speaks the real protocol, over HTTP and HTTPS.

Discovery, pages, watches, refusals and all that goes wrong in between are as a current server sends
them. What is in it is put there by tests: it keeps nothing that is sent to it.
"""

from __future__ import annotations

from tests.support.kubeapi.handler import VERSION
from tests.support.kubeapi.kubeconfig import CONTEXT
from tests.support.kubeapi.requests import Seen
from tests.support.kubeapi.server import ApiServer

__all__ = ["CONTEXT", "VERSION", "ApiServer", "Seen"]
