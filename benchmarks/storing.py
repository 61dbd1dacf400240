"""Keep a made-up cluster, or the demo, in the database of DATABASE_URL; prints its snapshot."""

from __future__ import annotations

import os
import sys

import django

from benchmarks.shapes import shape
from policies.evaluator.documents import Limits, SourceText
from policies.evaluator.read import read_state

_UNLIMITED = Limits(json_bytes=1 << 40, json_nodes=1 << 40)


def main() -> None:
    """Store it, whatever its size: uploads are limited, measurements are not."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netviz.settings")
    django.setup()
    from policies import services
    from policies.models import Snapshot

    if sys.argv[1] == "demo":
        print(services.demo_story()[2]["snapshot_id"])
        return
    name, pods = sys.argv[1], int(sys.argv[2])
    state = read_state([SourceText("cluster.json", shape(name, pods))], limits=_UNLIMITED)
    print(Snapshot.objects.store(state, f"{name}, {pods:,} pods").pk)


if __name__ == "__main__":
    main()
