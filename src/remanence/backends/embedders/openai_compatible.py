"""Texts come in; unit vectors from any endpoint that speaks OpenAI's `POST {base_url}/embeddings` go out. Needs `httpx2`.

Protocol: https://platform.openai.com/docs/api-reference/embeddings. The key travels in the Authorization header only: it is
in no message, no repr and no log, also when the server repeats it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from remanence.backends.embedders import unit_rows, well_formed
from remanence.errors import BackendFailed, BadInput, EmbedderUnavailable

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORTH_RETRYING = {408, 409, 429, 500, 502, 503, 504, 529}
LONGEST_WAIT = 30.0


class OpenAICompatible:
    """A model behind an endpoint.

    model           as the endpoint calls it: "text-embedding-3-small", "bge-m3"
    base_url        up to and including the version: "http://localhost:11434/v1"
    key             sent as a bearer token; `None` sends none
    dimension       of the vectors; `None`: asked of the endpoint when first needed
    shorten         ask the model itself for `dimension` axes, for models that can ("dimensions" in the request)
    name            the identity kept in the file; `None`: "openai/" and the model, with the dimension if shortened
    batch_size      texts in one request
    max_characters  read of each text; the default stays within 8,191 tokens, OpenAI's limit, in nearly all writing
    timeout         seconds, for connecting and between bytes
    retries         further attempts after 429, 5xx, a timeout or a broken connection, waiting 0.5 s, 1 s, 2 s, … or as
                    long as the server asks, at most 30 s
    sleep           what waits; a test gives its own

    Raises `EmbedderUnavailable` when `httpx2` is absent.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str = "https://api.openai.com/v1",
        key: str | None = None,
        dimension: int | None = None,
        shorten: bool = False,
        name: str | None = None,
        batch_size: int = 128,
        max_characters: int = 8_000,
        timeout: float = 30.0,
        retries: int = 4,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if find_spec("httpx2") is None:
            raise EmbedderUnavailable("The OpenAI-compatible embedder needs httpx2. Run `pip install httpx2`.")
        if shorten and dimension is None:
            raise BadInput("shorten=True needs the dimension to shorten to.")
        import httpx2

        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx2.Client(headers=headers, timeout=timeout)
        self._transport_errors = (httpx2.TransportError, httpx2.DecodingError)
        self._url = f"{base_url.rstrip('/')}/embeddings"
        self.name = name or f"openai/{model}" + (f"@{dimension}" if shorten else "")
        self._request = {"model": model} | ({"dimensions": dimension} if shorten else {})
        self._key = key
        self._dimension = dimension
        self._batch_size, self._max_characters = batch_size, max_characters
        self._retries, self._sleep = retries, sleep
        self._lock = threading.Lock()

    @property
    def dimension(self) -> int:
        """As given, or as the endpoint answers. Raises `BackendFailed` when it has to be asked and does not answer."""
        with self._lock:
            if self._dimension is None:
                self._dimension = self._ask(["dimension"]).shape[1]
            return self._dimension

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """[len(texts), dimension], rows of unit length, in the order given. Raises `BackendFailed`."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), self._batch_size):
            batch = [self._sendable(text) for text in texts[start : start + self._batch_size]]
            answered = self._ask(batch)
            if answered.shape[1] != self.dimension:
                raise BackendFailed(
                    f"{self._url} answered with {answered.shape[1]} axes where {self.dimension} were expected. "
                    f"Give dimension={answered.shape[1]}, or check the model {self._request['model']!r}."
                )
            vectors[start : start + len(batch)] = answered
        return vectors

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"OpenAICompatible({self._request['model']!r}, url={self._url!r})"

    def _sendable(self, text: str) -> str:
        # Endpoints refuse an empty input; a blank stands for it.
        return well_formed(text[: self._max_characters]) or " "

    def _ask(self, batch: list[str]) -> NDArray[np.float32]:
        """[len(batch), the endpoint's dimension], rows of unit length, from one request and its retries."""
        payload = self._post(self._request | {"input": batch})
        try:
            rows: list[Any] = [None] * len(batch)
            for item in payload["data"]:
                rows[item["index"]] = item["embedding"]
            vectors = np.asarray(rows, np.float64)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise self._failed(f"answered with something that is not a list of {len(batch)} embeddings") from error
        if len(payload["data"]) != len(batch) or vectors.ndim != 2:
            raise self._failed(f"answered with {len(payload['data'])} embeddings to {len(batch)} texts")
        return unit_rows(vectors, self.name)

    def _post(self, request: dict[str, Any]) -> Any:
        """The decoded answer, after as many attempts as it takes and `retries` allows."""
        for attempt in range(self._retries + 1):
            is_last = attempt == self._retries
            try:
                response = self._client.post(self._url, json=request)
            except self._transport_errors as error:
                if is_last:
                    raise self._failed(f"did not answer ({type(error).__name__}: {error})") from error
                self._sleep(min(0.5 * 2**attempt, LONGEST_WAIT))
                continue
            if response.status_code == 200:
                return self._decoded(response)
            if is_last or response.status_code not in WORTH_RETRYING:
                raise self._failed(f"answered {response.status_code}: {response.text[:300]}")
            self._sleep(wait(attempt, response.headers.get("retry-after")))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _decoded(self, response: Any) -> Any:
        try:
            return response.json()
        except ValueError as error:
            raise self._failed(f"answered with something that is not JSON: {response.text[:300]!r}") from error

    def _failed(self, what: str) -> BackendFailed:
        message = f"{self._url} {what}"
        return BackendFailed(message.replace(self._key, "[key]") if self._key else message)


def wait(attempt: int, asked: str | None) -> float:
    """Seconds to wait after failed attempt 0, 1, 2, …: what the server asked for, if that is a number of seconds."""
    try:
        seconds = float(asked) if asked is not None else 0.5 * 2**attempt
    except ValueError:  # an HTTP date
        seconds = 0.5 * 2**attempt
    return min(max(seconds, 0.0), LONGEST_WAIT)
