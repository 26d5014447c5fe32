#!/usr/bin/env python3
"""Fills a server that has little memory, and floods it: how many clients fit, and does it live?

    tests/box/memory.py PROGRAM [--tls] [MIB ...]     32 and 64, where no size is given

For each size the server runs in a control group of its own, which counts the kernel's memory, too.
The server gets the same size by --memory. Three things happen, one after the other:

  1. clients come until the server refuses one; all stay, and the memory of one is printed;
  2. all but four stop reading, and those four send 4,000 bytes as fast as they can for FLOOD
     seconds: the deaf ones are ended, and as many come again;
  3. the page is asked for, a client comes in, and the server stops.

With --tls all clients speak TLS. Then no number of them is asked for, but the rest is.

Ends with 1 if the kernel has killed the server, or if one of these steps fails. Needs root, for the
groups.
"""

import os
import re
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

FLOOD = 30
# How long a client waits for an answer.
PATIENCE = 20
TALKERS = 4
MIB = 1024 * 1024
# How many were to fit, and how many must: docs/decisions/tools-and-tests.md says why it is not the
# goal.
GOALS = {32: 280, 64: 700}
LEAST = {32: 215, 64: 570}

HANDSHAKE = (
    "GET /chat HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: threadbare.v1\r\n\r\n"
)
SAY = '{"type":"say","room":"lobby","id":"%09d","text":"' + "x" * 4000 + '"}'
HELLO = '{"type":"hello","versions":[1],"rooms":[{"room":"lobby"}],"excuse":"%0100d"}' % 0


# What clients speak TLS with: the server makes its own certificate. `None`: they speak plain.
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if "--tls" in sys.argv else None
if TLS:
    TLS.check_hostname, TLS.verify_mode = False, ssl.CERT_NONE
# What a socket says that can do nothing now.
LATER = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Group:
    """A control group of version 1 or 2 with this limit on its memory."""

    def __init__(self, mebibytes):
        name = f"threadbare-{os.getpid()}-{mebibytes}"
        self.is_v1 = Path("/sys/fs/cgroup/memory").is_dir()
        root = "/sys/fs/cgroup/memory" if self.is_v1 else "/sys/fs/cgroup"
        self.folder = Path(root) / name
        self.folder.mkdir()
        limit = "memory.limit_in_bytes" if self.is_v1 else "memory.max"
        (self.folder / limit).write_text(str(mebibytes * MIB))
        # Swap would hide that the memory does not suffice.
        swap = self.folder / ("memory.memsw.limit_in_bytes" if self.is_v1 else "memory.swap.max")
        if swap.exists():
            swap.write_text(str(mebibytes * MIB if self.is_v1 else 0))

    def enter(self):
        """Called in the new process, before it becomes the server."""
        (self.folder / "cgroup.procs").write_text("0" if not self.is_v1 else str(os.getpid()))

    def used(self):
        file = "memory.usage_in_bytes" if self.is_v1 else "memory.current"
        return int((self.folder / file).read_text())

    def file_pages(self):
        """Pages of files, which the kernel takes away when it needs them."""
        stat = dict(line.split() for line in (self.folder / "memory.stat").read_text().splitlines())
        return int(stat.get("cache" if self.is_v1 else "file", 0))

    def kills(self):
        file = "memory.oom_control" if self.is_v1 else "memory.events"
        found = re.search(r"oom_kill (\d+)", (self.folder / file).read_text())
        return int(found.group(1))

    def end(self):
        self.folder.rmdir()


