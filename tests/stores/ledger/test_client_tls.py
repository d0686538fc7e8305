"""Servers reached over TLS: by the options of the URL, and not where the certificate is another authority's."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from redis.exceptions import ConnectionError as ConnectionRefused

from services.intake.worker import reading
from services.ledger.connection import ConnectionCheck, UnusableServerError, connect
from services.texts.catalogue import render
from tests.servers import binary_of, free_port
from tests.stores.ledger.steps import connections_are

_SAFE = {
    "appendonly": "yes",
    "appendfsync": "always",
    "aof-load-truncated": "no",
    "maxmemory-policy": "noeviction",
    "save": "",
}


class Authority:
    """Certifies servers and clients; its own certificate is in ``file``."""

    def __init__(self, folder: Path, name: str) -> None:
        """Make a key and a certificate of its own."""
        self._folder, self._name = folder, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.file = folder / f"{name}.crt"
        own = self._certificate(self._name, self._key.public_key(), authority=True)
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def certify(self, name: str) -> tuple[Path, Path]:
        """Return the files of a certificate for a name at 127.0.0.1, and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate, kept = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        certificate.write_bytes(
            self._certificate(subject, key.public_key(), authority=False).public_bytes(
                serialization.Encoding.PEM
            )
        )
        kept.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return certificate, kept

    def _certificate(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, authority: bool
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        here = [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(here), critical=False)
            .sign(self._key, hashes.SHA256())
        )


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A directory of this file of tests."""
    made = Path(tempfile.mkdtemp(prefix="kelambu-test-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    """The authority of server and clients."""
    return Authority(folder, "authority")


@pytest.fixture(scope="module")
def port(authority: Authority, folder: Path) -> Iterator[int]:
    """Where a server listens that speaks TLS alone, and takes no client without a certificate."""
    certificate, key = authority.certify("server")
    port = free_port()
    settings = {
        **_SAFE,
        "port": "0",
        "tls-port": str(port),
        "tls-cert-file": str(certificate),
        "tls-key-file": str(key),
        "tls-ca-cert-file": str(authority.file),
        "tls-auth-clients": "yes",
        "bind": "127.0.0.1",
        "dir": str(folder),
    }
    flags = [part for name, value in settings.items() for part in (f"--{name}", value)]
    process = subprocess.Popen(
        [binary_of("redis7").path, *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except ConnectionRefusedError:
                time.sleep(0.005)
            else:
                break
        else:
            pytest.skip("this redis-server was built without TLS")
        yield port
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def url(port: int, authority: Authority) -> str:
    """The server's address with all that it asks for."""
    certificate, key = authority.certify("client")
    options = f"ssl_ca_certs={authority.file}&ssl_certfile={certificate}&ssl_keyfile={key}"
    return f"rediss://127.0.0.1:{port}/0?{options}"


async def test_a_server_is_reached_over_tls(url: str):
    """By certificates in the URL: the authority's, and one's own where the server asks for it."""
    check = ConnectionCheck("nothing")
    async with await connect(url, watch=check) as client:
        assert await client.echo("text") == b"text"
        pipe = client.pipeline(transaction=False)
        pipe.echo("much" * 250_000)
        pipe.echo("next")
        assert await pipe.execute() == [b"much" * 250_000, b"next"]
        assert check.connections == 1


async def test_intake_reaches_it_by_the_same_url(url: str):
    """Its reader waits on a connection of its own."""
    watch = ConnectionCheck("installation")
    async with reading(url, watch):
        assert watch.connections == 1


async def test_a_server_of_another_authority_is_refused(
    url: str, port: int, authority: Authority, folder: Path
):
    """What is wrong is said, and what to do; a service does not wait for such a server."""
    other = Authority(folder, "other")
    for wrong in (url.replace(str(authority.file), str(other.file)), f"rediss://127.0.0.1:{port}/0"):
        with pytest.raises(UnusableServerError) as refused:
            await connect(wrong)
        assert "self-signed certificate in certificate chain" in render(refused.value.message, "en")
        assert "ssl_ca_certs" in render(refused.value.message, "id")


async def test_a_server_of_another_name_is_refused(url: str):
    """The certificate must be for the host that the URL names."""
    with pytest.raises(UnusableServerError, match="ostname mismatch"):
        await connect(url.replace("127.0.0.1", "localhost"))


async def test_a_client_without_a_certificate_is_refused(port: int, authority: Authority):
    """Where the server asks for one, its refusal is an error of the first command."""
    with pytest.raises(ConnectionRefused):
        await connect(f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={authority.file}")


async def test_a_command_that_is_given_up_leaves_nothing_open(url: str):
    """Its connection is closed without the farewell of TLS, for which a server that stands still lets wait."""
    async with await connect(url) as control, await connect(url) as client:
        waiting = asyncio.ensure_future(client.blpop(["nothing"], 3))
        while not (await control.info("clients"))["blocked_clients"]:  # noqa: ASYNC110 -- the server tells nobody
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await connections_are(control, 1)
        assert await client.echo("next") == b"next"
