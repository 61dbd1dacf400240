"""The manifests to run netviz inside a cluster: the rights are those that the table asks for."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import yaml
from django.core.management import call_command

from policies import services
from policies.ingest.resources import RESOURCES
from policies.ingest.upload import load_paths

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("rbac", *arguments, stdout=out)
    return out.getvalue()


def manifests(kind: str) -> list[dict[str, Any]]:
    names = yaml.safe_load((DEPLOY / "kustomization.yaml").read_text())["resources"]
    found = [each for name in names for each in yaml.safe_load_all((DEPLOY / name).read_text())]
    return [each for each in found if each["kind"] == kind]


def rules(role: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_the_role_gives_what_is_read_and_nothing_else() -> None:
    role = yaml.safe_load(printed())
    wanted = {(each.group, each.plural) for each in RESOURCES}
    assert rules(role) == {
        (group, plural, verb) for group, plural in wanted for verb in ("get", "list", "watch")
    }
    assert not {"secrets", "configmaps"} & {resource for _, resource, _ in rules(role)}


def test_the_role_in_deploy_is_the_one_that_is_printed() -> None:
    assert (DEPLOY / "rbac.yaml").read_text() == printed("--bind")


def test_no_role_in_deploy_may_do_more_than_read() -> None:
    (role,) = manifests("ClusterRole")
    assert {verb for _, _, verb in rules(role)} <= {"get", "list", "watch"}
    assert "*" not in {part for rule in rules(role) for part in rule}
    assert manifests("Role") == []


def test_the_role_can_be_given_to_an_account_elsewhere() -> None:
    _, account, binding = yaml.safe_load_all(printed("--bind", "--namespace", "tools"))
    assert account["metadata"]["namespace"] == "tools"
    assert binding["subjects"][0]["namespace"] == "tools"


def test_netviz_reads_its_own_manifests_without_a_fault() -> None:
    state = services.read(load_paths([str(DEPLOY)]))
    assert [each for each in state.problems if each.severity == "error"] == []
    assert [str(each.ref) for each in state.workloads] == ["netviz/netviz[Deployment]"]
    answer = services.flows_answer(services.evaluate_state(state))
    into = [each for each in answer["flows"] if each["destination"] == "netviz/netviz[Deployment]"]
    assert into == []


def test_the_pod_is_as_closed_as_it_can_be() -> None:
    (deployment,) = manifests("Deployment")
    spec = deployment["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    security = container["securityContext"]
    assert security["allowPrivilegeEscalation"] is False
    assert security["readOnlyRootFilesystem"] is True
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert "ports" not in container
    assert manifests("Service") == []
    (account,) = manifests("ServiceAccount")
    assert spec["serviceAccountName"] == account["metadata"]["name"]


def test_every_file_of_deploy_is_part_of_the_kustomization() -> None:
    listed = yaml.safe_load((DEPLOY / "kustomization.yaml").read_text())["resources"]
    others = {"kustomization.yaml", "Dockerfile"}
    assert {each.name for each in DEPLOY.iterdir()} - others == set(listed)
