"""A small SMTP server in threads: takes letters, and misbehaves as told."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Behaviour:
    refuses_password: bool = False
    refuses_recipient: bytes = b""
    hangs_up_after_data: int = 0
    """How many letters it takes without confirming them."""
    offers_starttls: bool = False


class RehearsalMailServer:
    """`letters` are those it has taken, confirmed or not; `said` is everything it was told."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.behaviour = Behaviour()
        self.letters: list[EmailMessage] = []
        self.said: list[bytes] = []
        outer = self

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def get_request(self):
                connection, address = super().get_request()
                return (context.wrap_socket(connection, server_side=True) if context else connection), address

            def handle_error(self, request, client_address):
                pass  # a client that does not like our certificate

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                Conversation(outer, self.rfile, self.wfile).hold()

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def passwords(self) -> list[str]:
        return [base64.b64decode(each.split()[2]).decode() for each in self.said if each.startswith(b"AUTH PLAIN ")]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class Conversation:
    server: RehearsalMailServer
    reader: object
    writer: object
    over: bool = field(default=False)

    def hold(self) -> None:
        self.answer(b"220 rehearsal")
        while not self.over and (line := self.reader.readline().strip()):
            self.server.said.append(line)
            self.answer(self.reply_to(line, line.split(b" ")[0].upper(), self.server.behaviour))

    def answer(self, line: bytes) -> None:
        if line:
            self.writer.write(line + b"\r\n")

    def reply_to(self, line: bytes, verb: bytes, behaviour: Behaviour) -> bytes:
        if verb == b"EHLO":
            return (
                b"250-rehearsal\r\n" + (b"250-STARTTLS\r\n" if behaviour.offers_starttls else b"") + b"250 AUTH PLAIN"
            )
        if verb == b"AUTH":
            return b"535 no: " + line if behaviour.refuses_password else b"235 welcome"
        if verb == b"RCPT" and behaviour.refuses_recipient:
            return behaviour.refuses_recipient
        if verb == b"DATA":
            return self.take_letter(behaviour)
        if verb == b"QUIT":
            self.over = True
            return b"221 bye"
        return b"250 fine"

    def take_letter(self, behaviour: Behaviour) -> bytes:
        self.answer(b"354 go on")
        lines: list[bytes] = []
        while (line := self.reader.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.letters.append(message_from_bytes(b"".join(lines), policy=policy.default))
        if behaviour.hangs_up_after_data:
            behaviour.hangs_up_after_data -= 1
            self.over = True
            return b""
        return b"250 taken"
