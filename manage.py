#!/usr/bin/env python
"""Runs netviz's commands; `manage.py help` lists them."""

from __future__ import annotations

import os
import signal
import sys

if __name__ == "__main__":
    # Ctrl-C ends a command at once and without a traceback, also while it is still being loaded.
    # What is stored is safe: transactions see to that. `serve` handles the signal itself.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from policies.management.direct import answer

if __name__ == "__main__" and not answer(sys.argv[1:], leave=True):
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "netviz.settings")
    execute_from_command_line(sys.argv)
