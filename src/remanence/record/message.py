"""Turn one chat message, whatever its dialect, into the words worth keeping. Pure; binary data never comes through.

Understood: OpenAI chat and responses parts, Anthropic content blocks, plain strings, tool calls of both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from remanence.errors import BadInput

MESSAGE_KEYS = frozenset(
    (
        *("role", "content", "refusal", "audio", "tool_calls", "tool_call_id", "function_call"),
        *("name", "speaker", "said_at", "timestamp", "created_at", "source", "trust", "key", "metadata", "session"),
    )
)
DEEPEST = 100


def is_message(value: object) -> bool:
    """Whether a mapping is a chat message: a role with something said, or a content beside nothing but message keys."""
    if not isinstance(value, Mapping):
        return False
    if isinstance(value.get("role"), str):
        return not {"content", "tool_calls", "function_call", "refusal", "audio"}.isdisjoint(value)
    return isinstance(value.get("content"), (str, list)) and MESSAGE_KEYS.issuperset(value)


def is_conversation(value: object) -> bool:
    """Whether a mapping holds a conversation: `{"messages": [...]}` of messages and strings."""
    messages = value.get("messages") if isinstance(value, Mapping) else None
    return isinstance(messages, (list, tuple)) and all(isinstance(m, str) or is_message(m) for m in messages)


def text_of(message: Mapping[str, object], place: str) -> str:
    """The message's words. One text part comes through untouched; several are joined by line breaks; images, sounds and
    files become `[image: …]`; tool calls become `[calls name(arguments)]`. Raises `BadInput` naming `place`."""
    said = [_content(message.get("content"), f"{place}.content")]
    audio = message.get("audio")
    if isinstance(audio, Mapping):
        transcript = audio.get("transcript")
        said.append(transcript if isinstance(transcript, str) else f"[audio: {_medium(audio, 'audio')}]")
    if isinstance(refusal := message.get("refusal"), str):
        said.append(f"[refuses: {refusal}]")
    calls = message.get("tool_calls") or []
    if not isinstance(calls, (list, tuple)):
        raise BadInput(f"{place}.tool_calls is a {type(calls).__name__}; give a list of calls.")
    said += [_call(call, f"{place}.tool_calls[{i}]") for i, call in enumerate(calls)]
    if message.get("function_call"):
        said.append(_call(message["function_call"], f"{place}.function_call"))
    return "\n".join(words for words in said if words)


def tools_named_in(messages: list[object]) -> dict[str, str]:
    """Call id → tool name, from the calls that the messages make: a tool's result names only the call."""
    named: dict[str, str] = {}
    for message in messages:
        if not isinstance(message, Mapping):
            continue
        content, calls = message.get("content"), message.get("tool_calls")
        parts = [*(content if isinstance(content, list) else ()), *(calls if isinstance(calls, list) else ())]
        for part in parts:
            if isinstance(part, Mapping) and isinstance(part.get("id"), str):
                function = part.get("function")
                name = function.get("name") if isinstance(function, Mapping) else part.get("name")
                if isinstance(name, str):
                    named[part["id"]] = name
    return named


def tool_results_in(message: Mapping[str, object]) -> tuple[bool, bool]:
    """Whether any, and whether every, part of the message is a tool's result (the Anthropic dialect sends them as the
    user's words, which they are not)."""
    content = message.get("content")
    if not isinstance(content, list) or not content:
        return False, False
    results = [isinstance(part, Mapping) and part.get("type") in ("tool_result", "function_call_output") for part in content]
    return any(results), all(results)


def json_text(value: object, place: str) -> str:
    """The JSON of `value`, every character as it is, in its own order. Raises `BadInput` naming what is not JSON."""
    return json.dumps(plain_json(value, place), ensure_ascii=False, allow_nan=False)


Plain = bool | int | float | str | list["Plain"] | dict[str, "Plain"] | None


