"""An object that the API server would refuse: said out loud, and never part of a sure answer."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from policies import services
from policies.evaluator.manifest import SourceText
from tests.commands.test_question_commands import ROOT, run, started

PODS = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: i}]}
"""
POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: shop}
spec:
  podSelector: {}
"""
REFUSED = f"{POLICY}  ingress: [{{ports: [{{port: 0}}]}}]\n"
FAULT = "policy.yaml:7: spec.ingress[0].ports[0].port: must be"
ASK = ("--from", "shop/web", "--to", "shop/db")


def folder(place: Path, name: str, policy: str) -> str:
    inside = place / name
    inside.mkdir()
    (inside / "pods.yaml").write_text(PODS)
    (inside / "policy.yaml").write_text(policy)
    return str(inside)


@pytest.fixture
def good(tmp_path: Path) -> str:
    return folder(tmp_path, "good", POLICY)


@pytest.fixture
def bad(tmp_path: Path) -> str:
    return folder(tmp_path, "bad", REFUSED)


def test_a_refused_object_stays_as_it_was_before_and_is_named(good: str, bad: str) -> None:
    code, out, err = run("diff", "--before", good, "--after", bad)
    assert code == 2
    assert "\n0 added, 0 removed, 0 changed" in out
    assert f"LEFT OUT: NetworkPolicy/shop/closed at bad/{FAULT}" in out.splitlines()[1]
    assert out.splitlines()[1].endswith("so what was there before stays.")
    assert "the same connections are open" not in out
    assert err.startswith("error: ")
    assert FAULT in err


def test_a_refused_object_that_is_new_is_not_said_to_be_applied(bad: str, tmp_path: Path) -> None:
    before = folder(tmp_path, "before", "")
    code, out, _ = run("diff", "--before", before, "--after", bad, "-o", "json")
    answer = json.loads(out)
    assert code == 2
    assert answer["changes"] == []
    assert [each["effect"] for each in answer["left_out"]] == [
        "The API server would refuse it, and it was not there before."
    ]


def test_a_state_before_that_lacks_an_object_is_said_to(good: str, bad: str) -> None:
    code, out, _ = run("diff", "--before", bad, "--after", good)
    assert code == 2
    assert out.splitlines()[1].endswith("The state before is without it.")


def test_text_that_is_no_object_is_said_to_look_removed(good: str, tmp_path: Path) -> None:
    after = folder(tmp_path, "after", "kind: [")
    code, out, _ = run("diff", "--before", good, "--after", after)
    assert code == 2
    assert "after/policy.yaml" in out.splitlines()[1]
    assert out.splitlines()[1].endswith("so it may look removed.")


def test_a_draft_with_a_refused_object_leaves_the_old_one(good: str, bad: str) -> None:
    code, out, err = run("whatif", good, "--apply", bad)
    assert code == 2
    assert "\n0 added, 0 removed, 0 changed" in out
    assert out.splitlines()[1].endswith("so what was there before stays.")
    assert f"bad/{FAULT}" in err


def test_a_what_if_on_a_state_without_an_object_says_so(bad: str, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text(POLICY.replace("closed", "other"))
    code, out, err = run("whatif", bad, "--apply", str(draft))
    assert code == 2
    assert "The state before is without it." in out.splitlines()[1]
    assert f"bad/{FAULT}" in err


@pytest.mark.parametrize("form", ["text", "json", "csv", "md", "dot"])
def test_flows_without_a_refused_policy_are_printed_and_end_with_2(bad: str, form: str) -> None:
    code, out, err = run("flows", bad, "-o", form)
    assert code == 2
    assert "shop/web[Pod]" in out
    assert f"error: NetworkPolicy/shop/closed at bad/{FAULT}" in err
    if form != "csv":
        assert "shop/closed" in out


def test_an_explanation_says_which_object_it_is_without(bad: str) -> None:
    code, out, err = run("explain", bad, *ASK)
    assert code == 2
    assert f"LEFT OUT: NetworkPolicy/shop/closed at bad/{FAULT}" in out.splitlines()[1]
    assert f"bad/{FAULT}" in err


@pytest.mark.django_db
def test_a_kept_snapshot_without_a_refused_object_says_so_too() -> None:
    sources = [SourceText("pods.yaml", PODS.encode()), SourceText("policy.yaml", REFUSED.encode())]
    snapshot, _ = services.store_sources(sources)
    code, _, err = run("flows", "--snapshot", snapshot.id)
    assert code == 2
    assert FAULT in err


def test_the_exit_code_of_bad_input_goes_before_that_of_a_change(good: str, bad: str) -> None:
    assert run("diff", "--before", good, "--after", bad, "--exit-code")[0] == 2


def test_warnings_alone_are_no_bad_input(good: str) -> None:
    (Path(good) / "values.yaml").write_text("replicas: 2\n")
    code, _, err = run("flows", good)
    assert code == 0
    assert err.startswith("warning: good/values.yaml:1: ")


@pytest.mark.parametrize(
    "question",
    [
        ("diff", "--before", "-", "--after", "-"),
        ("flows", "-", "-"),
        ("whatif", "-", "--apply", "-"),
    ],
)
def test_standard_input_is_not_read_twice(question: tuple[str, ...]) -> None:
    done = started(*question, stdin=PODS.encode())
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"Standard input (-) can be read once only; it is given twice.\n"


def test_an_answer_that_cannot_be_written_is_said_so_without_a_traceback(good: str) -> None:
    command = [sys.executable, "manage.py", "flows", good]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    assert done.returncode == 2
    assert done.stderr == b"error: the answer cannot be written: No space left on device\n"


@pytest.mark.parametrize("command", ["flows", "explain", "whatif", "diff"])
def test_the_help_of_every_question_tells_the_exit_codes(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command, "--help")[0] == 0
    assert "Exit codes: 0 done; 1 the check" in capsys.readouterr().out


FLANNEL = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-flannel-ds, namespace: kube-flannel}
spec: {template: {metadata: {labels: {app: flannel}}, spec: {hostNetwork: true, containers: []}}}
"""


@pytest.mark.parametrize(
    "question",
    [
        ("flows", "PATH"),
        ("whatif", "PATH", "--delete", "Pod/shop/web"),
        ("diff", "--before", "PATH", "--after", "POLICY"),
    ],
)
def test_a_table_says_in_each_row_and_beside_it_that_nothing_is_enforced(
    question: tuple[str, ...], good: str, tmp_path: Path
) -> None:
    (Path(good) / "flannel.yaml").write_text(FLANNEL)
    more = tmp_path / "more"
    more.mkdir()
    (more / "flannel.yaml").write_text(FLANNEL)
    given = {"PATH": good, "POLICY": str(more)}
    _, out, err = run(*(given.get(each, each) for each in question), "-o", "csv")
    rows = list(csv.DictReader(StringIO(out)))
    assert {row["enforced"] for row in rows} == {"no"}
    assert err.startswith("NOT ENFORCED: flannel")


def test_forms_without_a_head_leave_what_is_not_evaluated_on_standard_error(good: str) -> None:
    (Path(good) / "cilium.yaml").write_text(
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: a, namespace: shop}"
    )
    _, _, err = run("flows", good, "-o", "csv")
    assert "Not evaluated: 1 CiliumNetworkPolicy" in err
    _, out, _ = run("flows", good, "-o", "dot")
    assert "Not evaluated: 1 CiliumNetworkPolicy" in out
