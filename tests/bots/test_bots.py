#!/usr/bin/env python3
"""Tests of the example bots against a real server, over connections that are cut on purpose.

    THREADBARE=target/release/threadbare python3 tests/bots/test_bots.py

SEED=number repeats a run's cuts, NOTES=1 shows what the bot notes. Everything listens on port 0 of
this machine, nothing sleeps to wait for something, and every wait has a deadline. The bot is
docs/bots/echo.py.
"""
import base64, contextlib, hashlib, json, os, random, re, select, signal, socket, struct
import subprocess, sys, tempfile, threading, time, unittest

HERE = os.path.dirname(os.path.abspath(__file__))
BOTS = os.path.join(HERE, "..", "..", "docs", "bots")
sys.dont_write_bytecode = True
sys.path.insert(0, BOTS)
import echo, plain_websocket
from plain_websocket import CLOSE, CONTINUATION, PING, PONG, TEXT, WebSocket

THREADBARE = os.path.abspath(os.environ.get("THREADBARE", "target/release/threadbare"))
SEED = int(os.environ.get("SEED", random.randrange(2**32)))
WAIT_SECONDS_MAX = 20
CUTS = 20
# The bot's own pauses would only make the test long, so it runs with shorter ones.
BOT_IN_A_HURRY = (
    "import sys, echo; echo.PAUSE_SECONDS_FIRST, echo.PAUSE_SECONDS_MAX = 0.02, 0.2;"
    "sys.exit(echo.main())")


class Server:
    """The server on a port of its own; ended with it."""

    def __init__(self, address="127.0.0.1:0", more=()):
        self.process = subprocess.Popen(
            [THREADBARE, "--addr", address, "--log-level", "warn", *more], stdout=subprocess.PIPE,
            env={**os.environ, "THREADBARE_DATA": "none"})
        deadline, said = time.monotonic() + WAIT_SECONDS_MAX, b""
        while not re.search(rb"127\.0\.0\.1:(\d+)\D", said):
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self.process.stdout], [], [], max(left, 0))
            chunk = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            if not chunk:
                raise AssertionError(f"the server named no address, but said {said!r}")
            said += chunk
        self.port = int(re.search(rb"127\.0\.0\.1:(\d+)\D", said).group(1))

    def end(self):
        self.process.terminate()
        self.process.wait(WAIT_SECONDS_MAX)
        self.process.stdout.close()


class Proxy:
    """Passes bytes between bot and server, one connection at a time, and cuts connections.

    `plan` is "cut" (after a random number of bytes, CUTS times), "whole", "cut the answer" (of the
    next thing the bot says the server's word about it is lost) or "cut the question" (the next
    thing the bot says is lost itself); the last two happen once, then it is "whole".
    """

    def __init__(self, server_port, plan, chance):
        self.server_port, self.plan, self.chance = server_port, plan, chance
        self.connections, self.cuts, self.changed = 0, 0, threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.ending, self.end_asked = socket.socketpair()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while True:
            ready, _, _ = select.select([self.listener, self.ending], [], [])
            if self.ending in ready:
                return
            bot, _ = self.listener.accept()
            with bot, socket.create_connection(("127.0.0.1", self.server_port)) as server:
                with self.changed:
                    self.connections += 1
                with contextlib.suppress(OSError):
                    self.carry(bot, server)

    def carry(self, bot, server):
        left = self.chance.randrange(1, 5000) if self.plan == "cut" else None
        while True:
            ready, _, _ = select.select([bot, server, self.ending], [], [])
            if self.ending in ready:
                return
            for source, sink in ((bot, server), (server, bot)):
                if source not in ready:
                    continue
                data = source.recv(4096 if left is None else min(left, 4096))
                if not data:
                    return
                if source is bot and self.plan == "cut the question":
                    return self.cut(bot, "whole")
                if source is bot and self.plan == "cut the answer":
                    server.sendall(data)
                    # Once the server has answered it has taken what was said, and not before.
                    select.select([server, self.ending], [], [], WAIT_SECONDS_MAX)
                    return self.cut(bot, "whole")
                sink.sendall(data)
                if left is not None:
                    left -= len(data)
                    if left <= 0:
                        return self.cut(bot, "cut" if self.cuts + 1 < CUTS else "whole")

    def cut(self, bot, plan):
        if self.chance.random() < 0.5:  # half of the cuts are resets
            bot.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with self.changed:
            self.cuts += 1
            self.plan = plan
            self.changed.notify_all()

    def end(self):
        self.end_asked.send(b"e")
        self.thread.join(WAIT_SECONDS_MAX)
        for opened in (self.listener, self.ending, self.end_asked):
            opened.close()


