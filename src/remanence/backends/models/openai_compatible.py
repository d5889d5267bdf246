"""An ask comes in; the reply of any endpoint that speaks OpenAI's `POST {base_url}/chat/completions` goes out. Needs `httpx2`.

Protocol: https://platform.openai.com/docs/api-reference/chat. Replies are held to the ask's schema where the endpoint can do
that; where it refuses a part of the request (a schema, JSON mode, a temperature, the old name of the token limit), it is asked
without, and that is remembered. The key travels in the Authorization header only: it is in no message, no repr and no log.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, Self

from remanence.backends.embedders import well_formed
from remanence.backends.embedders.openai_compatible import LONGEST_WAIT, WORTH_RETRYING, wait
from remanence.errors import BackendFailed
from remanence.ports import Ask, Reply

OPENAI = "https://api.openai.com/v1"
REFUSED = {400, 404, 415, 422, 501}
"""What endpoints answer to a request with something in it that they do not know."""
FORMS = ("schema", "json", "text")
"""How a reply is held to its form, strictest first."""


def from_environment(model: str, base_url: str | None = None, key: str | None = None) -> OpenAICompatible:
    """The model by the name of its endpoint, at `OPENAI_BASE_URL` (else OpenAI itself), with `OPENAI_API_KEY` if there is one.

    That key goes nowhere else: with a `base_url` of one's own goes a `key` of one's own.
    """
    if base_url is None:
        base_url, key = os.environ.get("OPENAI_BASE_URL") or OPENAI, key or os.environ.get("OPENAI_API_KEY") or None
    return OpenAICompatible(model, base_url=base_url, key=key)


class OpenAICompatible:
    """A model behind an endpoint.

    model        as the endpoint calls it: "gpt-5-mini", "qwen3:8b"
    base_url     up to and including the version: "http://localhost:11434/v1"
    key          sent as a bearer token; `None` sends none
    name         the identity that readings are signed with; `None`: "openai/" and the model
    temperature  0 makes replies as repeatable as the endpoint can; `None` leaves it to the endpoint
    form         the strictest of "schema", "json", "text" to try
    extra        more fields of the request: {"reasoning_effort": "low"}
    timeout      seconds, for connecting and between bytes; an ask that has less gets less
    retries      further attempts after 429, 5xx, a timeout or a broken connection, waiting 0.5 s, 1 s, 2 s, … or as long as
                 the server asks, at most 30 s, and never beyond the seconds that the ask has
    sleep        what waits, and `timer` what measures; a test gives its own

    Raises `BackendFailed` when `httpx2` is absent.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str = OPENAI,
        key: str | None = None,
        name: str | None = None,
        temperature: float | None = 0.0,
        form: str = "schema",
        extra: Mapping[str, Any] | None = None,
        timeout: float = 120.0,
        retries: int = 4,
        sleep: Callable[[float], None] = time.sleep,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        if find_spec("httpx2") is None:
            raise BackendFailed("The OpenAI-compatible model needs httpx2. Run `pip install httpx2`.")
        import httpx2

        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx2.Client(headers=headers, timeout=timeout)
        self._transport_errors = (httpx2.TransportError, httpx2.DecodingError)
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self.name = name or f"openai/{model}"
        self._model, self._key, self._extra = model, key, dict(extra or {})
        self._timeout, self._retries, self._sleep, self._timer = timeout, retries, sleep, timer
        self._dialect = _Dialect(form=form, temperature=temperature)
        self._lock = threading.Lock()

    def reply(self, ask: Ask) -> Reply:
        """The model's reply, with what the endpoint counted. Raises `BackendFailed`."""
        started = self._timer()
        until = None if ask.seconds is None else started + ask.seconds
        dialect = self._dialect
        while True:
            response = self._post(self._request(ask, dialect), until)
            if response.status_code == 200:
                break
            is_refused = response.status_code in REFUSED or _is_about_form(response)
            simpler = dialect.without(response.text) if is_refused else None
            if simpler is None:
                raise self._failed(f"answered {response.status_code}: {response.text[:300]}")
            dialect = simpler
        with self._lock:
            self._dialect = dialect
        return self._read(response, self._timer() - started)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"OpenAICompatible({self._model!r}, url={self._url!r})"

    def _request(self, ask: Ask, dialect: _Dialect) -> dict[str, Any]:
        messages = [{"role": message.role, "content": well_formed(message.content)} for message in ask.messages]
        return {"model": self._model, "messages": messages} | dialect.fields(ask) | self._extra

    def _post(self, request: dict[str, Any], until: float | None) -> Any:
        """The response, after as many attempts as it takes and `retries` and the time allow."""
        for attempt in range(self._retries + 1):
            left = self._timeout if until is None else min(self._timeout, until - self._timer())
            if left <= 0:
                raise self._failed("did not answer in the time that was left")
            is_last = attempt == self._retries
            try:
                response = self._client.post(self._url, json=request, timeout=left)
            except self._transport_errors as error:
                if is_last:
                    raise self._failed(f"did not answer ({type(error).__name__}): {error}") from error
                self._pause(0.5 * 2**attempt, until)
                continue
            if is_last or response.status_code not in WORTH_RETRYING or _is_about_form(response):
                return response
            self._pause(wait(attempt, response.headers.get("retry-after")), until)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _pause(self, seconds: float, until: float | None) -> None:
        left = LONGEST_WAIT if until is None else max(0.0, until - self._timer())
        self._sleep(min(seconds, LONGEST_WAIT, left))

    def _read(self, response: Any, seconds: float) -> Reply:
        try:
            answer = response.json()
            content = answer["choices"][0]["message"].get("content")
            usage = answer.get("usage") or {}
            tokens = [int(usage.get(name) or 0) for name in ("prompt_tokens", "completion_tokens")]
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            raise self._failed(f"answered with something that is not a chat completion: {response.text[:300]!r}") from error
        if isinstance(content, list):
            content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
        return Reply(content if isinstance(content, str) else "", tokens[0], tokens[1], seconds)

    def _failed(self, what: str) -> BackendFailed:
        message = f"{self._url} {what}"
        return BackendFailed(message.replace(self._key, "[key]") if self._key else message)


def _is_about_form(response: Any) -> bool:
    """Whether a server fell over the schema; some say 500 to what they do not know."""
    return response.status_code == 500 and re.search(r"schema|grammar|response_format", response.text, re.IGNORECASE) is not None


class _Dialect:
    """What of the protocol an endpoint understands."""

    def __init__(self, form: str = "schema", temperature: float | None = 0.0, limit: str = "max_tokens") -> None:
        self.form, self.temperature, self.limit = form, temperature, limit

    def fields(self, ask: Ask) -> dict[str, Any]:
        found: dict[str, Any] = {self.limit: ask.max_tokens}
        if self.temperature is not None:
            found["temperature"] = self.temperature
        if ask.schema is not None and self.form == "schema":
            schema = {"name": "reply", "strict": True, "schema": ask.schema}
            found["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif ask.schema is not None and self.form == "json":
            found["response_format"] = {"type": "json_object"}
        return found

    def without(self, complaint: str) -> _Dialect | None:
        """The dialect without what the endpoint complains of, or one form looser; `None` where nothing is left to give up."""
        if self.limit == "max_tokens" and "max_completion_tokens" in complaint:
            return _Dialect(self.form, self.temperature, "max_completion_tokens")
        if self.temperature is not None and "temperature" in complaint:
            return _Dialect(self.form, None, self.limit)
        looser = FORMS[FORMS.index(self.form) + 1 :]
        return _Dialect(looser[0], self.temperature, self.limit) if looser else None
