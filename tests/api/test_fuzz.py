"""Requests nobody would write on purpose: never a fault of the server, always a shape promised."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from policies import services
from policies.demo.story import sources_of
from policies.models import Cluster
from tests.support.doors import step

# Loaded at once: the fixture loader of this tool does not work with the pytest in use.
schema = schemathesis.openapi.from_wsgi("/api/v1/schema", get_wsgi_application())

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# Enough to visit every parameter with good and bad values; a longer run is one number away.
EXAMPLES = 25


@pytest.fixture
def kept(db: None) -> Iterator[dict[str, str]]:
    """Identifiers of a snapshot, of a draft on it, and of a cluster whose kubeconfig is gone.

    Keeps the connection that holds the test's transaction, as Django's own test client does.
    """
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    snapshot, _ = services.store_sources(sources_of(step("label-added").files))
    cluster = Cluster.objects.create(name="gone", source="kubeconfig", kubeconfig="/nowhere")
    yield {
        "snapshots": snapshot.id,
        "drafts": str(services.keep_draft(snapshot, "", [], []).id),
        "clusters": str(cluster.pk),
    }
    for signal in signals:
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_the_api(case: schemathesis.Case[Any], kept: dict[str, str]) -> None:
    # An event stream never ends: of it only what is refused is tried.
    if "id" in case.path_parameters and not case.path.endswith("/events"):
        case.path_parameters["id"] = next(kept[each] for each in kept if f"/{each}/{{" in case.path)
    case.call_and_validate(checks=CHECKS)
