#!/usr/bin/env python3
"""An example bot: it answers when it is asked, and comes back by itself after a lost connection.

    python3 echo.py ws://127.0.0.1:8080/ws --name pi-kitchen --room lobby

`!echo TEXT` is answered with TEXT, `!time` with the time of the bot's machine in UTC, `!who` with
who is here. It needs Python 3.8 and nothing else. Ctrl-C ends it.

It promises:
- It says nothing unasked, and never answers itself or another bot of its kind.
- It answers each message once, also those said while its own connection was down, because it comes
  back to where it was and because an answer's id is made from the number of the message it answers.
- It keeps its token and its place in memory only: a new process is a newcomer, and does not answer
  what was said before it came.
- It keeps at most ANSWERS_WAITING_MAX answers in memory; what is asked beyond that is not answered.

It blocks on its one socket, and between two connections on the pause. docs/PROTOCOL.md is all it
knows of the server. plain_websocket.py belongs to it; say.sh is the smaller example.
"""
import argparse, json, random, signal, sys, time
from datetime import datetime, timezone
from urllib.parse import urlsplit

from plain_websocket import TEXT, GiveUp, ConnectionLost, WebSocket

SUBPROTOCOL = "threadbare.v1"
PAUSE_SECONDS_FIRST, PAUSE_SECONDS_MAX = 1, 30
ANSWERS_UNDER_WAY_MAX = 8  # who writes without reading can end up waiting for the server for ever
ANSWERS_WAITING_MAX = 1000
ANSWER_ID_PREFIX = "echo-answer-"

