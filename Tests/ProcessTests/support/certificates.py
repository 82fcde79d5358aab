"""Certificates for servers on loopback: good ones, and those that nobody may trust."""

import datetime
import shutil
import ssl
import tempfile
import weakref

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class TLS:
    """A server's side of TLS, and `ca_file`, the only authority that a client is to trust."""

    def __init__(self, issue):
        self.folder = tempfile.mkdtemp(prefix="stand-in-")
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        authority = trustme.CA()
        self.ca_file = f"{self.folder}/ca.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_alpn_protocols(["http/1.1"])
        issue(self, authority)

    @classmethod
    def good(cls):
        return cls(lambda tls, authority: authority.issue_cert("localhost", "127.0.0.1").configure_cert(tls.context))

    @classmethod
    def wrong_name(cls):
        return cls(lambda tls, authority: authority.issue_cert("elsewhere.invalid").configure_cert(tls.context))

    @classmethod
    def expired(cls):
        then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=2)
        dates = {"not_before": then - datetime.timedelta(days=9), "not_after": then}
        return cls(lambda tls, authority: authority.issue_cert("localhost", "127.0.0.1", **dates).configure_cert(tls.context))

    @classmethod
    def self_signed(cls):
        """The right name and date, but nobody's word for it."""
        return cls(lambda tls, _: tls.sign_itself())

    def sign_itself(self):
        key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        builder = builder.not_valid_after(now + datetime.timedelta(days=1))
        certificate = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False).sign(key, hashes.SHA256())
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        path = f"{self.folder}/server.pem"
        with open(path, "wb") as file:
            file.write(key.private_bytes(serialization.Encoding.PEM, *form) + certificate.public_bytes(serialization.Encoding.PEM))
        self.context.load_cert_chain(path)
