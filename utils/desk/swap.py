"""Change what a service does while requests keep coming, and tell what they saw of it."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from utils.servers import local_http

CLIENTS = 4

# Status (0: no answer), the version that answered, seconds.
Answer = tuple[int, str, float]


def under_load(
    url: str, flights: list[dict], seconds: float, change: Callable[[], None]
) -> list[Answer]:
    """Let clients ask about flights without a pause, and call `change` in the middle.

    Returns all that they were answered. What `change` raises is raised here, too.
    """
    over = threading.Event()

    def client(_) -> list[Answer]:
        seen = []
        with local_http.client(url) as http:
            while not over.is_set():
                asked = time.perf_counter()
                try:
                    answer = http.post("/predict", json={"flights": flights})
                    status, version = answer.status_code, answer.json().get("model", "")
                except (*local_http.NO_ANSWER, ValueError):
                    status, version = 0, ""
                seen.append((status, version, time.perf_counter() - asked))
        return seen

    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = pool.map(client, range(CLIENTS))
        try:
            time.sleep(seconds / 2)
            change()
            time.sleep(seconds / 2)
        finally:
            over.set()
        return [answer for answers in clients for answer in answers]


def summary(seen: list[Answer], version: str) -> dict:
    """Count the requests, those that failed, and who answered: the new `version`, or another."""
    return {
        "requests": len(seen),
        "failed": sum(status != 200 for status, _, _ in seen),
        "slowest_ms": round(1000 * max(took for _, _, took in seen), 1),
        "before": sum(by not in ("", version) for _, by, _ in seen),
        "after": sum(by == version for _, by, _ in seen),
    }
