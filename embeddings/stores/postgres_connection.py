"""Connections to PostgreSQL: addresses, what a server must offer, a small pool, and errors as one line.

An address is what libpq understands: ``postgresql://user@host:5432/database``, ``host=... dbname=...``, or
``postgresql://`` alone, which stands for the address in ``BANDSCAPE_STORE_URL`` if it is set and otherwise for what
``PGHOST``, ``PGUSER``, ``PGPASSWORD``, ``PGSERVICE`` and the password file say. Passwords are never shown.

Public: `Address`, `connect`, `Pool`, `explained`, `check_server`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...core.errors import (
    BandscapeError,
    MissingExtraError,
    ParameterError,
    StoreError,
    StoreTimeoutError,
)
from ...core.passwords import hide_passwords
from .name_keys import has_surrogates

if TYPE_CHECKING:
    from psycopg import Connection

VARIABLE = "BANDSCAPE_STORE_URL"
SCHEMES = ("postgresql://", "postgres://")
OLDEST_SERVER = 15
CONNECT_S = 10
_NO_STORE = (
    "build the store first (bandscape store build WORKSPACE --to ADDRESS), or name its schema (--schema)"
)
_REMEDIES = {  # by SQLSTATE or its class
    "28": "see the user and the password",
    "3D000": "create the database, or name another",
    "3F000": _NO_STORE,
    "42P01": _NO_STORE,
    "42703": "these are not tables of bandscape; name another schema",
    "42501": "an owner must grant it: docs/guides/million_users.md lists what is needed",
    "53100": "make room on the server; parallel index builds also need shared memory (--index-workers 0)",
    "53200": "give the index less memory (--index-memory)",
    "53300": "raise max_connections, or open fewer connections",
    "55P03": "somebody else holds these tables; try again",
    "25006": "this server only reads (a replica); write to the primary",
}


@dataclass(frozen=True)
class Address:
    """Where a store is.

    Parameters
    ----------
    conninfo : str
        For libpq; may hold a password, so it is not shown.
    schema : str
        Schema that holds the store's tables.
    """

    conninfo: str = field(repr=False)
    schema: str = "bandscape"

    @classmethod
    def of(cls, text: str, *, schema: str = "bandscape") -> Address:
        """Read an address.

        Raises
        ------
        ParameterError
            If it is not one, or the schema has no usable name.
        MissingExtraError
            If psycopg is not installed.
        """
        psycopg = driver()
        if text.strip() in (*SCHEMES, ""):
            text = os.environ.get(VARIABLE, "")
        if (
            not 0 < len(schema.encode("utf-8", "replace")) < 64
            or set(schema) & set("\x00%")
            or has_surrogates(schema)
        ):
            raise ParameterError(f"schema must be a name of 1 to 63 bytes, without %; got {schema[:70]!r}")
        try:
            parts = psycopg.conninfo.conninfo_to_dict(text)
        except (psycopg.Error, ValueError):  # what it says may hold the password
            parts = None
        # a port that is no number may be a password whose host was forgotten
        if parts is None or "\x00" in text or set(str(parts.get("port", ""))) - set("0123456789,"):
            raise ParameterError(
                "not an address of PostgreSQL; write postgresql://USER@HOST:5432/DATABASE, special characters as %40"
            )
        return cls(text, schema)

    def __str__(self) -> str:
        parts = driver().conninfo.conninfo_to_dict(self.conninfo)
        host = parts.get("host") or os.environ.get("PGHOST", "localhost")
        port = parts.get("port") or os.environ.get("PGPORT")
        database = parts.get("dbname") or os.environ.get("PGDATABASE", "")
        return hide_passwords(f"postgresql://{host}{f':{port}' if port else ''}/{database}")

    @property
    def has_password(self) -> bool:
        """Whether the password stands in the address itself."""
        return "password" in driver().conninfo.conninfo_to_dict(self.conninfo)


def is_address(text: str) -> bool:
    """Tell whether a text is meant as an address of PostgreSQL."""
    return text.lower().startswith(SCHEMES)


def driver() -> Any:
    """Return the package psycopg.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        import psycopg
        import psycopg.conninfo
    except ImportError as error:
        raise MissingExtraError(
            "a store in PostgreSQL needs psycopg; pip install 'bandscape[postgres]'"
        ) from error
    return psycopg


