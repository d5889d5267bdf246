"""all-MiniLM-L6-v2's tensors come in; an ONNX graph from token ids to unit vectors goes out. Needs `onnx`.

BERT as in Devlin et al. 2018 (arXiv 1810.04805), post-norm, exact GELU; mean pooling and L2 norm as in Reimers & Gurevych
2019 (arXiv 1908.10084). Shapes: batch B, length S, width D = 384, heads 12, layers 6.

    inputs   input_ids, attention_mask   int64 [B, S]
    output   embedding                   float32 [B, D], rows of unit length

Multiplications in int8 carry one scale per column of the weight and one scale **per token** of the input:

    x W  ≈  r · (q(x / r) Q) · s        r = max |x| over the token's axes, s = max |W| over the column, q, Q in int8

ONNX Runtime's own dynamic quantisation takes one scale for the whole batch, so that a text's vector depends on its
neighbours (cosine down to 0.98). With a scale per token it does not, and the result is nearer to fp32 as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from numpy.typing import NDArray

Precision = Literal["int8", "fp32"]
# Seven bits of the eight: processors without VNNI add two products in 16 bits, which would overflow, and the same text
# would have another vector on another machine. It costs 0.0014 of cosine to fp32 and nothing in recall.
WEIGHT_STEPS = 63
Tensors = Mapping[str, "NDArray[np.float32]"]

WIDTH, HEADS, LAYERS, EPSILON = 384, 12, 6, 1e-12
ONNX, CONTRIB = "", "com.microsoft"


def build(tensors: Tensors, precision: Precision, metadata: Mapping[str, str]) -> bytes:
    """The serialised model; the same arguments give the same bytes. `tensors` carry their Hugging Face names."""
    graph = _Graph(precision)
    hidden = _embeddings(graph, tensors)
    for layer in range(LAYERS):
        hidden = _layer(graph, tensors, f"encoder.layer.{layer}.", hidden)
    _pooled(graph, hidden)
    return graph.serialise(metadata)


class _Graph:
    """Nodes and constants, collected in the order in which they are computed."""

    def __init__(self, precision: Precision) -> None:
        self.precision = precision
        self._nodes: list[NodeProto] = []
        self._constants: dict[str, TensorProto] = {}

    def constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def add(self, op: str, inputs: list[str], *outputs: str, domain: str = ONNX, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(op, inputs, list(outputs), name=outputs[0], domain=domain, **attributes))
        return outputs[0]

    def linear(self, x: str, name: str, weight: NDArray[np.float32]) -> str:
        """`x` [B, S, in] times `weight` [in, out], without a bias."""
        if self.precision == "fp32":
            return self.add("MatMul", [x, self.constant(f"{name}.weight", weight)], name)
        scale = np.abs(weight).max(axis=0) / WEIGHT_STEPS
        codes = self.constant(f"{name}.codes", np.rint(weight / scale).astype(np.int8))
        zeros = self.constant(f"{name}.zeros", np.zeros(len(scale), np.int8))
        step = self.constant(f"{name}.step", (scale / 127).astype(np.float32))
        one, middle = self.constant("one", np.float32(1)), self.constant("middle", np.uint8(128))
        self.add("Abs", [x], f"{name}.size")
        largest = self.add("ReduceMax", [f"{name}.size", self.constant("last", np.array([-1]))], f"{name}.largest", keepdims=1)
        self.add("Div", [self.constant("full", np.float32(127)), largest], f"{name}.gain")
        self.add("Mul", [x, f"{name}.gain"], f"{name}.scaled")
        self.add("QuantizeLinear", [f"{name}.scaled", one, middle], f"{name}.quantised")
        product = [f"{name}.quantised", codes, one, step, middle, zeros]
        self.add("MatMulIntegerToFloat", product, f"{name}.product", domain=CONTRIB)
        return self.add("Mul", [f"{name}.product", largest], name)

    def add_and_norm(self, x: str, y: str, bias: NDArray[np.float32], tensors: Tensors, norm: str) -> str:
        """LayerNorm(x + y + bias), the end of each half layer."""
        inputs = [
            x,
            y,
            self.constant(f"{norm}.gain", tensors[f"{norm}.weight"]),
            self.constant(f"{norm}.shift", tensors[f"{norm}.bias"]),
            self.constant(f"{norm}.bias", bias),
        ]
        return self.add("SkipLayerNormalization", inputs, norm, domain=CONTRIB, epsilon=EPSILON)

    def serialise(self, metadata: Mapping[str, str]) -> bytes:
        ids = [helper.make_tensor_value_info(n, TensorProto.INT64, ["B", "S"]) for n in ("input_ids", "attention_mask")]
        out = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["B", WIDTH])]
        graph = helper.make_graph(self._nodes, "all-MiniLM-L6-v2", ids, out, list(self._constants.values()))
        opsets = [helper.make_opsetid(ONNX, 18), helper.make_opsetid(CONTRIB, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9, producer_name="remanence")
        helper.set_model_props(model, dict(metadata))
        content: bytes = model.SerializeToString(deterministic=True)
        return content


def _embeddings(graph: _Graph, tensors: Tensors) -> str:
    """Words plus places, normalised: [B, S, D]. Every token is of type 0, whose vector is folded into the places."""
    words = _words(graph, tensors["embeddings.word_embeddings.weight"])
    places = tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
    graph.add("Shape", ["input_ids"], "length", start=1, end=2)
    start = graph.constant("start", np.array([0]))
    graph.add("Slice", [graph.constant("places", places), start, "length"], "places.used")
    graph.add("Add", [words, "places.used"], "embeddings.sum")
    gain = graph.constant("embeddings.gain", tensors["embeddings.LayerNorm.weight"])
    shift = graph.constant("embeddings.shift", tensors["embeddings.LayerNorm.bias"])
    inputs = ["embeddings.sum", gain, shift]
    graph.add("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    return graph.add("LayerNormalization", inputs, "embeddings", axis=-1, epsilon=EPSILON)


def _words(graph: _Graph, table: NDArray[np.float32]) -> str:
    """Rows of the word table [30522, D]; in int8 each row has its own scale, which makes the file 35 MB smaller."""
    if graph.precision == "fp32":
        return graph.add("Gather", [graph.constant("words.table", table), "input_ids"], "words")
    # The row of a token never trained is all zeros: any scale serves it.
    scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-12) / 127
    codes = graph.constant("words.codes", np.rint(table / scale).astype(np.int8))
    graph.add("Gather", [codes, "input_ids"], "words.row")
    graph.add("Gather", [graph.constant("words.scale", scale.astype(np.float32)), "input_ids"], "words.step")
    graph.add("Cast", ["words.row"], "words.float", to=TensorProto.FLOAT)
    return graph.add("Mul", ["words.float", "words.step"], "words")


def _layer(graph: _Graph, tensors: Tensors, at: str, x: str) -> str:
    def weight(name: str) -> NDArray[np.float32]:
        return tensors[f"{at}{name}.weight"].T

    def bias(name: str) -> NDArray[np.float32]:
        return tensors[f"{at}{name}.bias"]

    parts = [f"attention.self.{part}" for part in ("query", "key", "value")]
    together = graph.linear(x, f"{at}qkv", np.concatenate([weight(part) for part in parts], axis=1))
    qkv = [f"{at}{part}" for part in "qkv"]
    graph.add("Split", [together], *qkv, axis=-1, num_outputs=3)
    biases = graph.constant(f"{at}qkv.bias", np.concatenate([bias(part) for part in parts]))
    seen = graph.add("MultiHeadAttention", [*qkv, biases, "mask"], f"{at}seen", domain=CONTRIB, num_heads=HEADS)
    out = graph.linear(seen, f"{at}out", weight("attention.output.dense"))
    x = graph.add_and_norm(x, out, bias("attention.output.dense"), tensors, f"{at}attention.output.LayerNorm")
    wide = graph.linear(x, f"{at}wide", weight("intermediate.dense"))
    gelu = [wide, graph.constant(f"{at}wide.bias", bias("intermediate.dense"))]
    graph.add("BiasGelu", gelu, f"{at}gelu", domain=CONTRIB)
    narrow = graph.linear(f"{at}gelu", f"{at}narrow", weight("output.dense"))
    return graph.add_and_norm(x, narrow, bias("output.dense"), tensors, f"{at}output.LayerNorm")


def _pooled(graph: _Graph, hidden: str) -> str:
    """The mean over a text's own tokens, at unit length; a sum does, as length is divided out anyway."""
    axis = graph.constant("axis", np.array([1]))
    graph.add("Cast", ["attention_mask"], "mask.float", to=TensorProto.FLOAT)
    graph.add("Unsqueeze", ["mask.float", axis], "mask.row")
    graph.add("MatMul", ["mask.row", hidden], "sum.row")
    graph.add("Squeeze", ["sum.row", axis], "sum")
    return graph.add("LpNormalization", ["sum"], "embedding", axis=-1, p=2)
