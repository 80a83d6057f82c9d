"""A certificate authority for the old names alone, and the server's certificate by it."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_CERTIFICATE, CA_KEY, CERTIFICATE, KEY = "ca.pem", "ca.key", "tls_certificate", "tls_key"
#: What browsers and Apple's systems take at most for a server; the authority lasts as long as old programs do.
SERVER_DAYS, CA_DAYS = 397, 20 * 365
_USES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


def write_certificates(folder: Path, names: Sequence[str], address: str) -> bool:
    """Make the authority, unless the folder has one, and a new server's certificate; whether the authority is new."""
    is_new = not (folder / CA_KEY).exists()
    if is_new:
        _write_authority(folder, names)
    authority = x509.load_pem_x509_certificate((folder / CA_CERTIFICATE).read_bytes())
    signer = serialization.load_pem_private_key((folder / CA_KEY).read_bytes(), None)
    assert isinstance(signer, rsa.RSAPrivateKey)  # noqa: S101 (what _write_authority makes)
    key = _new_key()
    # an authority that is there may be older than a name; clients refuse the whole certificate over one that it may not sign
    permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or ()
    signed = {each.value for each in permitted}
    alternatives: list[x509.GeneralName] = [x509.DNSName(each) for each in names if each in signed]
    alternatives += [x509.IPAddress(ipaddress.ip_address(each)) for each in dict.fromkeys((address, "127.0.0.1"))]
    certificate = (
        # the oldest clients look at the common name alone
        _builder(names[0], authority.subject, key, SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature", "key_encipherment"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write(folder / KEY, _private(key))
    (folder / CERTIFICATE).write_bytes(_public(certificate) + _public(authority))
    return is_new


def _write_authority(folder: Path, names: Sequence[str]) -> None:
    key = _new_key()
    called = "Mechanical Turk legacy adapter"
    certificate = (
        _builder(called, _name(called), key, CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        # who has the key can pretend to be nothing else; not critical, as old clients refuse what they do not know
        .add_extension(x509.NameConstraints([x509.DNSName(each) for each in names], None), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / CA_CERTIFICATE).write_bytes(_public(certificate))
    _write(folder / CA_KEY, _private(key))


def _builder(subject: str, issuer: x509.Name, key: rsa.RSAPrivateKey, days: int) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # clocks of clients go wrong
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=days))
    )


def _usage(*of: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: name in of for name in _USES})


def _new_key() -> rsa.RSAPrivateKey:
    # elliptic curves are unknown to the oldest clients
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _public(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: rsa.RSAPrivateKey) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(content)
