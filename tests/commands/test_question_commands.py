"""The commands as a person runs them: text first, exit codes, pipes, no database needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from policies import services
from policies.demo.story import sources_of
from tests.support.doors import paths, step, write_story

ROOT = Path(__file__).resolve().parent.parent.parent
LABELLED = paths(step("label-added").files)
UNLABELLED = paths(step("allow-matches-nothing").files)
FLANNEL = paths(step("not-enforced").files)


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command(*arguments, stdout=out, stderr=err)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    return code, out.getvalue(), err.getvalue()


def started(
    *arguments: str, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """A command in a process of its own."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, env={**os.environ, **environment}, check=False
    )


@pytest.mark.parametrize(
    ("inputs", "line"),
    [
        (LABELLED, "Enforced by calico (DaemonSet kube-system/calico-node)"),
        (FLANNEL, "NOT ENFORCED: flannel"),
        (paths(("applications.yaml",)), "Enforcement unknown: "),
    ],
)
def test_the_first_line_of_every_text_says_whether_it_is_enforced(
    inputs: list[str], line: str
) -> None:
    ends = ("--from", "production/webserver", "--to", "production/redis")
    for arguments in (
        ("flows", *inputs),
        ("explain", *inputs, *ends),
        ("whatif", *inputs, "--apply", *paths(("default-deny.yaml",))),
        ("diff", "--before", *inputs, "--after", *inputs),
    ):
        code, out, err = run(*arguments)
        assert (code, err) == (0, "")
        assert out.splitlines()[0].startswith(line)


def test_flows_prints_one_line_per_flow() -> None:
    _, out, _ = run("flows", *LABELLED, "--namespace", "development")
    assert "development/curl[Pod] => production/webserver[Deployment] : TCP 80" in out
    assert "development/curl[Pod] => kube-system/coredns[Deployment] : TCP 53,UDP 53" in out


def test_flows_as_csv_markdown_and_dot_hold_the_same_pairs() -> None:
    source, destination = "development/curl[Pod]", "production/webserver[Deployment]"
    _, table, _ = run("flows", *LABELLED, "-o", "csv")
    assert f"{source},{destination},TCP 80,allow,,yes" in table.splitlines()
    _, page, _ = run("flows", *LABELLED, "-o", "md")
    assert f"| {source} | {destination} | TCP 80 | allow |  |" in page.splitlines()
    _, graph, _ = run("flows", *LABELLED, "-o", "dot")
    assert f'  "{source}" -> "{destination}" [label="TCP 80"];' in graph.splitlines()


def test_the_same_input_gives_the_same_bytes() -> None:
    assert run("flows", *LABELLED, "-o", "json") == run("flows", *LABELLED[::-1], "-o", "json")


def test_explain_names_the_policy_the_rule_and_its_line() -> None:
    ends = ("--from", "development/curl", "--to", "production/redis", "--port", "6379/TCP")
    code, out, _ = run("explain", *LABELLED, *ends)
    assert code == 0
    assert "production/redis is closed to development/curl on TCP 6379." in out
    assert "NetworkPolicy Deny (production/allow-devel-pod-to-http, no rule matches)" in out
    assert "allow.yaml:" in out


def test_explain_tells_the_parts_of_a_workload_apart(tmp_path: Path) -> None:
    owned = (
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: db-{0}, namespace: x, labels: {{role: {0}}},"
        " ownerReferences: [{{apiVersion: apps/v1, kind: StatefulSet, name: db, controller: true,"
        " uid: u}}]}}\n---\n"
    )
    (tmp_path / "a.yaml").write_text(
        owned.format("main")
        + owned.format("copy")
        + "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        "metadata: {name: p, namespace: x}\n"
        "spec: {podSelector: {matchLabels: {role: main}}}\n"
    )
    _, out, _ = run("explain", str(tmp_path), "--from", "internet", "--to", "x/db")
    assert "x/db (role=main) is closed to the Internet." in out
    assert "The Internet may open every connection to x/db (role=copy)." in out
    assert out.endswith("Open between all of them: No Connections\n")


def test_explain_does_not_call_open_what_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: x}\n"
        "spec: {replicas: 2, selector: {matchLabels: {a: b}}, template: {metadata:"
        " {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}\n---\n"
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        "metadata: {name: p, namespace: x}\n"
        "spec: {podSelector: {matchLabels: {pod-template-hash: abc}}}\n"
    )
    _, out, _ = run("explain", str(tmp_path), "--from", "x/web", "--to", "x/web")
    last = out.strip().splitlines()[-1]
    assert last.startswith("Open between them: ")
    assert "  [unknown: whether NetworkPolicy/x/p selects these pods" in last


def test_whatif_prints_each_change_with_its_reason() -> None:
    code, out, _ = run("whatif", *UNLABELLED, "--apply", *paths(("label.yaml",)))
    assert code == 0
    assert "2 added, 0 removed" in out
    assert "+ development/curl[Pod] => production/webserver[Deployment] : TCP 80" in out


def test_whatif_says_which_selector_matches_nothing() -> None:
    base = paths(step("default-deny").files)
    _, out, _ = run("whatif", *base, "--apply", *paths(("allow.yaml",)))
    assert "no namespace carries the label env" in out


def test_whatif_can_delete_a_policy() -> None:
    code, out, _ = run("whatif", *LABELLED, "--delete", "NetworkPolicy/development/deny-all")
    assert code == 0
    assert "development/curl[Pod] : All Connections" in out


