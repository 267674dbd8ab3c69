"""The port of machines over real connections: who gets past the handshake, tokens bound to a certificate, and proxies."""

import asyncio
import socket
import ssl
import warnings
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.builders.certificates import DAY, NOW, Authority, self_signed, signed_by

from carnet.app import application, open_carnet
from carnet.domain.actor import Actor, ActorKind
from carnet.domain.clients.certificates import CertificateTrait, ExpectedCertificate
from carnet.domain.clients.model import AuthMethod, Client, digest_of_secret
from carnet.domain.clients.registration import register
from carnet.domain.clients.store import registered_certificates
from carnet.operating.running import reload_certificates
from carnet.operating.tls import TwoPorts, certificate_context
from carnet.settings import Settings
from carnet.storage.contents import UnusableSetting

GRANT = {"grant_type": "client_credentials"}
HOSPITAL = Actor(ActorKind.ORGANIZATION, "Hôpital inventé", organization="1990000001")


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


class Ground:
    """A server with both ports, its authority, and clients with certificates."""

    def __init__(self, folder):
        self.folder = folder
        self.authority = Authority(folder)
        self.server_pair = self.authority.issue("localhost")
        self.hospital = self.authority.issue("hopital.example")
        self.other = self.authority.issue("autre.example")
        self.alone = self_signed(folder, "seul.example")
        self.settings = Settings(
            home=folder, mode="demo", port=free_port(), host="localhost", tls_port=free_port(), tls_certificate=self.server_pair.file,
            tls_key=self.server_pair.key_file, tls_client_ca=self.authority.file, database_pool=6,
        )  # fmt: skip

    @property
    def clients(self):
        by_name = ExpectedCertificate(CertificateTrait.SUBJECT_DN, self.hospital.read.subject)
        by_host = ExpectedCertificate(CertificateTrait.SAN_DNS, "HOPITAL.example")
        by_print = ExpectedCertificate(CertificateTrait.THUMBPRINT, self.hospital.thumbprint)
        whole = ExpectedCertificate(CertificateTrait.WHOLE, self.alone.base64)
        for name, expected in {"nom": by_name, "machine": by_host, "empreinte": by_print}.items():
            yield Client(name, HOSPITAL, frozenset({AuthMethod.TLS_CLIENT_AUTH}), certificates=(expected,))
        yield Client("seul", HOSPITAL, frozenset({AuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH}), certificates=(whole,))
        secret = frozenset({AuthMethod.CLIENT_SECRET_POST})
        yield Client("secret", HOSPITAL, secret, secret_digest=digest_of_secret("secret"))

    def tls(self, pair=None, **options):
        context = ssl.create_default_context(cafile=str(self.authority.file))
        if pair is not None:
            context.load_cert_chain(pair.file, pair.key_file)
        for name, value in options.items():
            setattr(context, name, value)
        return context

    @asynccontextmanager
    async def by(self, pair=None, **options):
        async with httpx.AsyncClient(verify=self.tls(pair, **options), base_url=self.settings.machines_url) as http:
            yield http

    @asynccontextmanager
    async def openly(self):
        async with httpx.AsyncClient(base_url=self.settings.public_url) as http:
            yield http

    async def token(self, pair, client_id="nom", **form):
        async with self.by(pair) as http:
            answer = await http.post("/oauth2/token", data={**GRANT, "client_id": client_id, **form})
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    return Ground(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
async def server(ground, database_url):
    carnet = await open_carnet(ground.settings, database_url)
    async with carnet.database.connection() as connection:
        for client in ground.clients:
            await register(connection, client, mode="demo")
        trusted = await registered_certificates(connection)
    config = uvicorn.Config(
        application(carnet), host="localhost", port=ground.settings.port, log_level="error", lifespan="off",
        proxy_headers=False, http="httptools", timeout_graceful_shutdown=2,
    )  # fmt: skip
    running = TwoPorts(
        config, settings=ground.settings, context=certificate_context(ground.settings, self_signed=trusted)
    )
    task = asyncio.create_task(running._serve())
    while not running.started:  # noqa: ASYNC110  uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    running.carnet = carnet
    yield running
    running.should_exit = True
    await task
    await carnet.close()


async def said(http, headers, path="/fhir/DocumentReference/0197d0b5-0000-7000-8000-000000000000"):
    answer = await http.get(path, headers=headers)
    return answer.status_code, answer.json()["issue"][0]["details"]["coding"][0]["code"]


# The handshake


@pytest.mark.parametrize(
    "kind", ["none", "expired", "not yet valid", "of another authority", "for servers only", "made by a client"]
)
async def test_a_certificate_that_does_not_hold_opens_no_connection(ground, server, tmp_path, kind):
    pairs = {
        "none": lambda: None,
        "expired": lambda: ground.authority.issue("vieux.example", begins=NOW - 9 * DAY, ends=NOW - DAY),
        "not yet valid": lambda: ground.authority.issue("tot.example", begins=NOW + DAY, ends=NOW + 9 * DAY),
        "of another authority": lambda: Authority(tmp_path, "etrangere").issue("hopital.example"),
        "for servers only": lambda: ground.authority.issue_for("serveur.example", ExtendedKeyUsageOID.SERVER_AUTH),
        "made by a client": lambda: signed_by(ground.alone, tmp_path, "hopital.example"),
    }
    async with ground.by(pairs[kind]()) as http:
        with pytest.raises((httpx.ReadError, httpx.ConnectError, httpx.RemoteProtocolError)):
            await http.get("/health/live")


async def test_one_that_holds_does_and_old_versions_of_tls_do_not(ground, server):
    async with ground.by(ground.hospital) as http:
        assert (await http.get("/health/live")).status_code == 200
    async with ground.by(ground.hospital, maximum_version=ssl.TLSVersion.TLSv1_2) as http:
        assert (await http.get("/health/live")).status_code == 200
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # what is refused here is what ssl deprecates
        old = {"minimum_version": ssl.TLSVersion.TLSv1, "maximum_version": ssl.TLSVersion.TLSv1_1}
        weak = ground.tls(ground.hospital, **old)
    weak.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, OSError)):
        await asyncio.open_connection("localhost", ground.settings.tls_port, ssl=weak)


