"""Machines of their own on this one, for tests of what crosses a network: an address, processes, memory, a host name.

Each is a set of Linux namespaces (unshare, from util-linux; ip, from iproute2), which only root may make. What they
share is the disk, but for ``/mnt``, where Ray keeps the sockets of a machine. When a machine ends, all that runs on it
is killed, as when its plug is pulled.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

NAMESPACES = ("--net", "--mount", "--pid", "--uts", "--ipc")
BEGIN = "hostname {name} && mount -t tmpfs tmpfs /dev/shm && mount -t tmpfs tmpfs /mnt && exec sleep infinity"
PATIENCE_S = 300


class Machine:
    """A machine that runs; :meth:`end` pulls its plug."""

    def __init__(self, name: str, address: str) -> None:
        self.name, self.address = name, address
        begin = BEGIN.format(name=name)
        self._holder = subprocess.Popen(
            ["unshare", *NAMESPACES, "--fork", "--kill-child", "--mount-proc", "bash", "-c", begin],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.process = self._first_process()

    def _first_process(self) -> int:
        """Return, as seen from here, the process that is the first of the machine."""
        for _ in range(200):
            for child in psutil.Process(self._holder.pid).children() if self._holder.poll() is None else ():
                if child.name() == "sleep":  # all is set up
                    return child.pid
            if self._holder.poll() is not None:
                break
            time.sleep(0.05)
        self._holder.kill()
        raise OSError(f"no machine could be made: {self._holder.communicate()[1].strip()[:200]}")

    def ip(self, *words: str) -> None:
        """Set up its network."""
        subprocess.run(["nsenter", "--target", str(self.process), "--net", "ip", *words], check=True)

    def start(self, *command: str | Path, **options) -> subprocess.Popen:
        """Start a command on it."""
        into = ["nsenter", "--target", str(self.process), *NAMESPACES, f"--wd={options.pop('cwd', '/')}"]
        return subprocess.Popen([*into, *map(str, command)], text=True, **options)

    def run(self, *command: str | Path, **options) -> subprocess.CompletedProcess:
        """Run a command on it to its end."""
        with self.start(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as started:
            out, err = started.communicate(timeout=PATIENCE_S)
        return subprocess.CompletedProcess(command, started.returncode, out, err)

    def names_of_processes(self) -> list[str]:
        """What runs on it."""
        listed = self.run("ps", "-eo", "args=").stdout
        return listed.splitlines()

    def end(self) -> None:
        """Kill all that runs on it, if that was not done."""
        if self._holder.poll() is None:
            self._holder.kill()
            self._holder.communicate()


def why_not() -> str | None:
    """Say why no machine can be made here; None if one can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "machines of their own need Linux and root"
    missing = [tool for tool in ("ip", "unshare", "nsenter", "ps") if shutil.which(tool) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (iproute2, util-linux, procps)"
    try:
        Machine("probe", "").end()
    except OSError as error:
        return str(error)
    return None


@contextmanager
def network(*names: str) -> Iterator[list[Machine]]:
    """Make machines that reach one another by addresses of one network; the first is in its middle."""
    with ExitStack() as stack:
        machines = []
        for at, name in enumerate(names, start=1):
            machine = Machine(name, f"10.77.0.{at}")
            stack.callback(machine.end)
            machines.append(machine)
        first, *others = machines
        first.ip("link", "add", "bridge", "type", "bridge")
        for at, other in enumerate(others):
            pair = (f"port{at}", "netns", str(first.process), "type", "veth", "peer", "name", "eth0")
            subprocess.run(["ip", "link", "add", *pair, "netns", str(other.process)], check=True)
            first.ip("link", "set", f"port{at}", "master", "bridge", "up")
        for machine in machines:
            device = "bridge" if machine is first else "eth0"
            machine.ip("addr", "add", f"{machine.address}/24", "dev", device)
            machine.ip("link", "set", device, "up")
            machine.ip("link", "set", "lo", "up")
        yield machines
