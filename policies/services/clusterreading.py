"""A running cluster read once, for a question or for a picture of this moment."""

from __future__ import annotations

from collections.abc import Sequence

from policies.evaluator.errors import BadQuestion
from policies.ingest.cluster import Reading, read_once
from policies.ingest.connection import Connection, Target
from policies.ingest.faults import NOT_ACCEPTED, ApiError, BadTarget, Unreachable
from policies.ingest.names import is_namespace

__all__ = ["read_cluster"]


def read_cluster(
    context: str = "", kubeconfig: str = "", namespaces: Sequence[str] = ()
) -> Reading:
    """All that may be read of the cluster of a context, as kubectl would find it; in these
    namespaces alone where there are any.

    Raises BadQuestion where it cannot be reached, or nothing of it can be read.
    """
    for each in namespaces:
        if not is_namespace(each):
            raise BadQuestion("namespace", f"{each!a} is not the name of a namespace.")
    target = Target(source="kubeconfig", kubeconfig=kubeconfig, context=context)
    try:
        reading = read_once(Connection(target), namespaces)
    except BadTarget as error:
        raise BadQuestion(error.field, error.message) from None
    except Unreachable as error:
        raise BadQuestion("cluster", str(error)) from None
    except ApiError as error:
        said = NOT_ACCEPTED if error.status == 401 else f"The server answered {error}"
        raise BadQuestion("cluster", said) from None
    if not any(each["state"] == "ok" for each in reading.resources):
        raise BadQuestion(
            "cluster",
            "Nothing of the cluster may be read. `manage.py rbac` prints the rights that are"
            " needed.",
        )
    return reading