class EchoBot:
    def __init__(self, url, name, rooms):
        self.url, self.name_wanted, self.name, self.token = url, name, None, None
        self.seen = dict.fromkeys(rooms)  # room: (epoch, seq), or None where it has not been yet
        self.waiting = {}  # an answer's id: the request, kept until the server has it for certain
        self.text_bytes_max, self.pause = 0, PAUSE_SECONDS_FIRST

    def run(self):
        """Returns on Ctrl-C; GiveUp is the only other end."""
        connection = None
        try:
            while True:
                pause_least = 0
                try:
                    connection = WebSocket(self.url, SUBPROTOCOL)
                    self.talk(connection)
                except OSError as lost:
                    pause_least = getattr(lost, "pause", 0)
                    note(f"connection lost: {lost}")
                if connection:
                    connection.socket.close()
                    connection = None
                # Without the random part all clients of a restarted server would knock at once.
                time.sleep(max(pause_least, random.uniform(self.pause / 2, self.pause)))
                self.pause = min(self.pause * 2, PAUSE_SECONDS_MAX)
        except KeyboardInterrupt:
            pass
        finally:
            if connection:
                connection.hang_up()

    def talk(self, connection):
        self.connection, self.welcomed = connection, False
        self.caught_up, self.under_way = set(), set()
        self.ask({"type": "hello", "versions": [1], "name": self.name_wanted,
            **({"token": self.token} if self.token else {}),
            "rooms": [self.place(room) for room in self.seen]})
        while True:
            try:
                told = json.loads(connection.receive_text())
            except (ValueError, RecursionError) as fault:
                raise ConnectionLost(f"the server sent no JSON: {fault}") from None
            self.hear(told)

    def ask(self, request):
        self.connection.send_frame(TEXT, json.dumps(request).encode())

    def place(self, room):
        seen = self.seen[room]
        return {"room": room, **({"epoch": seen[0], "seq": seen[1]} if seen else {})}

    def hear(self, told):
        """A type that is not named here is nothing to a bot, and neither is one it cannot know."""
        kind, room = told.get("type"), told.get("room")
        if kind == "welcome":
            self.welcomed, self.name, self.token = True, told["name"], told["token"]
            self.text_bytes_max = told["limits"]["text"]
            note(f"welcome as {self.name}")
        elif kind == "joined":
            self.enter(room, told["epoch"], told["seq"], told["from"])
        elif kind == "caught-up":
            self.move(room, max(self.seen[room][1], told["seq"]))
            self.under_way -= self.answers_in(room)
            self.caught_up.add(room)
            self.pause = PAUSE_SECONDS_FIRST
        elif kind == "behind":
            # What was dropped may have been the word that an answer arrived. All answers in this
            # room are said again once it has caught up; their ids make that harmless.
            self.caught_up.discard(room)
        elif kind == "too-old":
            note(f"{room}: {told['from']} to {told['to']} are kept no more")
            self.move(room, max(self.seen[room][1], told["to"]))
        elif kind == "not-kept":
            # Whoever asked there asks again, under another number. However wide the hole is, only
            # what waits is looked at.
            note(f"{room}: {told['from']} to {told['to']} did not survive")
            self.move(room, min(self.seen[room][1], told["from"] - 1))
            self.forget({known for known in self.answers_in(room)
                if told["from"] <= answered_seq(known) <= told["to"]})
        elif kind in ("message", "me", "edit", "delete", "topic"):
            if told["seq"] > self.seen[room][1]:
                self.move(room, told["seq"])
                if kind == "message":
                    self.consider(told)
        elif kind == "who":
            text = f"{told['people']} here: {', '.join(told['names'])}"
            for waiting_id in self.answers_in(room):
                if self.waiting[waiting_id]["type"] == "who":
                    self.under_way.discard(waiting_id)
                    self.answer(waiting_id, room, text)
        elif kind == "sent":
            self.forget({told["id"]})
        elif kind == "renamed" and told["from"] == self.name:
            self.name = told["to"]
        elif kind in ("refused", "error"):
            self.put_up_with(told)
        elif kind == "bye":
            note(f"the server says bye: {told['reason']}")
        self.speak()

    def enter(self, room, epoch, seq, first):
        known = self.seen.get(room)
        if known is None:
            self.seen[room] = epoch, seq  # what was said before we came is not for us
        elif known[0] == epoch:
            self.move(room, min(known[1], seq))
        else:
            # The log began anew while we were away, so all that is in it is new to us.
            self.forget(self.answers_in(room))
            self.seen[room] = epoch, first - 1

    def put_up_with(self, told):
        note(f"{told['type']}, {told['reason']}: {told['text']}")
        room, reason = told["room"], told["reason"]
        if not self.welcomed:
            raise GiveUp("the server did not understand our hello")
        if reason in ("too-many-rooms", "bad-room"):
            self.forget(self.answers_in(room))
            self.seen.pop(room, None)
            if not self.seen:
                raise GiveUp("there is no room left to be in")
        elif reason == "not-in-room" and room in self.seen:
            self.caught_up.discard(room)
            self.ask({"type": "join", **self.place(room)})
        else:
            self.forget({told["id"]})

    def consider(self, message):
        text, room = message["text"].strip(), message["room"]
        own = message["from"] == self.name
        if own or (message.get("id") or "").startswith(ANSWER_ID_PREFIX):
            return
        new_id = answer_id(self.seen[room][0], message["seq"])
        if len(self.waiting) >= ANSWERS_WAITING_MAX:
            note(f"too much to answer; {new_id} is not said")
        elif text.startswith("!echo ") and text[6:].strip():
            self.answer(new_id, room, text[6:].strip())
        elif text == "!time":
            self.answer(new_id, room, datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC"))
        elif text == "!who":
            self.waiting[new_id] = {"type": "who", "room": room}

    def answer(self, new_id, room, text):
        fitting = text.encode("utf-8", "ignore")[:self.text_bytes_max].decode("utf-8", "ignore")
        self.waiting[new_id] = {"type": "say", "room": room, "id": new_id, "text": fitting}

    def speak(self):
        for waiting_id, request in self.waiting.items():
            if len(self.under_way) >= ANSWERS_UNDER_WAY_MAX:
                return
            if request["room"] in self.caught_up and waiting_id not in self.under_way:
                self.under_way.add(waiting_id)
                self.ask(request)

    def move(self, room, seq):
        self.seen[room] = self.seen[room][0], seq

    def answers_in(self, room):
        return {known for known, request in self.waiting.items() if request["room"] == room}

    def forget(self, ids):
        self.under_way -= ids
        for known in ids:
            self.waiting.pop(known, None)

def answer_id(epoch, seq):
    return f"{ANSWER_ID_PREFIX}{epoch}-{seq}"

def answered_seq(known):
    return int(known.rpartition("-")[2])

def note(text):
    print(f"echo: {text}", file=sys.stderr, flush=True)

def main():
    parser = argparse.ArgumentParser(description="A bot that answers !echo TEXT, !time and !who.")
    parser.add_argument("url", help="ws://HOST:PORT/ws")
    parser.add_argument("--name", default="echo")
    parser.add_argument("--room", action="append", help="may be given up to 16 times")
    arguments = parser.parse_args()
    if urlsplit(arguments.url).scheme != "ws":
        parser.error("only ws:// is spoken here")
    for end in (signal.SIGINT, signal.SIGTERM):  # a shell's background jobs ignore Ctrl-C else
        signal.signal(end, signal.default_int_handler)
    rooms = [room.lower().replace(" ", "-") for room in arguments.room or ["lobby"]]
    try:
        EchoBot(arguments.url, arguments.name, rooms).run()
    except GiveUp as why:
        note(str(why))
        return 1
    return 0

if __name__ == "__main__":
    sys.exit(main())