def connect(address: Address, *, timeout_s: float = 0.0, writes: bool = False) -> Connection[Any]:
    """Open a connection that commits each statement, with what every session of ours sets.

    Parameters
    ----------
    address : Address
    timeout_s : float
        Longest a statement may take; 0 for no limit.
    writes : bool
        Whether anything may be changed.

    Raises
    ------
    StoreError
        If it cannot be reached, is too old, or lacks pgvector.
    """
    psycopg = driver()
    found = psycopg.conninfo.conninfo_to_dict(address.conninfo)
    options = {"connect_timeout": CONNECT_S, "application_name": "bandscape", "client_encoding": "utf8"}
    options = {name: value for name, value in options.items() if name not in found}
    try:
        connection = psycopg.connect(address.conninfo, autocommit=True, **options)
    except (psycopg.Error, ValueError) as error:
        raise explained(error, address) from error
    try:
        version = connection.info.server_version // 10_000
        if version < OLDEST_SERVER:
            raise StoreError(f"{address}: PostgreSQL {OLDEST_SERVER} or later is needed; got {version}")
        settings = {
            "statement_timeout": f"{round(1000 * timeout_s)}ms",
            "lock_timeout": "10s",
            "default_transaction_read_only": "off" if writes else "on",
            "jit": "off",  # compiling costs more than these questions
        }
        for name, value in settings.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
    except psycopg.Error as error:
        connection.close()
        raise explained(error, address) from error
    except BaseException:
        connection.close()
        raise
    return connection


def check_server(connection: Connection[Any], address: Address) -> tuple[int, int]:
    """Make the session see pgvector, and return its version.

    Raises
    ------
    StoreError
        If the extension is not there.
    """
    row = connection.execute(
        "SELECT n.nspname, e.extversion FROM pg_catalog.pg_extension e "
        "JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'"
    ).fetchone()
    if row is None:
        raise StoreError(
            f"{address}: the extension pgvector is missing; an administrator must run CREATE EXTENSION vector"
        )
    path = (
        f'pg_catalog, "{row[0].replace(chr(34), 2 * chr(34))}"'  # names of ours are always with their schema
    )
    connection.execute("SELECT set_config('search_path', %s, false)", (path,))
    major, minor = (int(part) for part in row[1].split(".")[:2])
    return major, minor


def explained(error: Exception, address: Address) -> BandscapeError:
    """Return an error of the driver as one of ours: where, what, and the remedy."""
    code = getattr(error, "sqlstate", None) or ""
    said = " ".join(hide_passwords(str(error)).split()) or type(error).__name__
    said = said.split("connection failed: ")[-1].split(" LINE ")[0][:300].rstrip(".;")
    if code == "57014":
        return StoreTimeoutError(f"{address}: no answer in time; ask for less, or allow more time")
    remedy = _REMEDIES.get(code) or _REMEDIES.get(code[:2])
    if remedy is None and isinstance(error, driver().OperationalError):
        remedy = "see host, port, database, user and password, and whether the server runs"
    return StoreError(f"{address}: {said}" + (f"; {remedy}" if remedy else ""))


class Pool:
    """A few connections that threads borrow; broken ones are replaced.

    Parameters
    ----------
    address : Address
    size : int
        Connections open at once; who comes when all are lent waits.
    timeout_s : float
        Longest a statement may take, and longest to wait for a connection.
    on_open : callable
        Gets each new connection first.
    """

    def __init__(self, address: Address, size: int, timeout_s: float, on_open: Any) -> None:
        self.address, self.timeout_s, self._on_open = address, timeout_s, on_open
        self._places = threading.BoundedSemaphore(size)
        self._idle: list[Connection[Any]] = []
        self._closed = False

    @contextmanager
    def borrowed(self) -> Iterator[Connection[Any]]:
        """Lend a connection.

        Raises
        ------
        StoreError
            If none can be opened.
        StoreTimeoutError
            If all are lent for too long.
        """
        if not self._places.acquire(timeout=self.timeout_s or None):
            raise StoreTimeoutError(f"{self.address}: all connections are in use; allow more, or more time")
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)
        finally:
            self._places.release()

    def _take(self) -> Connection[Any]:
        while self._idle:
            with suppress(IndexError):
                connection = self._idle.pop()
                if not connection.closed:
                    return connection
        connection = connect(self.address, timeout_s=self.timeout_s)
        try:
            self._on_open(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _give_back(self, connection: Connection[Any]) -> None:
        idle = driver().pq.TransactionStatus.IDLE
        if self._closed or connection.closed or connection.info.transaction_status != idle:
            connection.close()
        else:
            self._idle.append(connection)

    def forget(self) -> None:
        """Close the connections nobody uses: after one was found broken, the others may be too."""
        while self._idle:
            with suppress(IndexError):
                self._idle.pop().close()

    def close(self) -> None:
        """Close the connections; those lent are closed when they come back."""
        self._closed = True
        self.forget()
