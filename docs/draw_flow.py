"""Draw the flow from experience to context as `docs/flow.png` and `docs/flow.zh-CN.png`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import matplotlib

matplotlib.use("Agg")
from matplotlib import font_manager
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

INK, PAPER, SOFT = "#1f2933", "#ffffff", "#52606d"
TINTS = {"in": "#e3f2fd", "core": "#fff8e1", "out": "#e8f5e9", "care": "#fce4ec"}


class Box(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    tint: str
    title: str
    lines: tuple[str, ...]


ENGLISH = (
    Box(0.2, 2.35, 2.5, 2.1, "in", "experience", ("chat turns", "documents, JSON", "tool results")),
    Box(3.3, 2.35, 2.5, 2.1, "in", "record", ("segment · redact secrets", "rules read what is claimed", "durable when it returns")),
    Box(
        6.4,
        1.95,
        2.9,
        2.9,
        "core",
        "one file",
        ("episodes, word for word", "claims: who says what is so", "terms, vectors", "changes: who, when, why", "one transaction"),
    ),
    Box(9.9, 2.35, 2.7, 2.1, "out", "recall", ("lexical · dense · session", "time · speaker · neighbours", "one calibrated ranker")),
    Box(13.2, 2.35, 2.6, 2.1, "out", "context", ("dated, cited, in order", "within a token budget", "data, not instruction")),
    Box(6.1, 0.1, 3.5, 1.15, "care", "correct, undo, forget", ("history kept; erasure proven",)),
    Box(10.6, 0.1, 5.2, 1.15, "out", "facts, timeline, profile, graph", ("what is so, since when, on whose word",)),
)
CHINESE = (
    Box(0.2, 2.35, 2.5, 2.1, "in", "经历", ("对话", "文档、JSON", "工具结果")),
    Box(3.3, 2.35, 2.5, 2.1, "in", "记录 record", ("分段 · 遮蔽密钥", "规则读出话里的主张", "落盘之后才确认")),
    Box(
        6.4,
        1.95,
        2.9,
        2.9,
        "core",
        "一个文件",
        ("逐字保存的片段", "主张：谁说什么属实", "词项、向量", "变更：谁、何时、为何", "同一个事务"),
    ),
    Box(9.9, 2.35, 2.7, 2.1, "out", "回忆 recall", ("词面 · 语义 · 会话", "时间 · 说话人 · 邻句", "一个校准过的排序器")),
    Box(13.2, 2.35, 2.6, 2.1, "out", "上下文 context", ("有日期、有出处、按顺序", "不超出预算", "是资料，不是指令")),
    Box(6.1, 0.1, 3.5, 1.15, "care", "更正 · 撤销 · 遗忘", ("历史可查，删除可证",)),
    Box(10.6, 0.1, 5.2, 1.15, "out", "事实 · 时间线 · 画像 · 图谱", ("什么属实，从何时起，谁说的",)),
)
ARROWS = ((0, 1), (1, 2), (2, 3), (3, 4))
CJK_FONTS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Source Han Sans SC", "SimHei")


def draw(boxes: tuple[Box, ...], target: Path) -> None:
    figure, axes = plt.subplots(figsize=(14.2, 4.5), dpi=140)
    for box in boxes:
        paint(axes, box)
    for start, end in ARROWS:
        left, right = boxes[start], boxes[end]
        join(axes, (left.x + left.width, left.y + left.height / 2), (right.x, right.y + right.height / 2), "-|>")
    store, care, known = boxes[2], boxes[5], boxes[6]
    middle = store.x + store.width / 2
    join(axes, (middle, care.y + care.height), (middle, store.y), "<|-|>")
    join(axes, (store.x + store.width, store.y + 0.1), (known.x, known.y + known.height * 0.75), "-|>")
    axes.set_xlim(0, 16)
    axes.set_ylim(-0.1, 5.1)
    axes.axis("off")
    figure.savefig(target, bbox_inches="tight", facecolor=PAPER, metadata={"Software": None})
    plt.close(figure)


def paint(axes: Axes, box: Box) -> None:
    frame = FancyBboxPatch(
        (box.x, box.y), box.width, box.height, boxstyle="round,pad=0.02,rounding_size=0.14",
        facecolor=TINTS[box.tint], edgecolor=INK, linewidth=1.3,
    )  # fmt: skip
    axes.add_patch(frame)
    centre = box.x + box.width / 2
    axes.text(centre, box.y + box.height - 0.34, box.title, ha="center", va="center", fontsize=12.5, color=INK, weight="bold")
    step = (box.height - 0.75) / max(1, len(box.lines))
    for place, line in enumerate(box.lines):
        axes.text(centre, box.y + box.height - 0.75 - step * (place + 0.35), line, ha="center", va="center", fontsize=8.7, color=SOFT)


def join(axes: Axes, start: tuple[float, float], end: tuple[float, float], style: str) -> None:
    axes.add_patch(FancyArrowPatch(start, end, arrowstyle=style, mutation_scale=17, linewidth=1.6, color=INK, shrinkA=3, shrinkB=3))


def main() -> None:
    here = Path(__file__).parent
    draw(ENGLISH, here / "flow.png")
    present = {font.name for font in font_manager.fontManager.ttflist}
    found = next((name for name in CJK_FONTS if name in present), None)
    if found is None:
        raise SystemExit(f"No font with Chinese characters is installed; install one of: {', '.join(CJK_FONTS)}.")
    with plt.rc_context({"font.family": [found, "DejaVu Sans"]}):
        draw(CHINESE, here / "flow.zh-CN.png")


if __name__ == "__main__":
    main()
