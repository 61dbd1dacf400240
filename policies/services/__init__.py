"""The services: what the pages, the API and the commands may ask."""

from __future__ import annotations

from policies.ingest.upload import load_uploads
from policies.services.answers import (
    compare_answer,
    entrypoints_answer,
    envelope,
    evaluate_snapshot,
    evaluate_state,
    explain_answer,
    exposure_answer,
    flows_answer,
    flows_stream,
    map_answer,
    matrix_answer,
    whatif_answer,
    whatif_map_answer,
)
from policies.services.demo import demo_snapshot, demo_story, store_demo
from policies.services.details import policy_answer, workload_answer
from policies.services.findings import (
    FindingFilter,
    finding_draft,
    findings_answer,
    findings_head,
    findings_of,
)
from policies.services.fixes import fix_answer, fix_draft
from policies.services.kept import (
    NotFound,
    draft_answer,
    draft_sources,
    get_draft,
    get_snapshot,
    honesty,
    keep_draft,
    list_snapshots,
    snapshot_answer,
    store_sources,
    store_upload,
)
from policies.services.lists import policy_items, workload_items
from policies.services.profiles import change_profile, parse_wishes, profile_rows
from policies.services.reading import problem_json, problems_json, read, read_draft

__all__ = [
    "FindingFilter",
    "NotFound",
    "change_profile",
    "compare_answer",
    "demo_snapshot",
    "demo_story",
    "draft_answer",
    "draft_sources",
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
    "get_draft",
    "get_snapshot",
    "honesty",
    "keep_draft",
    "list_snapshots",
    "load_uploads",
    "map_answer",
    "matrix_answer",
    "parse_wishes",
    "policy_answer",
    "policy_items",
    "problem_json",
    "problems_json",
    "profile_rows",
    "read",
    "read_draft",
    "snapshot_answer",
    "store_demo",
    "store_sources",
    "store_upload",
    "whatif_answer",
    "whatif_map_answer",
    "workload_answer",
    "workload_items",
]
