"""Run a flow that asks a language model: a generator of asks in, what it returns out."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import TypeVar

from remanence.errors import BackendFailed
from remanence.ports import Ask, LanguageModel, Reply

Outcome = TypeVar("Outcome")


def drive(flow: Generator[Ask, Reply, Outcome], model: LanguageModel) -> Outcome:
    """Answer each ask of `flow` with `model`; where the model fails, the flow is told and decides."""
    try:
        ask = next(flow)
        while True:
            try:
                reply = model.reply(ask)
            except BackendFailed as failure:
                ask = flow.throw(failure)
            else:
                ask = flow.send(reply)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


async def drive_async(flow: Generator[Ask, Reply, Outcome], model: LanguageModel) -> Outcome:
    """The same without holding up the event loop: the model answers in a thread."""
    try:
        ask = next(flow)
        while True:
            try:
                reply = await asyncio.to_thread(model.reply, ask)
            except BackendFailed as failure:
                ask = flow.throw(failure)
            else:
                ask = flow.send(reply)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
