#!/usr/bin/env python3
"""Measures the figures that README.md says of the program's size and memory, and compares.

    tests/stacks/readme.py RELEASE [STATIC]

RELEASE is the usual release build, STATIC the static one with musl. A figure of the README may be
off by a tenth: not each commit changes it. What a client takes may be off by a page of memory as
well: a reader's stack ends near the end of its second page, so a few bytes decide about a third.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

import check

README = pathlib.Path(__file__).parents[2] / "README.md"
CLIENTS = 500
PAGE_KB = 4.096


def client_kb(program):
    """What an idle client of `threadbare.v1` takes of the process, in KB."""
    server, host = check.start(program)
    try:
        each, clients = check.idle_clients(server.pid, host, CLIENTS, is_v1=True)
        del clients
    finally:
        server.terminate()
        server.wait(10)
    return each * 1.024


def empty_mb(program, data):
    """What an empty server has in memory, its own code included, in MB."""
    command = [program, "--addr", "127.0.0.1:0", "--log-level", "warn", "--data", data]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        next(line for line in server.stdout if "ws://" in line or "http://" in line)
        return check.number_of(server.pid, "VmRSS") * 1.024 / 1000
    finally:
        server.terminate()
        server.wait(10)


def main(release, static=None):
    text = README.read_text()
    measured = {r"\((\S+) KB with glibc\)": client_kb(release)}
    if static:
        with tempfile.TemporaryDirectory() as folder:
            measured |= {
                r"The file has (\S+) MB": os.path.getsize(static) / 1e6,
                r"uses (\S+) MB of memory": empty_mb(static, folder),
                r"\((\S+) with `--data none`\)": empty_mb(static, "none"),
                r"Each client adds (\S+) KB": client_kb(static),
            }
    wrong = []
    for pattern, figure in measured.items():
        said = float(re.search(pattern, text).group(1))
        print(f"README says {said}, measured {figure:.1f}: {pattern}")
        off_by_at_most = max(figure / 10, PAGE_KB if "client" in pattern or "glibc" in pattern else 0)
        if abs(said - figure) > off_by_at_most:
            wrong.append(pattern)
    assert not wrong, f"the README says otherwise: {wrong}"


if __name__ == "__main__":
    main(*sys.argv[1:])