def test_a_change_is_an_exit_code_only_when_asked_for() -> None:
    differing = ("diff", "--before", *UNLABELLED, "--after", *LABELLED)
    same = ("diff", "--before", *LABELLED, "--after", *LABELLED, "--exit-code")
    assert run(*differing)[0] == 0
    assert run(*differing, "--exit-code")[0] == 1
    assert run(*same)[0] == 0


def test_what_is_left_out_is_not_taken_for_no_change(tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text(
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n"
        "metadata: {name: closed, namespace: production}\nspec: {}\n"
    )
    code, out, _ = run("whatif", *LABELLED, "--apply", str(draft), "--exit-code")
    assert code == 1
    assert "Not evaluated: 1 CiliumNetworkPolicy" in out
    assert "Nothing changes:" not in out


def test_a_missing_file_is_bad_input_and_named() -> None:
    code, out, err = run("flows", "nowhere.yaml")
    assert (code, out) == (2, "")
    assert "nowhere.yaml" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("flows",),
        ("flows", *LABELLED, "--snapshot", "0123456789abcdef"),
        ("flows", *LABELLED, "--port", "80/HTTP"),
        ("flows", *LABELLED, "--profile", "nonsense=true"),
        ("explain", *LABELLED, "--from", "development/crul", "--to", "production/redis"),
        ("whatif", *LABELLED),
        ("whatif", *LABELLED, "--delete", "NetworkPolicy/production/nothing"),
    ],
)
def test_a_bad_question_is_exit_code_2_with_one_line_of_what_is_wrong(
    arguments: tuple[str, ...],
) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1


def test_problems_go_to_standard_error_with_file_and_line(tmp_path: Path) -> None:
    folder = write_story(step("label-added").files, tmp_path)
    (folder / "bad.yaml").write_text(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        "metadata: {name: bad}\nspec:\n  podSelector: {}\n  ingress: [{ports: [{port: 0}]}]\n"
    )
    code, out, err = run("flows", str(folder))
    assert code == 2
    assert "production/webserver" in out
    assert "bad.yaml:6: spec.ingress[0].ports[0].port: " in err


def test_json_carries_the_warnings_and_leaves_standard_error_alone(tmp_path: Path) -> None:
    folder = write_story(step("label-added").files, tmp_path)
    (folder / "values.yaml").write_text("replicas: 2")
    code, out, err = run("flows", str(folder), "-o", "json")
    assert (code, err) == (0, "")
    assert len(json.loads(out)["problems"]) == 1


@pytest.mark.parametrize("form", ["csv", "md", "dot"])
def test_forms_without_room_for_problems_leave_them_on_standard_error(
    form: str, tmp_path: Path
) -> None:
    folder = write_story(step("label-added").files, tmp_path)
    (folder / "bad.yaml").write_text("kind: [")
    (folder / "values.yaml").write_text("replicas: 2")
    _, out, err = run("flows", str(folder), "-o", form)
    assert "values.yaml" not in out
    assert err.startswith("error: ")
    assert "bad.yaml:2: is not valid YAML" in err
    assert "\nwarning: " in err
    assert "values.yaml:1: " in err


def test_one_of_a_thing_is_counted_as_one(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n")
    _, out, _ = run("flows", str(tmp_path))
    assert "\n1 namespace, 0 workloads, 0 pods, 0 policies\n" in out


def test_a_draft_that_is_not_evaluated_is_not_said_to_change_nothing(tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text(
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n"
        "metadata: {name: a, namespace: production}\nspec: {endpointSelector: {}}\n"
    )
    _, out, _ = run("whatif", *LABELLED, "--apply", str(draft))
    assert "Not evaluated: 1 CiliumNetworkPolicy" in out
    assert "the same connections are open" not in out
    assert "may still change something" in out


def test_input_of_which_nothing_is_usable_is_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("kind: [")
    code, out, err = run("flows", str(tmp_path))
    assert (code, out) == (2, "")
    assert "bad.yaml" in err


@pytest.mark.django_db
def test_a_snapshot_can_stand_in_for_files() -> None:
    snapshot, _ = services.store_sources(sources_of(step("label-added").files))
    assert run("flows", "--snapshot", snapshot.id) == run("flows", *LABELLED)


@pytest.mark.django_db
def test_an_unknown_snapshot_is_bad_input() -> None:
    code, _, err = run("flows", "--snapshot", "0123456789abcdef")
    assert code == 2
    assert "0123456789abcdef" in err


def test_a_command_reads_a_pipe_and_needs_no_database(tmp_path: Path) -> None:
    manifests = b"\n---\n".join(Path(path).read_bytes() for path in LABELLED)
    nowhere = f"sqlite:///{tmp_path}/none/at/all.sqlite3"
    done = started("flows", "-", stdin=manifests, DATABASE_URL=nowhere)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"development/curl[Pod] => production/webserver[Deployment] : TCP 80" in done.stdout


def test_a_database_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    nowhere = f"sqlite:///{tmp_path}/none/at/all.sqlite3"
    done = started("flows", "--snapshot", "0123456789abcdef", DATABASE_URL=nowhere)
    assert done.returncode == 2
    assert done.stderr.startswith(b"The database cannot be read")
    assert b"Traceback" not in done.stderr


def test_bad_usage_is_exit_code_2() -> None:
    done = started("flows", "--level", "cluster", "x.yaml")
    assert done.returncode == 2
    assert b"invalid choice" in done.stderr


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = f"{sys.executable} manage.py flows {' '.join(LABELLED)} | head -n 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, cwd=ROOT, check=False)
    assert done.stderr == b""
    assert done.stdout.startswith(b"Enforced by calico")
