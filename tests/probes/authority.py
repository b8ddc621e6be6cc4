"""An authority of a test's own, and the certificates it gives."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key as PEM in one file."""

    path: Path

    def context(self) -> ssl.SSLContext:
        """Give what a server with this certificate listens with."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.path)
        return made


class Authority:
    """Signs certificates; its own is the file `path`."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        made = self._begin(self._name, self._key.public_key(), 2 * _DAY)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(self._sign(made))

    def give(self, *names: str, valid: timedelta = _DAY) -> Certificate:
        """Give a certificate of these names and addresses, valid until so long from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._begin(x509.Name([]), key.public_key(), valid)
        others = [x509.IPAddress(ip_address(n)) if n[0].isdigit() else x509.DNSName(n) for n in names]
        made = made.add_extension(x509.SubjectAlternativeName(others), critical=True)
        path = self._folder / f"{self.path.stem}-{len(list(self._folder.iterdir()))}.pem"
        unlocked = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        path.write_bytes(self._sign(made) + key.private_bytes(serialization.Encoding.PEM, form, unlocked))
        return Certificate(path)

    def _begin(self, name: x509.Name, key: ec.EllipticCurvePublicKey, valid: timedelta) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder().subject_name(name).issuer_name(self._name).public_key(key)
        now = datetime.now(UTC)
        made = made.serial_number(x509.random_serial_number())
        return made.not_valid_before(now - 9 * _DAY).not_valid_after(now + valid)

    def _sign(self, made: x509.CertificateBuilder) -> bytes:
        return made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
