"""Texts come in; the unit vectors of any sentence-transformers model go out. Needs `sentence-transformers` (torch)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from remanence.backends.embedders import unit_rows, well_formed
from remanence.errors import BackendFailed, EmbedderUnavailable

if TYPE_CHECKING:
    from numpy.typing import NDArray


class SentenceTransformers:
    """A model by its hub id or by its folder.

    model    "intfloat/multilingual-e5-small", or a folder; an id that is not on this machine is fetched from the hub
    name     the identity kept in the file; `None`: "sentence-transformers/" and the id or the folder's last part
    device   "cpu", "cuda", …; `None`: the best there is
    prefix   put before every text, for models trained with one ("query: ")

    Raises `EmbedderUnavailable` when the package is absent or the model cannot be loaded.
    """

    def __init__(
        self,
        model: str,
        *,
        name: str | None = None,
        device: str | None = None,
        prefix: str = "",
        batch_size: int = 32,
    ) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ModuleNotFoundError as error:
            raise EmbedderUnavailable(f"The embedder {model!r} needs {error.name}. Run `pip install sentence-transformers`.") from error
        try:
            self._model = SentenceTransformer(model, device=device)
        except Exception as error:  # whatever the hub, torch or the model's own code raise: there is no embedder
            raise EmbedderUnavailable(f"The embedder {model!r} could not be loaded: {error}") from error
        short = Path(model).name if Path(model).is_dir() else model
        self.name = name or f"sentence-transformers/{short}"
        self._prefix, self._batch_size = prefix, batch_size
        self.dimension = self.embed(["dimension"]).shape[1]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """[len(texts), dimension], rows of unit length, in the order given. Raises `BackendFailed`."""
        if not len(texts):
            return np.empty((0, self.dimension), np.float32)
        ready = [self._prefix + well_formed(text) for text in texts]
        try:
            vectors = self._model.encode(ready, batch_size=self._batch_size, convert_to_numpy=True, show_progress_bar=False)
        except Exception as error:  # out of memory, a device that went away: nothing was embedded
            raise BackendFailed(f"{self.name} could not embed {len(texts)} texts: {error}") from error
        return unit_rows(np.asarray(vectors), self.name)
