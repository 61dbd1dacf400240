"""One policy or one workload with all that its page shows; the same over REST."""

from __future__ import annotations

from typing import Any

from policies.evaluator.bits import bits_of
from policies.evaluator.engine import Evaluation
from policies.evaluator.errors import BadQuestion
from policies.evaluator.notes import notes_of
from policies.evaluator.openness import Openness
from policies.evaluator.portraits import portrait
from policies.evaluator.workloadportrait import find_workload, ports_of, ways
from policies.evaluator.yamlplaces import lines_of_fields
from policies.services.answers import envelope
from policies.services.entries import entry_json
from policies.services.findings import FindingFilter, findings_of
from policies.services.kept import NotFound
from policies.services.lists import policy_item, workload_item

__all__ = ["policy_answer", "workload_answer"]


def policy_answer(evaluation: Evaluation, key: str) -> dict[str, Any]:
    """A policy by its key (`NetworkPolicy/shop/api`), in plain sentences. Raises NotFound."""
    found = next((each for each in evaluation.policies if each.source.key == key), None)
    if found is None:
        raise NotFound(f"There is no policy {key} here.")
    item = policy_item(evaluation, found, notes_of(evaluation, [found]))
    shown = portrait(evaluation, found)
    places = lines_of_fields(item["yaml"])
    rules = [
        {**rule.to_json(), "yaml_lines": list(places.get(f"spec.{rule.path}", (1, 1)))}
        for rule in shown.rules
    ]
    return {
        **envelope(evaluation),
        **item,
        "tier": found.policy.tier.title,
        "sentence": shown.sentence,
        "closes": list(shown.closes),
        "rules": rules,
    }


def workload_answer(evaluation: Evaluation, name: str) -> dict[str, Any]:
    """A workload by its name, with what governs it and what may come in and go out.

    Raises NotFound.
    """
    try:
        ref, bits = find_workload(evaluation, name)
    except BadQuestion as error:
        raise NotFound(error.message) from error
    members = list(bits_of(bits))
    pods = [
        evaluation.state.pods[index]
        for bit in members
        for index in evaluation.universe.classes[bit].pods
    ]
    origins = {each.ref: each.origin for each in evaluation.state.workloads}
    item = workload_item(Openness(evaluation), ref, members, origins.get(ref))
    ways_in = entry_json(evaluation, str(ref))
    about = FindingFilter(object=str(ref))
    found = [each for each in findings_of(evaluation) if about.shows(each)]
    return {
        **envelope(evaluation),
        **item,
        "host_network": any(pod.host_network for pod in pods),
        "service_accounts": sorted({pod.service_account for pod in pods}),
        "ports": ports_of(pods),
        "nodes": sorted({pod.node for pod in pods if pod.node}),
        "ways": {
            direction.value: way.to_json() for direction, way in ways(evaluation, ref, bits).items()
        },
        "services": ways_in["services"],
        "paths": ways_in["paths"],
        "findings": [each.to_json() for each in found if each.suppressed is None],
    }
