#!/usr/bin/env python3
"""Holds the smallest program to what the smallest machine has: the classic chat alone, built
without default features, static with musl (the profile `small` in Cargo.toml).

    tests/stacks/small.py PROGRAM
"""

import os
import sys

import check

PROGRAM_BYTES_MAX = 2_000_000
# All that is in memory of it, its own code included, before anybody has come.
EMPTY_KIB_MAX = 3 * 1024
CLIENTS = 50
# musl gives a thread what it asks for and no more.
CLIENT_KIB_MAX = 24


def main(program):
    size = os.path.getsize(program)
    server, host = check.start(program)
    try:
        empty = check.number_of(server.pid, "VmRSS")
        # What the first client brings for all is nobody's own.
        first = check.enter(host, 0, is_v1=False)
        check.answer_a_ping(first)
        each, clients = check.idle_clients(server.pid, host, CLIENTS, is_v1=False)
        threads = check.number_of(server.pid, "Threads")
        del first, clients
    finally:
        server.terminate()
        server.wait(10)
    print(
        f"the smallest program: {size} bytes; {empty} KiB when it is empty; "
        f"{each:.1f} KiB for each of {CLIENTS} idle clients"
    )
    assert threads >= 2 * CLIENTS, f"{threads} threads are not two for each client"
    assert size <= PROGRAM_BYTES_MAX, f"it has more than {PROGRAM_BYTES_MAX} bytes"
    assert empty <= EMPTY_KIB_MAX, f"empty it takes more than {EMPTY_KIB_MAX} KiB"
    assert each <= CLIENT_KIB_MAX, f"an idle client takes more than {CLIENT_KIB_MAX} KiB"


if __name__ == "__main__":
    main(sys.argv[1])
