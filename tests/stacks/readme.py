#!/usr/bin/env python3
"""Measures what README.md says of the memory that a client takes in the usual release build, and
compares. (The other figures are those of docs/boxes/results.md.)

    tests/stacks/readme.py RELEASE

The figure of the README may be off by a tenth, because not each commit changes it, or by a page of
memory: a reader's stack ends near the end of its second page, so a few bytes decide about a third.
"""

import pathlib
import re
import sys

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


def main(release):
    said = float(re.search(r"\((\S+) KB\s+with\s+glibc\)", README.read_text()).group(1))
    measured = client_kb(release)
    print(f"README says {said} KB a client with glibc, measured {measured:.1f}")
    assert abs(said - measured) <= max(measured / 10, PAGE_KB), "the README says otherwise"


if __name__ == "__main__":
    main(*sys.argv[1:])