class Asker:
    """A second client, which asks the bot and remembers every line that it is told."""

    def __init__(self, port, room="lobby", changed=None):
        self.connection = WebSocket(f"ws://127.0.0.1:{port}/ws", "threadbare.v1")
        self.changed, self.room = changed or threading.Condition(), room
        self.told, self.asked = [], 0
        self.ask({"type": "hello", "name": "Asker", "rooms": [{"room": room}]})
        self.thread = threading.Thread(target=self.read)
        self.thread.start()
        self.wait_for(lambda: self.of_type("caught-up"))

    def read(self):
        with contextlib.suppress(OSError, ValueError):
            while True:
                line = json.loads(self.connection.receive_text())
                with self.changed:
                    self.told.append(line)
                    self.changed.notify_all()

    def ask(self, request):
        self.connection.send_frame(TEXT, json.dumps(request).encode())

    def say(self, text):
        self.asked += 1
        self.ask({"type": "say", "room": self.room, "id": f"ask-{self.asked}", "text": text})

    def wait_for(self, happened):
        with self.changed:
            if not self.changed.wait_for(happened, WAIT_SECONDS_MAX):
                raise AssertionError(f"it did not happen; last were {self.told[-5:]}")

    def of_type(self, kind):
        return [line for line in self.told if line["type"] == kind]

    def heard(self, text, speaker=None):
        """How often this very text was said, by anybody or by this speaker."""
        return sum(1 for line in self.of_type("message")
            if line["text"] == text and speaker in (None, line["from"]))

    def end(self):
        with contextlib.suppress(OSError):
            self.connection.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(WAIT_SECONDS_MAX)
        self.connection.socket.close()


class FakeServer:
    """One connection whose server does what the test says, byte by byte."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.accept)
        self.thread.start()
        self.client = WebSocket(f"ws://127.0.0.1:{self.listener.getsockname()[1]}/ws")
        self.thread.join(WAIT_SECONDS_MAX)

    def accept(self):
        self.connection, _ = self.listener.accept()
        self.connection.settimeout(WAIT_SECONDS_MAX)
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.connection.recv(4096)
        key = re.search(rb"Sec-WebSocket-Key: (\S+)", head).group(1)
        accept = base64.b64encode(hashlib.sha1(key + plain_websocket.ACCEPT_SUFFIX).digest())
        self.connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n")

    def send(self, opcode, payload, final=True):
        self.connection.sendall(bytes([(0x80 if final else 0) | opcode, len(payload)]) + payload)

    def frame(self):
        """The client's next frame, which is short and masked: (opcode, payload)."""
        first, second = self.connection.recv(2, socket.MSG_WAITALL)
        assert second & 0x80, "a client's frame is masked"
        mask = self.connection.recv(4, socket.MSG_WAITALL)
        masked = self.connection.recv(second & 0x7F, socket.MSG_WAITALL) if second & 0x7F else b""
        return first & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(masked))

    def end(self):
        for opened in (self.client.socket, self.connection, self.listener):
            opened.close()


