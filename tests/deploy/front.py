"""`deploy/nginx/motcua.conf` as it stands, on free ports, in front of a real `serve`, over TLS."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from settings import ROOT
from tests.deploy.places import DOMAIN, program, read, written
from tests.e2e.conftest import free_port

APP, SECRET = "1122334455667788990", "k9Xw2QpLz7RtVb4NcMhA"
#: Long enough for a machine with much else to do; the wait ends when the page answers.
_PATIENCE = 300


@dataclass
class Front:
    """A running pair: what citizens reach, and where it writes."""

    folder: Path
    http: int
    https: int
    database_url: str
    web: subprocess.Popen[bytes]

    def pool(self, source: str = "127.0.0.1") -> urllib3.HTTPSConnectionPool:
        """Connections over TLS that check the certificate, from a given address of this machine."""
        return urllib3.HTTPSConnectionPool(
            "127.0.0.1",
            self.https,
            maxsize=8,
            ca_certs=str(self.folder / "cert.pem"),
            server_hostname=DOMAIN,
            assert_hostname=DOMAIN,
            source_address=(source, 0),
            headers={"Host": DOMAIN},
            retries=False,
        )

    def asked(
        self,
        path: str,
        body: bytes | None = None,
        source: str = "127.0.0.1",
        **headers: str,
    ) -> urllib3.BaseHTTPResponse:
        """One request; underscores in names of headers stay as they are written here."""
        told = {"Host": DOMAIN, **{k.replace("__", "-"): v for k, v in headers.items()}}
        method = "GET" if body is None else "POST"
        return self.pool(source).request(method, path, body=body, headers=told, redirect=False)

    def log(self, name: str, *awaited: str) -> str:
        """A log file, once it holds what is awaited: nginx writes a line after it has answered.

        The web processes write theirs into web.log.
        """
        path, ends = self.folder / name, time.monotonic() + 10
        while True:
            text = path.read_text("utf-8") if path.exists() else ""
            if all(word in text for word in awaited) or time.monotonic() > ends:
                return text
            time.sleep(0.05)


def certificate(folder: Path) -> None:
    """A self-signed certificate for the domain: cert.pem and key.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DOMAIN)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(DOMAIN)]), False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def configuration(folder: Path, http: int, https: int, upstream: int) -> Path:
    """The site as shipped, only its ports and paths moved, inside the smallest nginx.conf."""
    site = read("nginx/motcua.conf")
    site = re.sub(r"^\s*listen \[::\].*\n", "", site, flags=re.MULTILINE)
    site = site.replace("listen 80", f"listen 127.0.0.1:{http}")
    site = site.replace("listen 443", f"listen 127.0.0.1:{https}")
    site = site.replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    site = site.replace(f"/etc/letsencrypt/live/{DOMAIN}/fullchain.pem", f"{folder}/cert.pem")
    site = site.replace(f"/etc/letsencrypt/live/{DOMAIN}/privkey.pem", f"{folder}/key.pem")
    site = site.replace("/var/log/nginx/", f"{folder}/")
    written(folder / "site.conf", site)
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    return written(
        folder / "nginx.conf",
        f"{user}\npid {folder}/nginx.pid;\nerror_log {folder}/main-error.log;\ndaemon off;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{places}include {folder}/site.conf;\n}}\n",
    )


def environment(database_url: str) -> dict[str, str]:
    """The settings of a province, as its .env gives them."""
    return {
        **os.environ,
        "ENVIRONMENT": "production",
        "DATABASE_URL": database_url,
        "PUBLIC_URL": f"https://{DOMAIN}",
        "SECRET_KEY": "a key of a test, longer than thirty-two letters",
        "TRUSTED_PROXIES": "1",
        "ZALO_APP_ID": APP,
        "ZALO_APP_SECRET": "an app secret of a test",
        "ZALO_OA_ID": "4100000000000000017",
        "ZALO_OA_SECRET_KEY": SECRET,
    }


@contextlib.contextmanager
def running(folder: Path, database_url: str) -> Iterator[Front]:
    """`app.py serve` and nginx before it, until the block ends."""
    http, https, upstream = free_port(), free_port(), free_port()
    certificate(folder)
    config = configuration(folder, http, https, upstream)
    nginx = program("nginx")
    command = [nginx, "-p", str(folder), "-c", str(config)]
    tried = subprocess.run([*command, "-t"], check=False, capture_output=True, text=True)
    assert tried.returncode == 0, tried.stderr
    with (folder / "web.log").open("wb") as log, contextlib.ExitStack() as stack:
        serve = [sys.executable, "app.py", "serve", "--port", str(upstream)]
        web = subprocess.Popen(serve, cwd=ROOT, env=environment(database_url), stderr=log)
        stack.callback(_stop, web)
        front = subprocess.Popen(command)
        stack.callback(_stop, front)
        made = Front(folder, http, https, database_url, web)
        _wait(made)
        yield made


def _wait(front: Front) -> None:
    ends = time.monotonic() + _PATIENCE
    while True:
        try:
            answer = front.asked("/healthz")
            said = f"{answer.status}"
            if answer.status == 200:
                return
        except urllib3.exceptions.HTTPError as error:
            said = str(error)
        assert time.monotonic() < ends, (front.web.poll(), said, front.log("web.log"))
        time.sleep(0.1)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(timeout=40)
