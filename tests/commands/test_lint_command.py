"""`manage.py lint` as a person and as a pipeline run it: texts, forms for machines, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from policies.evaluator.lint import CATALOGUE, FAMILIES
from tests.commands.test_question_commands import LABELLED, UNLABELLED, run

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop, labels: {app: web}}\n---\n"
DENY = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: p
  namespace: shop
  annotations: {netviz.io/ignore: "L-03: its pods come next"}
spec:
  podSelector: {matchLabels: {app: wbe}}
  policyTypes: [Ingress, Egress]
"""
BROKEN = DENY.replace("name: p", "name: broken").replace("[Ingress, Egress]", "[Everything]")


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """A policy that selects nothing, which somebody decided to live with."""
    path = tmp_path / "shop.yaml"
    path.write_text(POD + DENY)
    return str(path)


@pytest.fixture
def broken(tmp_path: Path) -> str:
    path = tmp_path / "broken.yaml"
    path.write_text(POD + BROKEN)
    return str(path)


def test_each_finding_says_what_why_here_and_where() -> None:
    code, out, _ = run("lint", *UNLABELLED, "--only", "L-02")
    assert code == 0
    assert out.splitlines()[1] == "0 errors, 1 warning, 0 notes, 0 suppressed"
    assert "W L-02 A namespaceSelector that matches no namespace" in out
    assert "write kubernetes.io/metadata.name: development" in out
    assert "NetworkPolicy/production/allow-devel-pod-to-http spec.ingress[0].from[0]" in out
    assert "fix: Select namespaces by kubernetes.io/metadata.name=development" in out


def test_nothing_found_says_how_much_was_looked_for() -> None:
    _, out, _ = run("lint", *LABELLED, "--only", "L-02")
    assert out.endswith(f"Nothing found. {len(CATALOGUE)} checks ran.\n")


HIDDEN = """
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: c, namespace: shop}
spec: {endpointSelector: {}, ingress: [{}]}
"""


def test_what_is_not_judged_is_not_called_well(tmp_path: Path) -> None:
    path = tmp_path / "hidden.yaml"
    path.write_text(POD + HIDDEN)
    code, out, _ = run("lint", str(path), "--only", "L-02")
    assert code == 0
    assert "1 workload was not judged: policies that are not evaluated govern it." in out
    assert out.endswith(f"Nothing else found. {len(CATALOGUE)} checks ran.\n")


def test_a_namespace_that_is_not_there_is_an_error(shop: str) -> None:
    code, _, err = run("lint", shop, "--namespace", "shup")
    assert (code, err) == (2, 'There is no namespace "shup" here. Did you mean shop?\n')


def test_a_suppressed_finding_is_counted_and_shown_apart_with_its_reason(shop: str) -> None:
    _, out, _ = run("lint", shop)
    assert ", 1 suppressed" in out.splitlines()[1]
    _, _, apart = out.partition("Suppressed:\n")
    assert apart.strip() == (
        "L-03 The policy selects no pod: NetworkPolicy/shop/p (its pods come next)"
    )


def test_the_exit_code_is_1_only_where_it_was_asked_for(shop: str) -> None:
    assert run("lint", shop)[0] == 0
    assert run("lint", shop, "--fail-on", "warning")[0] == 1
    assert run("lint", shop, "--fail-on", "info")[0] == 1
    assert run("lint", shop, "--fail-on", "error")[0] == 0
    assert run("lint", shop, "--only", "L-03", "--fail-on", "info")[0] == 0


def test_an_object_that_is_left_out_is_bad_input(broken: str) -> None:
    code, out, err = run("lint", broken, "--fail-on", "error")
    assert code == 2
    assert "LEFT OUT: NetworkPolicy/shop/broken" in out
    assert "NetworkPolicy/shop/broken" in err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--only", "L-999"), 'There is no finding "L-999".'),
        (("--ignore", "l-02"), "Did you mean L-02?"),
    ],
)
def test_an_unknown_id_is_bad_usage(options: tuple[str, ...], said: str) -> None:
    code, out, err = run("lint", *LABELLED, *options)
    assert (code, out) == (2, "")
    assert said in err


