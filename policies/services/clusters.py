"""Clusters that netviz looks at: added, changed, removed, and what is said of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from itertools import chain, count
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Max, QuerySet
from django.utils import timezone

from policies.evaluator.errors import BadQuestion
from policies.ingest.connection import Target
from policies.ingest.faults import BadTarget
from policies.ingest.kubeconfig import checked_kubeconfig, contexts_of
from policies.ingest.sealed import seal, unseal
from policies.models import Cluster, Event, Lease, Picture
from policies.services.clusterwishes import ClusterWishes, checked, target_fields
from policies.services.kept import NotFound
from policies.services.live import forget_cluster, record_event, status_data

__all__ = [
    "ClusterWishes",
    "add_cluster",
    "add_in_cluster",
    "change_cluster",
    "cluster_answer",
    "cluster_answers",
    "get_cluster",
    "kubeconfig_answer",
    "list_clusters",
    "remove_cluster",
    "reseal_tokens",
    "target_of",
    "target_of_wishes",
]


def list_clusters() -> QuerySet[Cluster]:
    """All clusters, by name."""
    return Cluster.objects.all()


def get_cluster(identifier: uuid.UUID | str) -> Cluster:
    """The cluster with this identifier. Raises NotFound."""
    try:
        key = uuid.UUID(str(identifier))
    except ValueError:
        raise NotFound(f"There is no cluster {identifier}.") from None
    cluster = list_clusters().filter(pk=key).first()
    if cluster is None:
        raise NotFound(f"There is no cluster {identifier}.")
    return cluster


def add_cluster(wishes: ClusterWishes) -> Cluster:
    """Keep a way to a cluster, to be watched from now on. Nothing is asked of the cluster yet.

    Raises BadQuestion, which names the field.
    """
    fields = checked(wishes, Cluster(source=wishes.get("source", "")))
    cluster = Cluster(**fields)
    if cluster.source == Cluster.Source.TOKEN:
        cluster.token = _sealed(wishes.get("token", ""), cluster.server)
    _refuse_twins(cluster)
    _save(cluster)
    return cluster


def change_cluster(identifier: uuid.UUID | str, wishes: ClusterWishes) -> Cluster:
    """Change what is named and leave the rest. Raises NotFound and BadQuestion.

    A token is never sent to a server that it was not given for: another server needs it again.
    """
    with transaction.atomic():
        cluster = _locked(identifier)
        before = target_fields(cluster), cluster.namespaces, cluster.watched
        for name, value in checked(wishes, cluster).items():
            setattr(cluster, name, value)
        if wishes.get("token"):
            cluster.token = _sealed(wishes["token"], cluster.server)
        elif cluster.server != before[0]["server"]:
            raise BadQuestion(
                "token",
                "The token was given for another server: give the token for the new one with it.",
            )
        _refuse_twins(cluster)
        after = target_fields(cluster), cluster.namespaces, cluster.watched
        if after != before or wishes.get("token"):
            _begin_anew(cluster)
        _save(cluster)
    return cluster


def remove_cluster(identifier: uuid.UUID | str) -> None:
    """Forget a cluster, the way to it and its history. Pages that show it are told. Raises
    NotFound."""
    with transaction.atomic():
        forget_cluster(_locked(identifier))


def add_in_cluster() -> Cluster | None:
    """The cluster that netviz runs in, added if it is not there yet; None where nobody asked for it
    (NETVIZ_IN_CLUSTER). Raises BadQuestion where there is no service account to sign in with."""
    if not settings.IN_CLUSTER:
        return None
    own = Cluster.objects.filter(source=Cluster.Source.IN_CLUSTER)
    found = own.first()
    if found is not None:
        return found
    taken = set(Cluster.objects.values_list("name", flat=True))
    names = chain(["This cluster"], (f"This cluster {number}" for number in count(2)))
    try:
        name = next(name for name in names if name not in taken)
        return add_cluster({"name": name, "source": "in-cluster"})
    except BadQuestion:
        # Another process may have been faster.
        found = own.first()
        if found is None:
            raise
        return found


@transaction.atomic
def reseal_tokens() -> tuple[int, list[tuple[str, str]]]:
    """Encrypt every token with the key that is the first one now; how many, and the names of the
    clusters whose token cannot be read, with the reason."""
    done, failed = 0, []
    found = Cluster.objects.select_for_update().filter(source=Cluster.Source.TOKEN)
    for cluster in found:
        try:
            cluster.token = seal(unseal(bytes(cluster.token), cluster.server), cluster.server)
        except BadTarget as error:
            failed.append((cluster.name, error.message))
            continue
        cluster.save(update_fields=["token"])
        done += 1
    return done, failed


def target_of(cluster: Cluster) -> Target:
    """How to reach a cluster, its token in clear. Raises BadTarget where that cannot be read."""
    token = ""
    if cluster.source == Cluster.Source.TOKEN:
        token = unseal(bytes(cluster.token), cluster.server)
    return Target(**target_fields(cluster), token=token)


def target_of_wishes(wishes: ClusterWishes) -> tuple[Target, list[str]]:
    """How to reach a cluster that is not kept, and which namespaces to look at. Raises BadQuestion.

    The token needs no key here: it is not kept.
    """
    fields = checked(wishes, Cluster(source=wishes.get("source", "")), for_keeping=False)
    cluster = Cluster(**fields)
    token = wishes.get("token", "") if cluster.source == Cluster.Source.TOKEN else ""
    return Target(**target_fields(cluster), token=token), cluster.namespaces


def kubeconfig_answer(path: str) -> dict[str, Any]:
    """What one can choose of a kubeconfig. Raises BadQuestion."""
    try:
        files = checked_kubeconfig(path.strip()) or ""
        contexts, current = contexts_of(files)
    except BadTarget as error:
        raise BadQuestion("path", error.message) from None
    return {"path": files, "contexts": contexts, "current": current}


def cluster_answer(cluster: Cluster) -> dict[str, Any]:
    """A cluster as every door shows it; its token never."""
    return cluster_answers([cluster])[0]


def cluster_answers(clusters: Sequence[Cluster]) -> list[dict[str, Any]]:
    """The same of many, with as few questions to the database as for one."""
    keys = [each.pk for each in clusters]
    counted = {
        row["cluster"]: row
        for row in Picture.objects.filter(cluster__in=keys)
        .order_by()
        .values("cluster")
        .annotate(count=Count("pk"), newest=Max("pk"))
    }
    newest = Picture.objects.in_bulk([row["newest"] for row in counted.values()])
    held = set(
        Lease.objects.filter(cluster__in=keys).exclude(holder="").values_list("pk", flat=True)
    )
    answers = []
    for each in clusters:
        row = counted.get(each.pk)
        picture = newest.get(row["newest"]) if row else None
        answers.append(
            {
                **_kept_answer(each),
                "picture": _picture_answer(picture) if picture else None,
                "picture_count": row["count"] if row else 0,
                "watcher": each.pk in held,
            }
        )
    return answers


def _kept_answer(cluster: Cluster) -> dict[str, Any]:
    confirmed = cluster.confirmed_at
    return {
        "id": str(cluster.pk),
        "name": cluster.name,
        "source": str(cluster.source),
        "kubeconfig": cluster.kubeconfig,
        "context": cluster.context,
        "server": cluster.server,
        "verify_tls": cluster.verify_tls,
        "has_token": bool(cluster.token),
        "has_ca": bool(cluster.ca),
        "namespaces": cluster.namespaces,
        "watched": cluster.watched,
        "keep_days": cluster.keep_days,
        "keep_pictures": cluster.keep_pictures,
        "created_at": cluster.created_at.isoformat(),
        "status": str(cluster.status),
        "detail": cluster.detail,
        "status_since": cluster.status_since.isoformat(),
        "confirmed_at": confirmed.isoformat() if confirmed else None,
        "counts": cluster.counts,
        "resources": cluster.resources,
    }


def _picture_answer(picture: Picture) -> dict[str, Any]:
    return {
        "id": picture.pk,
        "snapshot": picture.snapshot_id,
        "taken_at": picture.taken_at.isoformat(),
    }


def _locked(identifier: uuid.UUID | str) -> Cluster:
    """The row for changing it, held until the transaction ends."""
    return Cluster.objects.select_for_update().get(pk=get_cluster(identifier).pk)


def _sealed(token: str, server: str) -> bytes:
    try:
        return seal(token, server)
    except BadTarget as error:
        raise BadQuestion(error.field, error.message) from None


def _begin_anew(cluster: Cluster) -> None:
    """What was known of the connection was of another way to the cluster, or of a time before it
    was paused."""
    cluster.status = Cluster.Status.CONNECTING if cluster.watched else Cluster.Status.PAUSED
    cluster.detail = ""
    cluster.status_since = timezone.now()
    record_event(cluster.pk, Event.Kind.STATUS, status_data(cluster))


def _refuse_twins(cluster: Cluster) -> None:
    """Raises BadQuestion for a name that is taken, and for a way to a cluster that is there."""
    others = Cluster.objects.exclude(pk=cluster.pk)
    if others.filter(name=cluster.name).exists():
        raise _taken(cluster.name)
    if cluster.source == Cluster.Source.TOKEN:
        return
    twin = _named(
        others.filter(source=cluster.source, kubeconfig=cluster.kubeconfig, context=cluster.context)
    )
    if twin and cluster.source == Cluster.Source.IN_CLUSTER:
        raise BadQuestion("source", f"netviz looks at the cluster it runs in already: {twin}.")
    if twin:
        raise BadQuestion("context", f"This context is there already: it is {twin}.")


def _named(clusters: Iterable[Cluster]) -> str:
    return next((each.name for each in clusters), "")


def _taken(name: str) -> BadQuestion:
    return BadQuestion("name", f"There is a cluster named {name} already.")


def _save(cluster: Cluster) -> None:
    try:
        with transaction.atomic():
            cluster.save()
    except IntegrityError:
        # Somebody else took the name between the question and now.
        raise _taken(cluster.name) from None
