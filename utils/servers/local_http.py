"""Ask a server of this machine over HTTP, past any proxy: a proxy does not know its ports.

>>> local_http.get(f"{server.url}/metrics").text

Whoever asks catches `NO_ANSWER`; an answer that refuses (a status of 400 or more) is an answer.
"""

import httpx

SECONDS_TO_ANSWER = 10.0

# What is raised when no answer came, or the address is none.
NO_ANSWER = (httpx.HTTPError, httpx.InvalidURL)


def client(
    url: str = "", timeout: float = SECONDS_TO_ANSWER, connections: int | None = None
) -> httpx.Client:
    """Return a client that keeps its connections, at most so many, for many requests to `url`."""
    return httpx.Client(
        base_url=url,
        timeout=timeout,
        limits=httpx.Limits(max_connections=connections),
        # Neither proxies nor passwords of the environment are for a server of this machine.
        trust_env=False,
        # Nothing is encrypted here, and to load the certificates takes longer than the request.
        verify=False,
    )


def get(url: str, timeout: float = SECONDS_TO_ANSWER, **options) -> httpx.Response:
    """Ask once with GET; `options` are those of `httpx.request`, such as `params`."""
    return request("GET", url, timeout, **options)


def post(url: str, timeout: float = SECONDS_TO_ANSWER, **options) -> httpx.Response:
    """Ask once with POST; `options` are those of `httpx.request`, such as `json`."""
    return request("POST", url, timeout, **options)


def request(method: str, url: str, timeout: float = SECONDS_TO_ANSWER, **options) -> httpx.Response:
    """Ask once, over a connection of its own."""
    with client(timeout=timeout) as once:
        return once.request(method, url, **options)