def start(program, group, mebibytes, folder):
    flags = ["--addr", "127.0.0.1:0", "--log-level", "error", "--rate", "0", "--data", folder]
    flags += ["--memory", f"{mebibytes}M"] + (["--tls-self"] if TLS else [])
    # The pages of the program's file count for whoever reads them first, so this must be the server.
    with open(program, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    server = subprocess.Popen(
        [program, *flags], stdout=subprocess.PIPE, text=True, preexec_fn=group.enter
    )
    lines = []
    for line in server.stdout:
        lines.append(line)
        found = re.search(r"https?://(127\.0\.0\.1:\d+)/", line)
        if found:
            return server, found.group(1), lines
    raise RuntimeError("the server did not start: " + "".join(lines))


def text_frame(text):
    """Of 126 to 65,535 bytes, masked with nothing."""
    data = text.encode()
    return b"\x81\xfe" + len(data).to_bytes(2, "big") + bytes(4) + data


class Refused(Exception):
    """The server has no place for one more."""


def comes_in(host):
    """One more client, which is in the lobby."""
    name, port = host.rsplit(":", 1)
    client = socket.create_connection((name, int(port)), timeout=PATIENCE)
    if TLS:
        try:
            client = TLS.wrap_socket(client)
        except OSError as error:
            raise Refused("no handshake of TLS") from error
    client.sendall(HANDSHAKE.format(host=host).encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        more = client.recv(4096)
        if not more:
            raise Refused("hung up")
        answer += more
    if not answer.startswith(b"HTTP/1.1 101"):
        raise Refused(answer.split(b"\r\n")[0].decode())
    client.sendall(text_frame(HELLO))
    while b'"welcome"' not in answer:
        more = client.recv(65536)
        if not more:
            raise Refused("hung up after the hello")
        answer += more
    return client


def fill(host):
    """Lets clients come until one is refused. Returns them."""
    clients = []
    while len(clients) < 5000:
        try:
            clients.append(comes_in(host))
        except Refused:
            break
    return clients


def read_on(client):
    """Reads what has come. Raises an OSError if the server has hung up."""
    client.setblocking(False)
    try:
        while client.recv(1 << 20):
            pass
        raise OSError("the server has hung up")
    except LATER:
        pass


def read_all(clients):
    """Reads what has come for these clients; those that the server has ended are closed."""
    while True:
        ready = select.poll()
        by_number = {client.fileno(): client for client in clients if client.fileno() >= 0}
        for number in by_number:
            ready.register(number, select.POLLIN)
        found = ready.poll(300)
        if not found:
            return
        for number, _ in found:
            client = by_number[number]
            try:
                read_on(client)
            except OSError:
                client.close()


class Talker(threading.Thread):
    """Sends messages of 4,000 bytes as fast as the server takes them, and reads all it gets."""

    def __init__(self, host, client, until):
        super().__init__()
        self.host, self.client, self.until = host, client, until
        self.sent, self.came = 0, 0

    def run(self):
        while time.monotonic() < self.until:
            try:
                self.talk()
            except OSError:
                self.client.close()
            try:
                self.client = comes_in(self.host)
                self.came += 1
            except (Refused, OSError):
                time.sleep(0.1)

    def talk(self):
        self.client.setblocking(False)
        ready = select.poll()
        ready.register(self.client, select.POLLIN | select.POLLOUT)
        unsent = b""
        while time.monotonic() < self.until:
            for _, event in ready.poll(1000):
                if event & select.POLLIN:
                    read_on(self.client)
                if event & select.POLLOUT:
                    if not unsent:
                        self.sent += 1
                        unsent = text_frame(SAY % self.sent)
                    try:
                        unsent = unsent[self.client.send(unsent):]
                    except LATER:
                        pass


def flood(host, clients, group):
    """Four talk as fast as they can, and nobody else reads. Returns the clients, how much was sent,
    how many clients the server ended, how many came again, and the most memory that the group had
    used, without pages of files."""
    until = time.monotonic() + FLOOD
    talkers = [Talker(host, client, until) for client in clients[:TALKERS]]
    deaf, ended, came, most = clients[TALKERS:], 0, 0, 0
    for talker in talkers:
        talker.start()
    while time.monotonic() < until:
        most = max(most, group.used() - group.file_pages())
        # As many come again as the server has ended.
        for place, one in enumerate(deaf):
            if is_over(one):
                ended += one.fileno() >= 0
                one.close()
                try:
                    deaf[place] = comes_in(host)
                    came += 1
                except (Refused, OSError):
                    break
    for talker in talkers:
        talker.join()
    sent, again = sum(talker.sent for talker in talkers), sum(talker.came for talker in talkers)
    return [talker.client for talker in talkers] + deaf, sent, ended, came + again, most


def is_over(client):
    """Whether the server has hung up. Its bytes stay unread."""
    if client.fileno() < 0:
        return True
    poll = select.poll()
    poll.register(client, select.POLLRDHUP)
    return any(event & (select.POLLRDHUP | select.POLLHUP) for _, event in poll.poll(0))


def number_of(pid, what):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(what + ":"):
            return int(line.split()[1]) * 1024
    return 0


def measure(program, mebibytes):
    group = Group(mebibytes)
    with tempfile.TemporaryDirectory() as folder:
        server, host, said = start(program, group, mebibytes, folder)
        try:
            time.sleep(1)
            empty, rss = group.used() - group.file_pages(), number_of(server.pid, "VmRSS")
            own = number_of(server.pid, "RssAnon")
            clients = fill(host)
            read_all(clients)
            full = group.used() - group.file_pages()
            fit = len(clients)
            each = (full - empty) / max(fit, 1)
            own = (number_of(server.pid, "RssAnon") - own) / max(fit, 1)
            wanted = f" ({GOALS[mebibytes]} were the goal)" if mebibytes in GOALS and not TLS else ""
            print(
                f"{mebibytes} MiB: {fit} clients fit{' by TLS' if TLS else ''}{wanted}; empty {empty / MIB:.1f} MiB (RSS "
                f"{rss / MIB:.1f}), full {full / MIB:.1f} MiB; {each / 1024:.1f} KiB a client, "
                f"{own / 1024:.1f} of them the server's"
            )
            clients, sent, ended, came, most = flood(host, clients, group)
            print(
                f"  flood: {sent} messages of 4,000 bytes in {FLOOD} s, {ended} of those that do not read "
                f"ended by the server, {came} clients came again, "
                f"at most {most / MIB:.1f} MiB used, RSS {number_of(server.pid, 'VmRSS') / MIB:.1f}"
            )
            if group.kills() or server.poll() is not None:
                raise RuntimeError(f"killed: {group.kills()}, code {server.poll()}")
            for client in clients:
                client.close()
            page = urllib.request.urlopen(f"http://{host}/", timeout=20).read()
            assert b"<html" in page, "no page"
            comes_in(host).close()
            server.terminate()
            code = server.wait(20)
            if code != 0:
                raise RuntimeError(f"ended with {code}")
            if not TLS and fit < LEAST.get(mebibytes, 0):
                raise RuntimeError(f"{fit} clients fit, {LEAST[mebibytes]} must")
        finally:
            server.kill()
            server.wait()
            group.end()


def main():
    program = sys.argv[1]
    sizes = [int(size) for size in sys.argv[2:] if size != "--tls"] or sorted(GOALS)
    failed = False
    for size in sizes:
        try:
            measure(program, size)
        except Exception as error:  # The other sizes are measured all the same.
            failed = True
            print(f"FAILED  {size} MiB: {error}")
    sys.exit(failed)


main()
