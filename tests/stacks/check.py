#!/usr/bin/env python3
"""Measures what a client's two threads keep of their stacks, and what an idle client
takes in all.

    tests/stacks/check.py PROGRAM [KIB]

A stack keeps each page that was touched once, for as long as the client stays, so a
deeper function costs every client 4 KiB. Another compiler, or code moved from one
function into another, is enough for that; only a release build can tell, by what the
kernel says of each stack (/proc/PID/smaps). No code is bent for a page: what is held to
a bound is the client as a whole.
"""

import os
import re
import socket
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

CLIENTS = 1000
STACK = 64 * 1024
# What a libc keeps beside each stack, in the same mapping.
BESIDE_STACK = 8 * 1024
# What an idle client may take of the machine's memory, its two threads included.
CLIENT_KIB_MAX = 32

# RFC 6455 5.2: a text, and a pong, masked with nothing; a ping as it comes.
SAY = b"\x81\x85\0\0\0\0hello"
PONG = b"\x8a\x80\0\0\0\0"
PING = b"\x89\x00"
HANDSHAKE = (
    "GET /ws HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
)
V1 = "Sec-WebSocket-Protocol: threadbare.v1\r\n"
# A guest's, who has been here before.
HELLO = (
    b'{"type":"hello","versions":[1],"token":"%032x",'
    b'"rooms":[{"room":"lobby","epoch":"5b052f6932fe7727","seq":41}]}'
)


def start(program):
    command = [program, "--addr", "127.0.0.1:0", "--log-level", "warn", "--ping-interval", "1s"]
    nothing_kept = {**os.environ, "THREADBARE_DATA": "none"}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=nothing_kept)
    for line in server.stdout:
        found = re.search(r"http://([^/]+)/", line)
        if found:
            return server, found.group(1)
    sys.exit("the server did not start")


def text_frame(text):
    """Of at least 126 bytes, masked with nothing."""
    return b"\x81\xfe" + len(text).to_bytes(2, "big") + b"\0\0\0\0" + text


def enter(host, number, is_v1):
    name, port = host.rsplit(":", 1)
    client = socket.create_connection((name, int(port)), timeout=10)
    client.sendall(HANDSHAKE.format(host=host, more=V1 if is_v1 else "").encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += client.recv(4096)
    assert answer.startswith(b"HTTP/1.1 101"), answer
    if is_v1:
        client.sendall(text_frame(HELLO % number))
    return client


def answer_a_ping(client):
    """All of the client's threads have done their part then."""
    heard = b""
    while PING not in heard:
        heard += client.recv(4096)
    client.sendall(PONG)


def stacks(pid):
    """Each mapping that has a stack's size: where, and what is in memory of it, in KiB."""
    start, end, found = 0, 0, []
    for line in open(f"/proc/{pid}/smaps"):
        mapping = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw-p", line)
        if mapping:
            start, end = int(mapping.group(1), 16), int(mapping.group(2), 16)
        elif re.match(r"[0-9a-f]+-", line):
            start, end = 0, 0
        elif line.startswith("Rss:") and STACK <= end - start <= STACK + BESIDE_STACK:
            found.append((start, end, int(line.split()[1])))
    return found


def used_bytes(pid, found):
    """How deep each stack was, by the deepest byte that is not 0, in order."""
    used = []
    with open(f"/proc/{pid}/mem", "rb") as memory:
        for start, end, _ in found:
            memory.seek(start)
            used.append(len(memory.read(end - start).lstrip(b"\0")))
    return sorted(used)


def number_of(pid, what="RssAnon"):
    """What the server has in memory of its own, in KiB; or another number of its status."""
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(what + ":"):
            return int(line.split()[1])


def idle_clients(pid, host, count, is_v1):
    """Lets so many come and be idle: what each takes in KiB, and their sockets."""
    before = number_of(pid)
    # Many at once: whoever waits for a lock or a queue goes deeper.
    with ThreadPoolExecutor(16) as dialers:
        clients = list(dialers.map(lambda number: enter(host, number, is_v1), range(count)))
    for client in clients[:20] if not is_v1 else []:
        client.sendall(SAY)
    for _ in range(2):
        for client in clients:
            answer_a_ping(client)
    return (number_of(pid) - before) / count, clients


def check(program, is_v1, client_kib_max=CLIENT_KIB_MAX):
    server, host = start(program)
    try:
        # They are here until their stacks have been looked at.
        each, clients = idle_clients(server.pid, host, CLIENTS, is_v1)
        found = stacks(server.pid)
        used = used_bytes(server.pid, found)
        del clients
    finally:
        server.terminate()
        server.wait(10)
    # Where musl puts its heap right after a stack, the kernel makes one mapping of both.
    assert len(found) >= 2 * CLIENTS * 3 // 4, f"only {len(found)} stacks were found"
    pages = Counter(kib // 4 for _, _, kib in found)
    print(
        f"{'threadbare.v1' if is_v1 else 'classic'}: {each:.1f} KiB a client; {len(found)} stacks, "
        f"nine in ten within {used[len(used) * 9 // 10]} bytes; by pages: "
        + ", ".join(f"{count} of {number}" for number, count in sorted(pages.items()))
    )
    assert each <= client_kib_max, f"an idle client takes more than {client_kib_max} KiB"


if __name__ == "__main__":
    most = int(sys.argv[2]) if len(sys.argv) > 2 else CLIENT_KIB_MAX
    check(sys.argv[1], is_v1=False, client_kib_max=most)
    check(sys.argv[1], is_v1=True, client_kib_max=most)
