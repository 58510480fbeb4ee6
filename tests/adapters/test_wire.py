"""The transport against real sockets: silence, dropped connections, trickles, certificates."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_httpserver import HTTPServer

from sage_adapters.errors import ConfigurationTrouble, Throttled, TransientTrouble, Trouble, UncertainOutcome
from sage_adapters.http import AddressPolicy, Transport

Handler = Callable[[socket.socket], None]
HERE = AddressPolicy(allow_private=True)


def silence(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.recv(1)  # returns when the client gives up


def drop(connection: socket.socket) -> None:
    connection.recv(65536)


def cut_off(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


def trickle(connection: socket.socket) -> None:
    """Sends a byte whenever the client would be about to give up, for ever."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    stopped = threading.Event()
    try:
        while not stopped.wait(0.02):
            connection.sendall(b" ")
    except OSError:
        return


@pytest.fixture
def server_that() -> Iterator[Callable[[Handler], str]]:
    with ExitStack() as stack:

        def serve(handle: Handler) -> str:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def accept() -> None:
                while True:
                    try:
                        connection, _ = listener.accept()
                    except OSError:
                        return
                    with connection:
                        handle(connection)

            threading.Thread(target=accept, daemon=True).start()
            stack.callback(listener.shutdown, socket.SHUT_RDWR)
            return f"http://127.0.0.1:{listener.getsockname()[1]}/"

        yield serve


@pytest.mark.parametrize(
    ("handle", "code"),
    [(silence, "http.timeout"), (drop, "http.dropped"), (cut_off, "http.dropped"), (trickle, "http.timeout")],
)
@pytest.mark.parametrize(("method", "kind"), [("GET", TransientTrouble), ("POST", UncertainOutcome)])
def test_a_server_that_does_not_answer_in_full_leaves_a_write_uncertain(
    server_that: Callable[[Handler], str], handle: Handler, code: str, method: str, kind: type[Trouble]
) -> None:
    with Transport("sage300", HERE, timeout=(0.2, 0.2)) as transport, pytest.raises(kind) as caught:
        transport.send(method, server_that(handle), tried="We asked.")
    assert caught.value.code == code


def test_a_write_is_sent_once_even_when_its_connection_drops(server_that: Callable[[Handler], str]) -> None:
    seen: list[bytes] = []
    url = server_that(lambda connection: seen.append(connection.recv(65536)))
    with Transport("sage300", HERE) as transport, pytest.raises(UncertainOutcome):
        transport.send("POST", url, tried="We sent.", body=b"{}")
    assert len(seen) == 1


def test_a_port_where_nothing_listens_means_that_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Transport("sage300", HERE) as transport, pytest.raises(TransientTrouble) as caught:
        transport.send("POST", f"http://127.0.0.1:{port}/", tried="We sent.")
    assert caught.value.code == "http.refused"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "erp")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def secure_server(certificate: Path) -> Iterator[HTTPServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with HTTPServer("127.0.0.1", ssl_context=context) as server:
        server.expect_request("/").respond_with_data("hello")
        yield server


def test_a_private_certificate_is_refused_until_its_authority_is_given(
    secure_server: HTTPServer, certificate: Path
) -> None:
    url = secure_server.url_for("/")
    with Transport("sage300", HERE) as transport, pytest.raises(ConfigurationTrouble) as caught:
        transport.send("GET", url, tried="We asked.")
    assert caught.value.code == "tls.untrusted"
    with Transport("sage300", HERE, ca_bundle=str(certificate)) as transport:
        assert transport.send("GET", url, tried="We asked.").body == b"hello"


def test_a_certificate_for_another_name_says_so(secure_server: HTTPServer, certificate: Path) -> None:
    url = secure_server.url_for("/").replace("127.0.0.1", "localhost")
    with (
        Transport("sage300", HERE, ca_bundle=str(certificate)) as transport,
        pytest.raises(ConfigurationTrouble) as caught,
    ):
        transport.send("GET", url, tried="We asked.")
    assert caught.value.code == "tls.name"


def test_https_to_a_port_that_speaks_plain_http_says_so(httpserver: HTTPServer) -> None:
    url = httpserver.url_for("/").replace("http://", "https://")
    with Transport("sage300", HERE) as transport, pytest.raises(ConfigurationTrouble) as caught:
        transport.send("GET", url, tried="We asked.")
    assert caught.value.code == "tls.not-spoken"


class Doorman:
    """A gate that counts, and lets through as long as it is open."""

    def __init__(self) -> None:
        self.passed = 0
        self.closed: Throttled | None = None

    def __call__(self) -> None:
        if self.closed:
            raise self.closed
        self.passed += 1

    def hold_back(self, seconds: float) -> None:
        raise AssertionError("a transport does not know what an answer means")


def test_every_request_passes_the_gate_and_a_closed_one_keeps_it_from_being_sent(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data("too many", status=429)
    gate = Doorman()
    with Transport("sage300", HERE, gate=gate) as transport:
        for _ in range(3):
            transport.send("GET", httpserver.url_for("/"), tried="We asked.")
        gate.closed = Throttled("We asked.", "Too fast.", "Wait.", "connection.paced", 9.0, "burst")
        with pytest.raises(Throttled):
            transport.send("POST", httpserver.url_for("/"), tried="We wrote.")
    assert (gate.passed, len(httpserver.log)) == (3, 3)
