"""The client's half of a WebSocket (RFC 6455), with nothing but the standard library.

It owns the socket, and knows nothing of chats. It blocks on that socket, for twice
SILENCE_SECONDS_MAX at most while the server says nothing, and reads at most MESSAGE_BYTES_MAX into
memory for one message. Every fault of the connection or of the server is a ConnectionLost or
another OSError; what a second attempt cannot mend is a GiveUp. echo.py speaks over it.
"""
import base64, hashlib, os, socket, struct, time
from contextlib import suppress
from urllib.parse import urlsplit

CONTINUATION, TEXT, CLOSE, PING, PONG = 0x0, 0x1, 0x8, 0x9, 0xA
ACCEPT_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
RESPONSE_HEAD_BYTES_MAX = 16 * 1024
MESSAGE_BYTES_MAX = 1024 * 1024  # far above a line, or 200 names, or 200 rooms with their topics
SILENCE_SECONDS_MAX = 30  # then we ping, and after as much silence again the connection is lost
HANG_UP_SECONDS_MAX = 2

class GiveUp(Exception):
    """Trying again would not help."""

class ConnectionLost(ConnectionError):
    """The connection is of no more use; a new one may be. `pause` is what the server asked for."""
    def __init__(self, why, pause=0):
        super().__init__(why)
        self.pause = pause

class WebSocket:
    """One connection to a server, in RFC 6455's terms. OSError means that it is over."""

    def __init__(self, url, subprotocol=None):
        address = urlsplit(url)
        self.received, self.pinged, self.sending = bytearray(), False, False
        self.socket = socket.create_connection(
            (address.hostname, address.port or 80), SILENCE_SECONDS_MAX)
        try:
            self.shake_hands(address, subprotocol)
        except BaseException:
            self.socket.close()
            raise

    def shake_hands(self, address, subprotocol):
        key = base64.b64encode(os.urandom(16))
        request = [f"GET {address.path or '/'} HTTP/1.1", f"Host: {address.netloc}",
            "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key.decode()}",
            "Sec-WebSocket-Version: 13"]
        if subprotocol:
            request.append(f"Sec-WebSocket-Protocol: {subprotocol}")
        self.socket.sendall("\r\n".join(request + ["", ""]).encode())
        while b"\r\n\r\n" not in self.received:
            if len(self.received) > RESPONSE_HEAD_BYTES_MAX:
                raise GiveUp("the server's response is too long for a WebSocket handshake")
            self.receive_more()
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in
            (line.partition(":") for line in lines)}
        code = status.split(" ")[1] if " " in status else status
        if code == "408" or code.startswith("5"):
            after = fields.get("retry-after", "")
            raise ConnectionLost(f"not now: {status}", int(after) if after.isdigit() else 0)
        accept = base64.b64encode(hashlib.sha1(key + ACCEPT_SUFFIX).digest()).decode()
        if code != "101" or fields.get("sec-websocket-accept") != accept:
            raise GiveUp(f"no WebSocket here: {status}")
        if fields.get("sec-websocket-protocol") != subprotocol:
            raise GiveUp(f"the server does not speak {subprotocol}")

    def receive_more(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionLost("the server ended the connection")
        self.received += data

    def take(self, count):
        while len(self.received) < count:
            try:
                self.receive_more()
                self.pinged = False
            except socket.timeout:
                if self.pinged:
                    raise ConnectionLost("the server gives no sign of life") from None
                self.send_frame(PING)
                self.pinged = True
        taken = bytes(self.received[:count])
        del self.received[:count]
        return taken

    def receive_frame(self):
        first, second = self.take(2)
        final, opcode, length = first & 0x80, first & 0x0F, second & 0x7F
        if length > 125:
            length, = struct.unpack("!H", self.take(2)) if length == 126 \
                else struct.unpack("!Q", self.take(8))
        too_much = length > (125 if opcode & 0x8 else MESSAGE_BYTES_MAX)
        if too_much or first & 0x70 or second & 0x80 or (opcode & 0x8 and not final):
            raise ConnectionLost("the server sent a frame that is against the rules, or too long")
        return final, opcode, self.take(length)

    def receive_text(self):
        """The next whole text. On the way it answers pings; after a close frame, ConnectionLost."""
        text = None
        while True:
            final, opcode, payload = self.receive_frame()
            if opcode == PING:
                self.send_frame(PONG, payload)
            elif opcode == CLOSE:
                self.send_frame(CLOSE, payload[:2])
                code = int.from_bytes(payload[:2], "big")
                raise ConnectionLost(f"the server closed, code {code}")
            elif opcode != PONG:
                if opcode != (TEXT if text is None else CONTINUATION):
                    raise ConnectionLost("the server sent something else than text")
                text = (bytearray() if text is None else text) + payload
                if len(text) > MESSAGE_BYTES_MAX:
                    raise ConnectionLost("the server sent a text that is too long")
                if final:
                    return text.decode("utf-8", "replace")

    def send_frame(self, opcode, payload=b""):
        length, mask = len(payload), os.urandom(4)
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | length) if length < 126 else \
            struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length) if length < 65536 else \
            struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, length)
        self.sending = True
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        self.socket.sendall(head + mask + masked)
        self.sending = False

    def hang_up(self):
        """Closes politely; waits HANG_UP_SECONDS_MAX at most for the server to end it."""
        deadline = time.monotonic() + HANG_UP_SECONDS_MAX
        with suppress(OSError):
            if not self.sending:  # a close frame inside half a frame would be read as its payload
                self.socket.settimeout(HANG_UP_SECONDS_MAX)
                self.send_frame(CLOSE, struct.pack("!H", 1000))
                while time.monotonic() < deadline and self.socket.recv(65536):
                    pass
        self.socket.close()
