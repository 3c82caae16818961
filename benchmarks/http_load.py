"""Clients that ask a service over HTTP as fast as it answers."""

import http.client
import threading
import time
from collections.abc import Callable

import numpy as np


def ask_at_once(
    make: Callable[[np.random.Generator], str], port: int, *, n_clients: int, seconds: float, seed: int
) -> tuple[list[float], float]:
    """Let clients ask one question after the other; return the seconds of each, and those that passed in all.

    Raises
    ------
    AssertionError
        In the client's thread, if an answer has another status than 200.
    """
    times: list[float] = []
    end = time.perf_counter() + seconds

    def client(number: int) -> None:
        rng = np.random.default_rng((seed, number))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while time.perf_counter() < end:
            path = make(rng)
            started = time.perf_counter()
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            times.append(time.perf_counter() - started)
            if answer.status != 200:
                raise AssertionError(f"{path}: {answer.status}")
        connection.close()

    clients = [threading.Thread(target=client, args=(number,)) for number in range(n_clients)]
    started = time.perf_counter()
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    return times, time.perf_counter() - started