def test_filters_leave_the_findings_asked_for(shop: str) -> None:
    def ids(*options: str) -> set[str]:
        _, out, _ = run("lint", shop, "-o", "json", *options)
        return {each["id"] for each in json.loads(out)["findings"]}

    assert {"L-01", "L-03", "L-100", "L-101"} <= ids()
    assert ids("--only", "L-100,L-101") == {"L-100", "L-101"}
    assert ids("--ignore", "L-100", "--ignore", "L-101") == ids() - {"L-100", "L-101"}
    assert ids("--severity", "error") == set()
    assert "L-01" not in ids("--namespace", "shop")


# -- SARIF -----------------------------------------------------------------------------------------


def sarif(*arguments: str) -> dict[str, Any]:
    _, out, _ = run("lint", *arguments, "-o", "sarif")
    log: dict[str, Any] = json.loads(out)
    return log


def test_sarif_has_one_run_with_a_rule_for_every_check(shop: str) -> None:
    log = sarif(shop)
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (run_,) = log["runs"]
    driver = run_["tool"]["driver"]
    assert driver["name"] == "netviz"
    assert [rule["id"] for rule in driver["rules"]] == list(CATALOGUE)
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")


def test_every_sarif_result_points_to_its_rule_and_to_a_line(shop: str) -> None:
    (run_,) = sarif(shop)["runs"]
    rules = run_["tool"]["driver"]["rules"]
    assert run_["results"]
    for result in run_["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        for location in result.get("locations", []) + result.get("relatedLocations", []):
            assert location["logicalLocations"][0]["fullyQualifiedName"]
            physical = location.get("physicalLocation")
            if physical:
                assert physical["artifactLocation"]["uri"].endswith("shop.yaml")
                assert physical["region"]["startLine"] >= 1
        ids = [each["id"] for each in result.get("relatedLocations", [])]
        assert len(ids) == len(set(ids))


def test_a_suppressed_sarif_result_carries_its_reason(shop: str) -> None:
    (run_,) = sarif(shop)["runs"]
    (result,) = [each for each in run_["results"] if each["ruleId"] == "L-03"]
    assert result["suppressions"] == [
        {"kind": "inSource", "status": "accepted", "justification": "its pods come next"}
    ]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 12}


def test_sarif_says_what_is_left_out(broken: str) -> None:
    (invocation,) = sarif(broken)["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert "NetworkPolicy/shop/broken" in notification["message"]["text"]


# -- JUnit -----------------------------------------------------------------------------------------


def test_junit_has_a_suite_for_each_family_and_counts_right(shop: str) -> None:
    _, out, _ = run("lint", shop, "-o", "junit")
    root = ElementTree.fromstring(out.encode())
    assert root.tag == "testsuites"
    suites = root.findall("testsuite")
    assert [suite.get("name") for suite in suites] == [family.title for family in FAMILIES]
    for element in (root, *suites):
        for name, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
            assert element.get(name) == str(len(list(element.iter(tag))))
    cases = list(root.iter("testcase"))
    assert {(case.get("name") or "").partition(" ")[0] for case in cases} == set(CATALOGUE)


def test_junit_fails_what_was_found_and_skips_what_is_suppressed(shop: str) -> None:
    _, out, _ = run("lint", shop, "-o", "junit")
    cases = {
        (case.get("name") or "").partition(" ")[0]: case
        for case in ElementTree.fromstring(out.encode()).iter("testcase")
    }
    skipped = cases["L-03"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "its pods come next"
    assert (cases["L-03"].get("file") or "").endswith("shop.yaml")
    failure = cases["L-100"].find("failure")
    assert failure is not None
    assert "shop/web" in (failure.text or "")
    assert list(cases["L-31"]) == []