async def test_the_port_of_citizens_asks_for_no_certificate(ground, server):
    async with ground.openly() as http:
        assert (await http.get("/health/live")).status_code == 200


# Tokens


@pytest.mark.parametrize("client_id", ["nom", "machine", "empreinte"])
async def test_a_certificate_proves_the_client_that_registered_it(ground, server, client_id):
    bound = await ground.token(ground.hospital, client_id)
    async with ground.by(ground.hospital) as http:
        assert await said(http, bound) == (404, "document-unknown")
    async with ground.by(ground.other) as http:
        answer = await http.post("/oauth2/token", data={**GRANT, "client_id": client_id})
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    async with ground.openly() as http:
        answer = await http.post("/oauth2/token", data={**GRANT, "client_id": client_id})
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_certificate_registered_whole_proves_its_client_and_no_other(ground, server):
    await ground.token(ground.alone, "seul")
    async with ground.by(ground.alone) as http:
        assert (await http.post("/oauth2/token", data={**GRANT, "client_id": "nom"})).status_code == 401
    async with ground.by(ground.hospital) as http:
        assert (await http.post("/oauth2/token", data={**GRANT, "client_id": "seul"})).status_code == 401


@pytest.mark.parametrize(("client_id", "form"), [("nom", {}), ("secret", {"client_secret": "secret"})])
async def test_a_token_is_bound_to_the_certificate_of_its_connection(ground, server, client_id, form):
    bound = await ground.token(ground.hospital, client_id, **form)
    async with ground.by(ground.hospital) as http:
        assert (await said(http, bound))[0] != 401
    async with ground.by(ground.other) as http:
        assert await said(http, bound) == (401, "token-unbound")
    async with ground.openly() as http:
        assert await said(http, bound) == (401, "token-unbound")
        assert await said(http, {**bound, "Client-Cert": ground.hospital.header}) == (401, "token-unbound")


async def test_metadata_say_where_certificates_are_shown(ground, server):
    async with ground.by(ground.hospital) as machines:
        found = (await machines.get("/.well-known/oauth-authorization-server")).json()
        assert found["mtls_endpoint_aliases"]["token_endpoint"] == f"{ground.settings.machines_url}/oauth2/token"
        assert found["tls_client_certificate_bound_access_tokens"] is True
        assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(found["token_endpoint_auth_methods_supported"])


