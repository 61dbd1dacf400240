"""The public corpus: where it is, its cases, and which of them can be answered yet."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["SETS", "CorpusCase", "corpus_folder", "load_set", "why_out_of_scope"]

SETS = ("k8s-e2e", "netpol-analyzer", "nca", "npapi")
_ROOT = Path(__file__).resolve().parents[2]

# Features of a case that a later issue brings; the reason is what the table prints.
_LATER = {
    "udn": "secondary networks",
    "cudn": "secondary networks",
    "nad": "secondary networks",
    "mnp": "secondary networks",
    "multi-network": "secondary networks",
    "kind-virtualmachine": "secondary networks",
    "kubevirt": "secondary networks",
}
# Classes of errors that only the command line of that tool can make.
_OF_THE_TOOL = {"cli-usage", "missing-path", "unknown-workload", "severe-with-fail-flag"}


@dataclass(frozen=True)
class CorpusCase:
    """One line of a cases.jsonl, with the folder that its paths are relative to."""

    folder: Path
    record: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.record["id"])

    @property
    def kind(self) -> str:
        return str(self.record["kind"])

    @property
    def fair(self) -> str:
        return str(self.record["fair"])

    @property
    def options(self) -> dict[str, Any]:
        found: dict[str, Any] = self.record.get("options") or {}
        return found


def corpus_folder() -> Path:
    """The folder of the corpus, next to the repository unless NETVIZ_CORPUS says otherwise."""
    return Path(os.environ.get("NETVIZ_CORPUS") or _ROOT.parent / "shared" / "corpus")


def load_set(corpus: Path, name: str) -> list[CorpusCase]:
    """All cases of a set."""
    folder = corpus / name
    lines = (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    return [CorpusCase(folder, json.loads(line)) for line in lines if line.strip()]


def why_out_of_scope(case: CorpusCase) -> str:
    """What a case needs that is not there yet; empty when it needs nothing."""
    features = set(case.record["features"])
    for feature, reason in _LATER.items():
        if feature in features:
            return reason
    if any("calico" in each for each in features):
        return "Calico policies"
    if any("istio" in each for each in features):
        return "Istio policies"
    if case.kind == "sanity":
        return "findings about policies"
    if case.record.get("group") == "cmdline":
        return "about another tool's command line"
    if case.kind == "error" and set(case.record["expected"]["error_class"]) & _OF_THE_TOOL:
        return "about another tool's command line"
    return ""