def plain_json(value: object, place: str, depth: int = 0) -> Plain:
    """A copy of `value` in JSON's own types. Raises `BadInput` naming the place of anything that JSON cannot hold."""
    if depth > DEEPEST:
        raise BadInput(f"{place} is nested deeper than {DEEPEST} levels (or contains itself).")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        unstorable = why_unstorable(value)
        if unstorable:
            raise BadInput(f"{place} {unstorable}")
        return str(value)
    if isinstance(value, int):
        return _checked_int(value, place)
    if isinstance(value, float) and value - value == 0:
        return value
    if isinstance(value, Mapping):
        return {_key(key, place): plain_json(item, f"{place}[{key!r}]", depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_json(item, f"{place}[{i}]", depth + 1) for i, item in enumerate(value)]
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise BadInput(f"{place} is bytes; decode it first, for example with .decode('utf-8').")
    if isinstance(value, float):
        raise BadInput(f"{place}={value!r} is no JSON number; use None or a finite number.")
    raise BadInput(
        f"{place} is a {type(value).__name__}, which is not JSON; give text, numbers, lists or dicts"
        " (for a pydantic object its .model_dump(), for a date its .isoformat())."
    )


def without_binary(value: object) -> object:
    """A JSON value with its `data:` addresses replaced by their type and size."""
    if isinstance(value, str):
        return f"[{_address(value, {}, is_data=False)}]" if value[:5] == "data:" and ";base64," in value[:200] else value
    if isinstance(value, dict):
        return {key: without_binary(item) for key, item in value.items()}
    return [without_binary(item) for item in value] if isinstance(value, list) else value


def why_unstorable(text: str) -> str | None:
    """Why `text` cannot be kept as UTF-8, or `None` where it can."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return (
            f"holds a lone surrogate (U+{ord(text[error.start]):04X} at character {error.start}), which is half a character and "
            "cannot be stored; repair it with text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')."
        )
    return None


def _checked_int(value: int, place: str) -> int:
    if value.bit_length() > 10_000:
        raise BadInput(f"{place} is an integer of more than 3,000 digits; give it as text.")
    return int(value)


def _key(key: object, place: str) -> str:
    if not isinstance(key, str):
        raise BadInput(f"{place} has the key {key!r}; JSON keys are text.")
    unstorable = why_unstorable(key)
    if unstorable:
        raise BadInput(f"A key of {place} {unstorable}")
    return key


def _content(content: object, place: str) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, (list, tuple)):
        parts = [_part(part, f"{place}[{i}]") for i, part in enumerate(content)]
        return "\n".join(words for words in parts if words)
    if isinstance(content, Mapping) and isinstance(content.get("type"), str):
        return _part(content, place)
    return json_text(content, place)


def _part(part: object, place: str) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        return json_text(part, place)
    kind = part.get("type")
    match kind:
        case "image_url" | "input_image" | "image":
            return f"[image: {_medium(part, 'image')}]"
        case "input_audio" | "audio" | "video" | "input_video" | "video_url":
            return f"[{'video' if 'video' in str(kind) else 'audio'}: {_medium(part, str(kind))}]"
        case "file" | "input_file" | "document":
            return f"[file: {_medium(part, 'file')}]"
        case "refusal":
            return f"[refuses: {part.get('refusal', '')}]"
        case "tool_use" | "function_call" | "server_tool_use" | "tool_call":
            return _call(part, place)
        case "tool_result" | "function_call_output":
            return _content(part.get("content", part.get("output")), place)
        case "thinking" if isinstance(part.get("thinking"), str):
            return f"[thinks: {part['thinking']}]"
    words = part.get("text")
    if isinstance(words, Mapping):  # the assistants dialect: {"text": {"value": …}}
        words = words.get("value")
    if isinstance(words, str):
        return words
    return f"[{kind}]" if isinstance(kind, str) else json_text(part, place)


def _medium(part: Mapping[str, object], kind: str) -> str:
    """What is worth saying of an image, a sound or a file: its alternative text, name or address, else type and size."""
    nests = ("image_url", "video_url", "input_audio", "audio", "file", "source")
    inner = next((nested for name in nests if isinstance(nested := part.get(name), Mapping)), part)
    for name in ("alt", "alt_text", "title", "filename", "name"):
        if isinstance(words := part.get(name, inner.get(name)), str) and words:
            return words
    for name in ("url", "image_url", "video_url", "file_url", "data", "file_data", "transcript"):
        given = part.get(name) if isinstance(part.get(name), str) else inner.get(name)
        if isinstance(given, (bytes, bytearray)):
            return f"{kind}, {_size(len(given))}"
        if isinstance(given, str) and given:
            return _address(given, inner, is_data=name in ("data", "file_data"))
    named = next((v for k in ("file_id", "id", "format") if isinstance(v := part.get(k, inner.get(k)), str)), None)
    return named or kind


def _address(given: str, inner: Mapping[str, object], is_data: bool) -> str:
    if given[:5].lower() == "data:":
        head, _, data = given.partition(",")
        return f"{head[5:].split(';')[0] or 'text/plain'}, {_size(len(data) * 3 // 4)}"
    if is_data:
        kind = inner.get("media_type") or inner.get("mime_type") or inner.get("format") or "data"
        if inner.get("type") == "text":
            return given
        return f"{kind}, {_size(len(given) * 3 // 4)}"
    return given


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    return f"{round(count / 1000)} KB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def _call(call: object, place: str) -> str:
    if not isinstance(call, Mapping):
        raise BadInput(f"{place} is a {type(call).__name__}; give a mapping with a name and arguments.")
    inner = call.get("function")
    function = inner if isinstance(inner, Mapping) else call
    arguments = function.get("arguments", function.get("input", function.get("args")))
    if not isinstance(arguments, str):
        arguments = "" if arguments is None else json_text(arguments, f"{place}.arguments")
    return f"[calls {function.get('name') or 'a tool'}({arguments})]"
