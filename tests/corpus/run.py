"""Run the public corpus and print a table: `python -m tests.corpus.run [set…]`.

Results are written to a temporary folder and judged by the corpus' own compare.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.corpus import nca, netpol_analyzer, probes
from tests.corpus.cases import SETS, CorpusCase, corpus_folder, load_set, why_out_of_scope
from tests.corpus.disagreements import JUSTIFIED
from tests.oracle.reference import Flags

__all__ = ["Outcome", "failures", "run", "table"]

# k8s-e2e and npapi state what holds where blocks match pods (api) and where they do not (npa).
_MODELS = {
    "k8s-e2e": ("api", "npa"),
    "npapi": ("api", "npa"),
    "netpol-analyzer": ("npa",),
    "nca": ("npa",),
}
# The same rules as ClusterNetworkPolicy and as AdminNetworkPolicy, where a case has both.
_VERSIONS = {"npapi": ("policies", "policies_v1alpha1")}


@dataclass(frozen=True)
class Outcome:
    """What became of one case under one model: pass, fail, justified, later or no-verdict."""

    set: str
    model: str
    case: str
    kind: str
    fair: str
    status: str
    why: str = ""


def run(corpus: Path, names: Iterable[str] = SETS) -> list[Outcome]:
    """Every case of the sets, answered and judged."""
    return [
        outcome
        for name in names
        for model in _MODELS[name]
        for version in _VERSIONS.get(name, ("policies",))
        for outcome in _run_set(corpus, name, model, version)
    ]


def _run_set(corpus: Path, name: str, model: str, version: str) -> list[Outcome]:
    cases = load_set(corpus, name)
    with tempfile.TemporaryDirectory() as folder:
        results, verdicts = Path(folder) / "results.jsonl", Path(folder) / "verdicts.jsonl"
        with results.open("w", encoding="utf-8") as file:
            for case in cases:
                file.write(
                    json.dumps({"id": case.id, **_answer(case, name, model, version)}) + "\n"
                )
        command = [sys.executable, str(corpus / "compare.py"), str(corpus / name), str(results)]
        command += ["--model", model, "--out", str(verdicts), "--quiet"]
        if name == "netpol-analyzer":
            command.append("--reasons")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not verdicts.exists():
            raise RuntimeError(done.stderr)
        judged = [json.loads(line) for line in verdicts.read_text(encoding="utf-8").splitlines()]
    shown = f"{model}, v1alpha1" if version == "policies_v1alpha1" else model
    return [_outcome(name, shown, *pair) for pair in zip(cases, judged, strict=True)]


def _answer(case: CorpusCase, name: str, model: str, version: str) -> dict[str, Any]:
    later = why_out_of_scope(case)
    if later:
        return {"skip": later}
    if name in ("k8s-e2e", "npapi"):
        return probes.answer(case, Flags(ipblock_matches_pods=model == "api"), version)
    return netpol_analyzer.answer(case) if name == "netpol-analyzer" else nca.answer(case)


def _outcome(name: str, model: str, case: CorpusCase, judged: dict[str, Any]) -> Outcome:
    status = {"skipped": "later"}.get(judged["status"], judged["status"])
    why = judged["why"] or "; ".join(judged["diffs"][:3])
    if status == "fail" and case.id in JUSTIFIED:
        status, why = "justified", "{}: {}".format(*JUSTIFIED[case.id])
    return Outcome(name, model, case.id, case.kind, case.fair, status, why)


def failures(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Outcomes that nothing justifies."""
    return [each for each in outcomes if each.status in ("fail", "missing")]


def table(outcomes: Iterable[Outcome]) -> str:
    """Counts per set, model, kind of case and fairness."""
    columns = ("pass", "fail", "justified", "no-verdict", "later")
    counts: dict[tuple[str, ...], Counter[str]] = {}
    for each in outcomes:
        for kind, fair in ((each.kind, each.fair), ("", each.fair), ("", "")):
            row = (f"{each.set} ({each.model})", kind or "all kinds", fair or "all")
            counts.setdefault(row, Counter())[each.status] += 1
    lines = ["| set (model) | kind | fair | " + " | ".join(columns) + " |", "|---" * 8 + "|"]
    for place, counter in sorted(counts.items()):
        lines.append("| " + " | ".join([*place, *(str(counter[each]) for each in columns)]) + " |")
    return "\n".join(lines)


def main(names: list[str]) -> int:
    """Print the failures and the table."""
    outcomes = run(corpus_folder(), names or SETS)
    for each in failures(outcomes):
        print(
            f"{each.status.upper():8} {each.fair:12} {each.case} ({each.model}): {each.why[:400]}"
        )
    print(table(outcomes))
    return 1 if failures(outcomes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
