"""How quickly the explorer answers at 10,000 artists, alone and to 20 at once; how soon a refit is seen and ended.

Run ``python -m benchmarks explore``. A workspace is simulated (12,000 reviews, 10,000 artists; topics, vectors fitted
briefly) and served by ``bandscape explore`` in a process of its own. Requests are those that the page sends: Dash
callbacks with the elements of the answer, over HTTP.

- *click*: from request to the whole answer, one user, warm; no question is asked twice.
- *20 users*: threads that each keep a connection and ask a new question every half second; the 99th percentile.
- *refit*: from the press to the first answer that tells of progress, and to the first sweep; from *cancel* to the
  answer that tells that it has ended and the workspace is free.

With Chromium on the machine, also from a press in the page to the answer drawn.
"""

import contextlib
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import psutil

REVIEWS, ARTISTS, USERS, SECONDS, PAUSE, QUESTIONS = 12_000, 10_000, 20, 10.0, 0.5, 60


def run(_data_dir: Path) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="bench-explore-") as folder:
        root = Path(folder) / "ws"
        make_workspace(root)
        with service(root) as (port, pid):
            names = artist_names(root)
            warm_up(port, names)
            results = [
                clicks(port, names, psutil.Process(pid)),
                topics(port),
                users(port, names),
                *refits(port),
            ]
            results += in_chromium(port, names)
    return results


def make_workspace(root: Path) -> None:
    for words in (
        ("simulate", "--out", root, "--reviews", REVIEWS, "--artists", ARTISTS),
        ("topics", "fit", root, "--topics", 30, "--sweeps", 20),
        ("artists", "fit", root, "--dim", 64, "--epochs", 1),
        ("map", root, "--layout", "pca"),
    ):
        subprocess.run(
            [sys.executable, "-m", "bandscape", *map(str, words)], check=True, stdout=subprocess.DEVNULL
        )


def artist_names(root: Path) -> list[str]:
    from bandscape.core import read_table

    return read_table(root / "corpus" / "artists.parquet", ["name"])["name"].to_pylist()