async def test_a_renewed_certificate_is_taken_in_without_stopping(ground, server):
    async with ground.by(ground.hospital) as under_way:
        await under_way.get("/health/live")
        renewed = ground.authority.issue("localhost")  # in the place of the former one, as a renewal does
        right = renewed.file.read_bytes()
        server.reload()
        assert (await under_way.get("/health/live")).status_code == 200
    _, writer = await asyncio.open_connection("localhost", ground.settings.tls_port, ssl=ground.tls(ground.hospital))
    assert writer.get_extra_info("ssl_object").getpeercert(binary_form=True) == renewed.der
    writer.close()
    ground.server_pair.file.write_bytes(b"not a certificate")
    with pytest.raises(UnusableSetting, match="CARNET_TLS_CERTIFICATE"):
        server.reload()
    async with ground.by(ground.hospital) as http:
        assert (await http.get("/health/live")).status_code == 200
    ground.server_pair.file.write_bytes(right)


def test_a_port_without_its_files_does_not_start(ground):
    with pytest.raises(UnusableSetting, match="CARNET_TLS_KEY"):
        certificate_context(
            Settings(tls_port=1, tls_certificate=ground.server_pair.file, tls_client_ca=ground.authority.file)
        )
    with pytest.raises(UnusableSetting, match=r"CARNET_TLS_CERTIFICATE .*absent.* No such file"):
        certificate_context(
            Settings(
                tls_port=1,
                tls_certificate=ground.folder / "absent",
                tls_key=ground.folder / "absent",
                tls_client_ca=ground.authority.file,
            )
        )


def test_a_certificate_does_not_outlive_its_dates(ground):
    certificate = ground.hospital.read
    assert certificate.fault(NOW) is None
    assert certificate.fault(NOW - 9 * DAY) == "certificate-not-yet-valid"
    assert certificate.fault(NOW + 60 * DAY + timedelta(seconds=1)) == "certificate-expired"


async def test_sighup_takes_in_a_client_registered_since_and_tells_a_wrong_file(ground, server, tmp_path, caplog):
    late = self_signed(tmp_path, "tard.example")
    whole = ExpectedCertificate(CertificateTrait.WHOLE, late.base64)
    methods = frozenset({AuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH})
    async with server.carnet.database.connection() as connection:
        await register(connection, Client("tard", HOSPITAL, methods, certificates=(whole,)), mode="demo")
    async with ground.by(late) as http:
        with pytest.raises((httpx.ReadError, httpx.ConnectError, httpx.RemoteProtocolError)):
            await http.get("/health/live")
    reload_certificates(server.carnet, server)
    await server.reloading
    await ground.token(late, "tard")
    right = ground.server_pair.key_file.read_bytes()
    ground.server_pair.key_file.write_bytes(b"no key")
    caplog.clear()
    reload_certificates(server.carnet, server)
    await server.reloading
    ground.server_pair.key_file.write_bytes(right)
    assert "not read again" in caplog.text
    await ground.token(late, "tard")


def test_a_key_with_a_password_or_authorities_that_are_none_do_not_start(ground, tmp_path):
    key = serialization.load_pem_private_key(ground.hospital.key_file.read_bytes(), None)
    locked = tmp_path / "locked.key"
    encryption = serialization.BestAvailableEncryption(b"secret")
    locked.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption))
    own = replace(ground.settings, tls_certificate=ground.hospital.file, tls_key=ground.hospital.key_file)
    assert certificate_context(own)
    with pytest.raises(UnusableSetting, match="CARNET_TLS_KEY"):
        certificate_context(replace(own, tls_key=locked))
    with pytest.raises(UnusableSetting, match="CARNET_TLS_KEY"):
        certificate_context(replace(own, tls_key=ground.other.key_file))
    for wrong in (locked, tmp_path / "absent"):
        with pytest.raises(UnusableSetting, match="CARNET_TLS_CLIENT_CA"):
            certificate_context(replace(own, tls_client_ca=wrong))
