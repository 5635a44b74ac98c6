"""Issues certificates by a test authority, and has a client that uses TLS."""
import datetime
import pathlib
import select
import ssl
import subprocess

from support.http1 import Connection

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
CONFIGURATION = """
[ca]
default_ca = test
[test]
database = index.txt
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
serial = serial
default_md = sha256
unique_subject = no
policy = any
[any]
commonName = supplied
"""


def moment(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.root = self.folder / "ca.pem"
        (self.folder / "ca.cnf").write_text(CONFIGURATION)
        (self.folder / "index.txt").touch()
        self.openssl("req", "-x509", *KEY, "-keyout", "ca.key", "-out", "ca.pem", "-days", "900", "-subj", "/CN=test-ca")

    def openssl(self, *command):
        subprocess.run(["openssl", *command], cwd=self.folder, check=True, capture_output=True)

    def issue(self, *names, folder=None, file="server", days=30, days_ago=1):
        """Writes FILE.crt and FILE.key into a folder; returns both paths in the form of the configuration. The
        certificate is valid from `days_ago` days ago until `days` days from now."""
        folder = pathlib.Path(folder or self.folder)
        folder.mkdir(parents=True, exist_ok=True)
        pair = {"certificate": folder / f"{file}.crt", "key": folder / f"{file}.key"}
        (self.folder / "names").write_text("subjectAltName=" + ",".join(f"DNS:{name}" for name in names) + "\n")
        self.openssl("req", *KEY, "-keyout", pair["key"], "-out", "request.pem", "-subj", "/CN=test")
        self.openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-rand_serial", "-in", "request.pem", "-out", pair["certificate"],
                     "-startdate", moment(-days_ago), "-enddate", moment(days), "-extfile", "names")
        return pair

    def trust(self, **options):
        return client_context(self.root, **options)


def client_context(root, protocols=("http/1.1",)):
    """A client's TLS context that trusts only one root."""
    context = ssl.create_default_context(cafile=root)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


class TlsConnection(Connection):
    """`name`: the server name, which the certificate must cover. None: the client sends no server name."""

    def __init__(self, address, name, context, seconds=20, before=b"", session=None):
        super().__init__(address, seconds)
        try:
            if before:
                self.socket.sendall(before)
            self.socket = context.wrap_socket(self.socket, server_hostname=name, session=session)
        except BaseException:
            self.close()
            raise


def serial(connection):
    """The serial number of the server's certificate."""
    return connection.socket.getpeercert()["serialNumber"]


def exchanged(peer, data):
    """Sends `data` and reads at the same time; returns the bytes that were read. It uses one thread, because two
    threads must not share a TLS socket."""
    peer.setblocking(False)
    taken = b""
    while data:
        select.select([peer], [peer], [], 60)
        try:
            data = data[peer.send(data[:65536]):]
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            pass
        except OSError:
            break                                    # the server may answer and close before it has read all
        try:
            taken += peer.recv(1 << 20)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
    peer.settimeout(60)
    return taken
