"""The services: what the pages, the API and the commands may ask.

Each is loaded when it is first asked for: a command about files needs neither the database nor the
other questions.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policies.services.answers import (
        entrypoints_answer,
        envelope,
        evaluate_snapshot,
        evaluate_state,
        exposure_answer,
        flows_answer,
        flows_stream,
    )
    from policies.services.changes import compare_answer, whatif_answer
    from policies.services.clusterreading import read_cluster
    from policies.services.clusters import (
        ClusterWishes,
        add_cluster,
        add_in_cluster,
        change_cluster,
        cluster_answer,
        cluster_answers,
        get_cluster,
        kubeconfig_answer,
        list_clusters,
        remove_cluster,
        reseal_tokens,
        target_of,
        target_of_wishes,
    )
    from policies.services.connecting import check_answer, trial_answer
    from policies.services.demo import demo_snapshot, demo_story, store_demo
    from policies.services.details import policy_answer, workload_answer
    from policies.services.dryrun import dry_run_answer
    from policies.services.explaining import explain_answer
    from policies.services.findings import (
        FindingFilter,
        finding_draft,
        findings_answer,
        findings_head,
        findings_of,
    )
    from policies.services.fixes import fix_answer, fix_draft
    from policies.services.following import live_of, live_of_picture
    from policies.services.kept import (
        NotFound,
        draft_answer,
        draft_sources,
        get_draft,
        get_snapshot,
        honesty,
        keep_draft,
        list_snapshots,
        load_uploads,
        snapshot_answer,
        store_sources,
        store_state,
        store_upload,
    )
    from policies.services.lists import policy_items, workload_items
    from policies.services.live import (
        cluster_of_snapshot,
        delete_picture,
        forget_cluster,
        history,
        latest_event,
        latest_picture,
        object_changes_answer,
        picture_answer,
        picture_of_snapshot,
        prune,
        record_event,
    )
    from policies.services.maps import (
        compare_map_answer,
        map_answer,
        matrix_answer,
        whatif_map_answer,
    )
    from policies.services.profiles import change_profile, parse_wishes, profile_rows
    from policies.services.reading import problem_json, problems_json, read, read_draft

__all__ = [
    "ClusterWishes",
    "FindingFilter",
    "NotFound",
    "add_cluster",
    "add_in_cluster",
    "change_cluster",
    "change_profile",
    "check_answer",
    "cluster_answer",
    "cluster_answers",
    "cluster_of_snapshot",
    "compare_answer",
    "compare_map_answer",
    "delete_picture",
    "demo_snapshot",
    "demo_story",
    "draft_answer",
    "draft_sources",
    "dry_run_answer",
    "entrypoints_answer",
    "envelope",
    "evaluate_snapshot",
    "evaluate_state",
    "explain_answer",
    "exposure_answer",
    "finding_draft",
    "findings_answer",
    "findings_head",
    "findings_of",
    "fix_answer",
    "fix_draft",
    "flows_answer",
    "flows_stream",
    "forget_cluster",
    "get_cluster",
    "get_draft",
    "get_snapshot",
    "history",
    "honesty",
    "keep_draft",
    "kubeconfig_answer",
    "latest_event",
    "latest_picture",
    "list_clusters",
    "list_snapshots",
    "live_of",
    "live_of_picture",
    "load_uploads",
    "map_answer",
    "matrix_answer",
    "object_changes_answer",
    "parse_wishes",
    "picture_answer",
    "picture_of_snapshot",
    "policy_answer",
    "policy_items",
    "problem_json",
    "problems_json",
    "profile_rows",
    "prune",
    "read",
    "read_cluster",
    "read_draft",
    "record_event",
    "remove_cluster",
    "reseal_tokens",
    "snapshot_answer",
    "store_demo",
    "store_sources",
    "store_state",
    "store_upload",
    "target_of",
    "target_of_wishes",
    "trial_answer",
    "whatif_answer",
    "whatif_map_answer",
    "workload_answer",
    "workload_items",
]

# Those first that need the least.
_HOMES = (
    *("reading", "answers", "explaining", "changes", "fixes", "maps", "lists", "findings"),
    "clusterreading",
    # From here on the database is needed.
    *("details", "kept", "demo", "profiles", "live", "clusters", "following"),
    *("connecting", "dryrun"),
)

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name in __all__:
            for home in _HOMES:
                module = import_module(f"{__name__}.{home}")
                if name in module.__all__:
                    # Kept, so that nobody looks for it again.
                    found = globals()[name] = getattr(module, name)
                    return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