@contextlib.contextmanager
def service(root: Path) -> Iterator[tuple[int, int]]:
    words = [sys.executable, "-m", "bandscape", "explore", str(root), "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        found = re.search(r":(\d+)/", child.stdout.readline())
        assert found is not None
        try:
            yield int(found[1]), child.pid
        finally:
            child.terminate()


class Page:
    """One user's connection, and the callbacks of the page."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        listed = json.loads(self._ask("GET", "/_dash-dependencies"))
        self.outputs = {one["inputs"][0]["id"]: one["output"] for one in listed}

    def show(self, path: str, search: str = "") -> bytes:
        """Draw an address."""
        inputs = [("address", "pathname", path), ("address", "search", search), ("version", "data", "")]
        return self._call("address", inputs, [("drawn", "data", "")])

    def act(self, **asked: Any) -> dict[str, Any]:
        """Ask for a change."""
        states = [("address", "pathname", "/topics"), ("version", "data", "")]
        return json.loads(self._call("asked", [("asked", "data", asked)], states))["response"]

    def pulse(self) -> str:
        """Ask how things stand."""
        inputs = [("clock", "n_intervals", 1), ("address", "pathname", "/topics")]
        answer = json.loads(self._call("clock", inputs, [("version", "data", "")]))["response"]
        return json.dumps(answer["banner"])

    def _call(
        self, name: str, inputs: list[tuple[str, str, Any]], states: list[tuple[str, str, Any]]
    ) -> bytes:
        output = self.outputs[name]
        names = [part.rpartition(".") for part in output.strip(".").split("...")]
        sent = {
            "output": output,
            "outputs": [{"id": one, "property": part} for one, _, part in names],
            "inputs": [{"id": one, "property": part, "value": value} for one, part, value in inputs],
            "state": [{"id": one, "property": part, "value": value} for one, part, value in states],
            "changedPropIds": [f"{inputs[0][0]}.{inputs[0][1]}"],
        }
        return self._ask("POST", "/_dash-update-component", json.dumps(sent))

    def _ask(self, verb: str, path: str, body: str | None = None) -> bytes:
        headers = {"Content-Type": "application/json", "Origin": f"http://127.0.0.1:{self.port}"}
        self.connection.request(verb, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise AssertionError(f"{path}: {answer.status} {text[:200]!r}")
        return text


def warm_up(port: int, names: list[str]) -> None:
    page = Page(port)
    for path, search in (("/topics", ""), ("/artists", ask(names, 0)), ("/corpus", "")):
        page.show(path, search)
    page.show("/artists", f"{ask(names, 0)}&a={quote(names[0])}&b={quote(names[1])}")
    page.show("/topics", "?see=evidence&topic=topic_1")


def ask(names: list[str], at: int) -> str:
    one, other = (f"artist:{names[place % len(names)]}" for place in (17 * at, 31 * at + 5))
    return f"?q={quote(f'{one} - {other} + genre:rock' if at % 2 else one)}"


def clicks(port: int, names: list[str], process: psutil.Process) -> dict[str, Any]:
    page, times = Page(port), []
    before = sum(process.cpu_times()[:2])
    for at in range(1, QUESTIONS + 1):
        search = ask(names, at)
        if at % 3 == 0:
            search += f"&a={quote(f'artist:{names[17 * at % len(names)]}')}&b={quote(f'artist:{names[at]}')}"
        times.append(timed(lambda search=search: page.show("/artists", search)))
    busy = 1e3 * (sum(process.cpu_times()[:2]) - before) / len(times)
    note = f"neighbors, sums and reasons, 20 answers, each asked once; {busy:.0f} ms of processor time"
    return summary(f"click: artists, {ARTISTS:,}", times, note)


def topics(port: int) -> dict[str, Any]:
    page = Page(port)
    times = [
        timed(lambda at=at: page.show("/topics", f"?see=evidence&topic=topic_{at}")) for at in range(2, 31)
    ]
    return summary(
        "click: reviews of a topic, and the wall", times, "30 topics; three passages, words marked"
    )


def users(port: int, names: list[str]) -> dict[str, Any]:
    times: list[float] = []
    end = time.perf_counter() + SECONDS

    def user(number: int) -> None:
        page, rng = Page(port), np.random.default_rng(number)
        time.sleep(float(rng.uniform(0, PAUSE)))
        while time.perf_counter() < end:
            search = ask(names, int(rng.integers(10**6)))
            times.append(timed(lambda search=search: page.show("/artists", search)))
            time.sleep(PAUSE)

    threads = [threading.Thread(target=user, args=(number,)) for number in range(USERS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return summary(f"{USERS} users at once", times, f"each asks every {PAUSE:g} s, {len(times)} answers")


def refits(port: int) -> list[dict[str, Any]]:
    seen, sweeps, ended = [], [], []
    page = Page(port)
    for _ in range(3):
        page.show("/topics")  # makes a process ready, as opening the page does
        time.sleep(8)
        started = time.perf_counter()
        answer = page.act(do="refit", round=1, sweeps=2000)
        assert "Refitting" in json.dumps(answer["banner"]), answer
        seen.append(time.perf_counter() - started)
        while "sweep" not in page.pulse():
            time.sleep(0.05)
        sweeps.append(time.perf_counter() - started)
        time.sleep(1)
        ended.append(timed(lambda: page.act(do="cancel")))
        assert "Refitting" not in page.pulse()
    return [
        summary("refit: progress seen", seen, "from the press, process ready"),
        summary("refit: first sweep seen", sweeps, "the same"),
        summary("refit: canceled", ended, "the process is gone and the workspace free"),
    ]


def in_chromium(port: int, names: list[str]) -> list[dict[str, Any]]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        return []
    from playwright.sync_api import sync_playwright

    times = []
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox"])
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/artists")
        page.wait_for_selector("#question")
        for at in range(100_001, 100_021):
            search = ask(names, at)
            times.append(float(page.evaluate(DRAWN, f"/artists{search}")) / 1e3)
        browser.close()
    return [summary("click: artists, drawn in Chromium", times, "from the press to the answer in the page")]


DRAWN = """address => new Promise(resolve => {
  const started = performance.now();
  const seen = ({ detail }) => {
    if (detail !== "main") return;
    document.removeEventListener("bandscape-drawn", seen);
    requestAnimationFrame(() => resolve(performance.now() - started));
  };
  document.addEventListener("bandscape-drawn", seen);
  bandscapeGo(address);
})"""


def timed(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def summary(name: str, seconds: list[float], note: str) -> dict[str, Any]:
    p50, p99 = (1e3 * float(np.quantile(seconds, part)) for part in (0.5, 0.99))
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return {"name": name, "value": p50, "unit": "ms", "note": f"p99 {p99:.0f} ms; {note}; load {load:.1f}"}
