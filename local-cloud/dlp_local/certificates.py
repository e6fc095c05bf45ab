"""The local authority and PostgreSQL's certificate: `python -m dlp_local.certificates DIR` makes them once.

Clients verify TLS against this authority exactly as they verify RDS against Amazon's, so a missing CA bundle or a wrong
`sslmode` is found on the laptop.
"""

import datetime
import ipaddress
import os
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FILES = ("ca.pem", "server.pem", "server.key")
_VALID = datetime.timedelta(days=3650)
_RENEW = datetime.timedelta(days=30)


def make(directory: Path, names: tuple = ("localhost",)) -> bool:
    """Write ca.pem, server.pem (for 127.0.0.1 and `names`) and server.key; False when good ones are already there."""
    if _good(directory):
        return False
    directory.mkdir(parents=True, exist_ok=True)
    authority_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dlp local authority")])
    authority = (
        _certificate(authority_name, authority_name, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    server = (
        _certificate(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dlp local server")]), authority_name, server_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([
            *map(x509.DNSName, names), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    # The authority's key is not kept: nobody can sign another certificate with it, and a new one is a new authority.
    _write(directory / "server.key", server_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()), 0o600)
    _write(directory / "server.pem", server.public_bytes(serialization.Encoding.PEM), 0o644)
    _write(directory / "ca.pem", authority.public_bytes(serialization.Encoding.PEM), 0o644)
    return True


def _certificate(subject, issuer, key):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + _VALID))


def _usage(sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(digital_signature=not sign, key_cert_sign=sign, crl_sign=sign, content_commitment=False,
                         key_encipherment=False, data_encipherment=False, key_agreement=False,
                         encipher_only=False, decipher_only=False)


def _good(directory: Path) -> bool:
    if not all((directory / name).is_file() for name in FILES):
        return False
    try:
        authority = x509.load_pem_x509_certificate((directory / "ca.pem").read_bytes())
        server = x509.load_pem_x509_certificate((directory / "server.pem").read_bytes())
        key = serialization.load_pem_private_key((directory / "server.key").read_bytes(), None)
        server.verify_directly_issued_by(authority)
    except Exception:  # any unreadable or foreign file means: make them again
        return False
    soon = datetime.datetime.now(datetime.timezone.utc) + _RENEW
    return server.not_valid_after_utc > soon and server.public_key() == key.public_key()


def _write(path: Path, content: bytes, mode: int) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m dlp_local.certificates DIR")
    directory = Path(sys.argv[1])
    print("made" if make(directory) else "kept", directory)


if __name__ == "__main__":
    main()
