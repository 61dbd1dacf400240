"""`manage.py profile`: prints how a cluster reads policies, and sets it."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from policies import services
from policies.demo.story import sources_of
from policies.evaluator.profilewords import FLAGS
from policies.models import Snapshot
from tests.support.doors import step

pytestmark = pytest.mark.django_db


@pytest.fixture
def snapshot() -> Snapshot:
    return services.store_sources(sources_of(step("not-enforced").files))[0]


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command("profile", *arguments, stdout=out, stderr=err)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    return code, out.getvalue(), err.getvalue()


def test_it_prints_every_flag_in_words(snapshot: Snapshot) -> None:
    code, out, _ = run(snapshot.pk)
    assert code == 0
    lines = out.splitlines()
    assert len(lines) == len(FLAGS)
    assert lines[0].startswith("np_enforced=false  (by the plugin)  Policies are enforced. ")
    assert lines[0].endswith("[A-120, A-121]")


def test_it_sets_and_leaves_to_the_plugin_again(snapshot: Snapshot) -> None:
    code, out, _ = run(snapshot.pk, "np_enforced=true", "sctp=false", "-o", "json")
    assert code == 0
    rows = {each["flag"]: each for each in json.loads(out)["profile_flags"]}
    assert (rows["np_enforced"]["value"], rows["np_enforced"]["by"]) == (True, "snapshot")
    assert services.get_snapshot(snapshot.pk).profile == {"np_enforced": True, "sctp": False}
    code, out, _ = run(snapshot.pk, "np_enforced=default")
    assert code == 0
    assert "sctp=false  (set for this cluster)" in out
    assert services.get_snapshot(snapshot.pk).profile == {"sctp": False}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sct=true",), 'There is no profile flag "sct"'),
        (("sct=default",), 'There is no profile flag "sct"'),
        (("sctp=perhaps",), 'sctp takes true or false, not "perhaps"'),
    ],
)
def test_what_cannot_be_set_is_bad_usage(
    snapshot: Snapshot, arguments: tuple[str, ...], message: str
) -> None:
    code, out, err = run(snapshot.pk, "endport=false", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert services.get_snapshot(snapshot.pk).profile == {}


def test_a_snapshot_that_is_not_there_is_bad_usage() -> None:
    assert run("nowhere") == (2, "", "There is no snapshot nowhere.\n")
