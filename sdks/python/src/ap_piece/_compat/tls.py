"""A stand-in for `ssl`, which this Python has not: TLS is the host's business. It is there to be imported."""

from __future__ import annotations

import sys
import types
from typing import Any

_ERRORS = (
    "SSLZeroReturnError SSLWantReadError SSLWantWriteError SSLSyscallError SSLEOFError SSLCertVerificationError "
    "CertificateError"
)
_NUMBERS = {
    "CERT_NONE": 0, "CERT_OPTIONAL": 1, "CERT_REQUIRED": 2, "PROTOCOL_SSLv23": 2, "PROTOCOL_TLS": 2,
    "PROTOCOL_TLSv1": 3, "PROTOCOL_TLSv1_1": 4, "PROTOCOL_TLSv1_2": 5, "PROTOCOL_TLS_CLIENT": 16,
    "PROTOCOL_TLS_SERVER": 17, "OP_ALL": 0, "OP_NO_SSLv2": 0, "OP_NO_SSLv3": 0, "OP_NO_TLSv1": 0, "OP_NO_TLSv1_1": 0,
    "OP_NO_COMPRESSION": 0, "OP_NO_TICKET": 0, "OP_NO_RENEGOTIATION": 0, "VERIFY_X509_PARTIAL_CHAIN": 0,
    "VERIFY_X509_STRICT": 0, "VERIFY_DEFAULT": 0, "SSL_ERROR_EOF": 8, "OPENSSL_VERSION_NUMBER": 0x30000000,
}  # fmt: skip


class SSLError(OSError):
    """Never raised here."""


class SSLContext:
    """Takes every setting and does nothing: the host checks certificates."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.verify_mode = 2
        self.check_hostname = False
        self.options = 0
        self.minimum_version = 0

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


class TLSVersion:
    """Versions by name."""

    MINIMUM_SUPPORTED, TLSv1, TLSv1_1, TLSv1_2, TLSv1_3, MAXIMUM_SUPPORTED = -2, 769, 770, 771, 772, -1


def _context(*_: Any, **__: Any) -> SSLContext:
    return SSLContext()


def install() -> None:
    """Puts it where `import ssl` looks."""
    try:
        import ssl  # noqa: F401

        return
    except ImportError:
        sys.modules.pop("ssl", None)
    module = types.ModuleType("ssl", __doc__)
    module.__dict__.update(_NUMBERS)
    for name in _ERRORS.split():
        setattr(module, name, type(name, (SSLError,), {}))
    for name in ("SSLSocket", "SSLObject", "MemoryBIO"):
        setattr(module, name, type(name, (), {}))
    for name in ("create_default_context", "_create_default_https_context", "_create_unverified_context"):
        setattr(module, name, _context)
    module.__dict__.update(
        SSLError=SSLError,
        SSLContext=SSLContext,
        TLSVersion=TLSVersion,
        VerifyMode=int,
        VerifyFlags=int,
        Options=int,
        Purpose=types.SimpleNamespace(SERVER_AUTH=1, CLIENT_AUTH=2),
        HAS_SNI=True,
        HAS_ALPN=True,
        HAS_NEVER_CHECK_COMMON_NAME=True,
        HAS_TLSv1_3=True,
        OPENSSL_VERSION="OpenSSL 3.0.0 (none: TLS is the host's business)",
        OPENSSL_VERSION_INFO=(3, 0, 0, 0, 0),
        get_default_verify_paths=lambda: types.SimpleNamespace(cafile=None, capath=None),
        match_hostname=lambda *_: None,
    )
    sys.modules["ssl"] = module