class Bots(unittest.TestCase):
    def server(self, *arguments, **named):
        server = Server(*arguments, **named)
        self.addCleanup(server.end)
        return server

    def asker(self, *arguments, **named):
        asker = Asker(*arguments, **named)
        self.addCleanup(asker.end)
        return asker

    def proxy(self, *arguments):
        proxy = Proxy(*arguments)
        self.addCleanup(proxy.end)
        return proxy

    def bot(self, port, asker, command=("-c", BOT_IN_A_HURRY)):
        """Starts the bot and waits until it is in the room."""
        bot = subprocess.Popen(
            [sys.executable, "-B", *command, f"ws://127.0.0.1:{port}/ws", "--name", "pi-kitchen"],
            cwd=BOTS, stderr=None if os.environ.get("NOTES") else subprocess.DEVNULL)
        self.addCleanup(bot.wait)
        self.addCleanup(bot.kill)
        asker.wait_for(lambda: any(
            line["name"] == "pi-kitchen" and line["here"] for line in asker.of_type("presence")))
        return bot

    def fence(self, asker):
        """When this is answered, so is all that was asked before, but for `!who`."""
        text = f"fence {asker.asked}"
        asker.say(f"!echo {text}")
        asker.wait_for(lambda: asker.heard(text))

    def test_the_three_commands_are_answered_and_nothing_else_is(self):
        server = self.server()
        asker = self.asker(server.port)
        self.bot(server.port, asker)
        asker.say("good morning")
        asker.say("!echo")
        asker.say("!echo  两  loaves\nand a half ")
        asker.say("!time")
        asker.say("!who")
        self.fence(asker)
        # Asking who is here takes the bot a question of its own, which a fence may overtake.
        asker.wait_for(lambda: len(asker.of_type("message")) == 10)
        self.fence(asker)
        said = [line["text"] for line in asker.of_type("message") if line["from"] == "pi-kitchen"]
        self.assertEqual(said[0], "两  loaves\nand a half")
        self.assertIn(time.strftime("%Y-%m-%d %H:", time.gmtime()), said[1])
        self.assertEqual(len(said), 5, said)
        self.assertTrue(any("Asker" in text and "pi-kitchen" in text for text in said[2:]), said)

    def test_its_own_messages_are_not_answered(self):
        server = self.server()
        asker = self.asker(server.port)
        self.bot(server.port, asker)
        asker.say("!echo !echo nobody says this")
        asker.wait_for(lambda: asker.heard("!echo nobody says this", "pi-kitchen"))
        self.fence(asker)
        self.fence(asker)
        self.assertEqual(asker.heard("nobody says this"), 0)

    def test_what_was_said_before_it_came_is_not_answered(self):
        server = self.server()
        asker = self.asker(server.port)
        asker.say("!echo too early")
        asker.wait_for(lambda: asker.of_type("sent"))
        self.bot(server.port, asker)
        self.fence(asker)
        self.assertEqual(asker.heard("too early"), 0)

    def test_each_command_is_answered_once_over_twenty_cut_connections(self):
        server, chance = self.server(), random.Random(SEED)
        proxy = self.proxy(server.port, "cut", chance)
        asker = self.asker(server.port, changed=proxy.changed)
        self.bot(proxy.port, asker)
        # What is said before the bot knows its place in the room is not the bot's, and a cut may
        # come before that, again and again, unseen by the asker: it asks until it is answered.
        asked, deadline = [], time.monotonic() + WAIT_SECONDS_MAX
        while not asker.heard("first"):
            self.assertLess(time.monotonic(), deadline)
            asker.say("!echo first")
            with asker.changed:
                asker.changed.wait_for(lambda: asker.heard("first"), 0.2)
        while proxy.cuts < CUTS:
            for _ in range(chance.randrange(1, 6)):
                asked.append(f"loaf {len(asked)}")
                asker.say(f"!echo {asked[-1]}")
            cuts = proxy.cuts
            asker.wait_for(lambda: proxy.cuts > cuts or asker.heard(asked[-1]))
        self.fence(asker)
        answers = {text: asker.heard(text) for text in asked}
        self.assertEqual({text: count for text, count in answers.items() if count != 1}, {})
        counts = f"{proxy.connections} connections, {proxy.cuts} cuts"
        print(f"{len(asked)} commands, {counts}", file=sys.stderr)

    def test_an_answer_whose_word_of_arrival_was_lost_is_shown_once(self):
        server = self.server()
        proxy = self.proxy(server.port, "whole", random.Random(SEED))
        asker = self.asker(server.port, changed=proxy.changed)
        self.bot(proxy.port, asker)
        self.fence(asker)
        for plan in ("cut the answer", "cut the question") * 3:
            proxy.plan, cuts, text = plan, proxy.cuts, f"{plan} {proxy.cuts}"
            asker.say(f"!echo {text}")
            asker.wait_for(lambda: proxy.cuts > cuts)
            asker.say(f"!echo while away, {text}")
            self.fence(asker)
            self.assertEqual(asker.heard(text), 1)
            self.assertEqual(asker.heard(f"while away, {text}"), 1)

    def test_a_server_that_starts_anew_is_answered_again(self):
        server = self.server()
        asker = self.asker(server.port)
        self.bot(server.port, asker)
        self.fence(asker)
        server.end()
        again = self.server(f"127.0.0.1:{server.port}")
        asker = self.asker(again.port)
        asker.say("!echo is anybody here")
        asker.wait_for(lambda: asker.heard("is anybody here", "pi-kitchen"))
        self.fence(asker)
        self.assertEqual(asker.heard("is anybody here"), 1)

    def test_ctrl_c_ends_it_with_zero(self):
        server = self.server()
        asker = self.asker(server.port)
        bot = self.bot(server.port, asker, ("echo.py",))
        self.fence(asker)
        # Python sees a signal only between two steps: one that comes right before it waits for
        # the line is seen when the wait is over. Then a person presses again.
        for _ in range(3):
            bot.send_signal(signal.SIGINT)
            try:
                self.assertEqual(bot.wait(WAIT_SECONDS_MAX / 2), 0)
                return
            except subprocess.TimeoutExpired:
                pass
        self.fail("three times Ctrl-C do not end it")

    def test_a_hole_of_any_width_costs_nothing_and_takes_only_the_answers_in_it(self):
        bot = echo.EchoBot("ws://127.0.0.1:1/ws", "echo", ["lobby"])
        bot.seen["lobby"] = "e", 2**53
        bot.under_way, bot.caught_up = set(), set()
        within, below = echo.answer_id("e", 2**40), echo.answer_id("e", 6)
        for known in (within, below):
            bot.waiting[known] = {"type": "say", "room": "lobby", "id": known, "text": "x"}
        def too_long(*_):
            raise TimeoutError("it counts through the hole")
        self.addCleanup(signal.alarm, 0)
        self.addCleanup(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, too_long))
        signal.alarm(WAIT_SECONDS_MAX)
        bot.hear({"type": "not-kept", "room": "lobby", "from": 7, "to": 2**53})
        self.assertEqual((list(bot.waiting), bot.seen["lobby"]), ([below], ("e", 6)))
        for kind in ("skipped", "too-old"):
            bot.hear({"type": kind, "room": "lobby", "from": 7, "to": 2**53})

    def test_a_text_in_fragments_with_a_ping_between_them_is_one_text(self):
        fake = FakeServer()
        self.addCleanup(fake.end)
        fake.send(TEXT, b"half a ", final=False)
        fake.send(PING, b"still there?")
        fake.send(CONTINUATION, b"loaf")
        fake.send(CLOSE, struct.pack("!H", 1001) + b"stopping")
        self.assertEqual(fake.client.receive_text(), "half a loaf")
        with self.assertRaises(plain_websocket.ConnectionLost):
            fake.client.receive_text()
        self.assertEqual(fake.frame(), (PONG, b"still there?"))
        self.assertEqual(fake.frame(), (CLOSE, struct.pack("!H", 1001)))

    def test_a_frame_beyond_the_bound_is_not_waited_for(self):
        fake = FakeServer()
        self.addCleanup(fake.end)
        size = plain_websocket.MESSAGE_BYTES_MAX + 1
        fake.connection.sendall(bytes([0x80 | TEXT, 127]) + struct.pack("!Q", size))
        with self.assertRaises(plain_websocket.ConnectionLost):
            fake.client.receive_text()

    def test_a_shell_script_says_one_line(self):
        server = self.server()
        asker = self.asker(server.port)
        for text in ("hello 100% \\n", "-n", "x" * 126, "面" * 1000, "two\nlines"):
            said = subprocess.run(["sh", os.path.join(BOTS, "say.sh"), text,
                f"ws://127.0.0.1:{server.port}/chat"], timeout=WAIT_SECONDS_MAX, check=False,
                env={**os.environ, "THREADBARE": THREADBARE})
            self.assertEqual(said.returncode, 0)
            asker.wait_for(lambda: asker.heard(text.replace("\n", " ")))

    def shell_bot(self, port, asker):
        """Starts the bot in shell and waits until it is in the room."""
        state = tempfile.TemporaryDirectory()
        self.addCleanup(state.cleanup)
        bot = subprocess.Popen(
            ["sh", os.path.join(BOTS, "clock.sh"), f"ws://127.0.0.1:{port}/ws", "pi-clock"],
            stderr=None if os.environ.get("NOTES") else subprocess.DEVNULL, start_new_session=True,
            env={**os.environ, "THREADBARE": THREADBARE, "XDG_STATE_HOME": state.name})
        self.addCleanup(bot.wait)
        self.addCleanup(lambda: os.killpg(bot.pid, signal.SIGKILL) if bot.poll() is None else None)
        asker.wait_for(lambda: any(
            line["name"] == "pi-clock" and line["here"] for line in asker.of_type("presence")))
        return bot

    def clock_answers(self, asker):
        return [line["text"] for line in asker.of_type("message") if line["from"] == "pi-clock"]

    def test_the_bot_in_shell_answers_its_two_commands_and_nothing_else(self):
        server = self.server()
        asker = self.asker(server.port)
        asker.say("!date")
        asker.wait_for(lambda: asker.of_type("sent"))
        bot = self.shell_bot(server.port, asker)
        for text in ("good morning", "it says: !dates", "!load", "!date"):
            asker.say(text)
        asker.wait_for(lambda: len(self.clock_answers(asker)) == 2)
        load, date = self.clock_answers(asker)
        self.assertRegex(load, r"^[0-9.]+ [0-9.]+ [0-9.]+$")
        self.assertIn(time.strftime("%Y", time.gmtime()), date)
        os.killpg(bot.pid, signal.SIGINT)
        bot.wait(WAIT_SECONDS_MAX)

    def test_the_bot_in_shell_answers_each_question_once_over_cut_connections(self):
        server = self.server()
        proxy = self.proxy(server.port, "whole", random.Random(SEED))
        asker = self.asker(server.port, changed=proxy.changed)
        self.shell_bot(proxy.port, asker)
        asker.say("!load")
        asker.wait_for(lambda: len(self.clock_answers(asker)) == 1)
        asked = 1
        for plan in ("cut the answer", "cut the question") * 2:
            proxy.plan, cuts = plan, proxy.cuts
            asker.say("!load")
            asker.wait_for(lambda: proxy.cuts > cuts)
            asker.say("!load")
            asked += 2
            asker.wait_for(lambda: len(self.clock_answers(asker)) >= asked)
        asker.say("!date")
        asker.wait_for(lambda: "UTC" in self.clock_answers(asker)[-1])
        self.assertEqual(len(self.clock_answers(asker)), asked + 1)


if __name__ == "__main__":
    print(f"SEED={SEED}", file=sys.stderr)
    unittest.main(verbosity=2)
