"""The roots by which the CLI checks a server's certificate: the system's, those of SSL_CERT_FILE and FAASTA_CA_FILE, and
the root of `faasta trust`."""
import subprocess

import pytest

from support.server import Server
from support.tls import KEY, Authority


@pytest.fixture(scope="module", name="authority")
def authority_fixture(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module", name="other")
def other_fixture(tmp_path_factory):
    """An authority that has signed nothing."""
    return Authority(tmp_path_factory.mktemp("other")).root


@pytest.fixture(scope="module", name="secure")
def secure_fixture(tmp_path_factory, authority):
    pair = authority.issue("localhost", "api.localhost")
    with Server(tmp_path_factory.mktemp("server"), {"tls": {"listen": "127.0.0.1:0", "certificates": [pair]}}) as running:
        yield running
        assert running.stop() == 0


def listed(cli, server, **roots):
    cli.server = f"https://api.localhost:{server.https[1]}"
    return cli.run("list", env={"FAASTA_TOKEN": server.token, "SSL_CERT_FILE": "", **{name: str(path) for name, path in roots.items()}})


def test_an_unknown_authority_is_refused(cli, secure, other):
    listed(cli, secure).fails(9, "F0717", "test-ca")
    listed(cli, secure, SSL_CERT_FILE=other).fails(9, "F0717", "test-ca")


def test_both_variables_name_roots(cli, secure, authority, other):
    listed(cli, secure, SSL_CERT_FILE=authority.root).ok()
    listed(cli, secure, FAASTA_CA_FILE=authority.root).ok()
    # FAASTA_CA_FILE adds to the roots of the system.
    listed(cli, secure, SSL_CERT_FILE=authority.root, FAASTA_CA_FILE=other).ok()
    listed(cli, secure, SSL_CERT_FILE=other, FAASTA_CA_FILE=authority.root).ok()


def test_a_root_of_this_machine_is_trusted(cli, secure, authority):
    root = cli.home / "config" / "faasta" / "dev-root.pem"
    root.parent.mkdir(parents=True)
    root.write_bytes(authority.root.read_bytes())
    listed(cli, secure).ok()


def test_a_file_that_is_not_there_is_named(cli, secure, tmp_path, other):
    missing = tmp_path / "missing.pem"
    listed(cli, secure, FAASTA_CA_FILE=missing).fails(9, "missing.pem")
    listed(cli, secure, SSL_CERT_FILE=missing).fails(9, "missing.pem")
    listed(cli, secure, SSL_CERT_FILE=other, FAASTA_CA_FILE=missing).fails(9, "missing.pem")


def test_a_certificate_that_signed_itself(cli, make_server, tmp_path):
    """Operators have these inside their networks. Some libraries for TLS never accept them."""
    pair = {"certificate": tmp_path / "self.crt", "key": tmp_path / "self.key"}
    subprocess.run(["openssl", "req", "-x509", *KEY, "-keyout", pair["key"], "-out", pair["certificate"], "-days", "9", "-subj", "/CN=self",
                    "-addext", "subjectAltName=DNS:localhost,DNS:api.localhost"], check=True, capture_output=True)
    server = make_server({"tls": {"listen": "127.0.0.1:0", "certificates": [pair]}})
    listed(cli, server, FAASTA_CA_FILE=pair["certificate"]).ok()
    listed(cli, server).fails(9, "F0717")
