"""Fill the table of measured numbers in both READMEs from the benches' JSON in `src/remanence/bench/results`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "src" / "remanence" / "bench" / "results"
BLOCK = re.compile(r"(<!-- numbers -->\n).*?(<!-- /numbers -->)", re.DOTALL)


class Quote(NamedTuple):
    """One line of the table: some metrics of one split of a task, for the systems named."""

    task: str
    split: str
    metrics: tuple[str, ...]
    systems: tuple[str, ...]
    english: str
    chinese: str


SEARCH = ("bm25+neighbours", "dense", "mem0", "remanence")
QUOTES = (
    Quote("locomo", "1-5", ("R@5", "R@10", "R@25"), SEARCH, "LoCoMo, evidence turns, R@5 / R@10 / R@25", "LoCoMo，证据轮次，R@5 / R@10 / R@25"),
    Quote("locomo", "1", ("R@10",), SEARCH, "… questions for several things (category 1), R@10", "… 需要多处证据的问题（类别 1），R@10"),
    Quote("locomo", "1-5", ("S@5", "covered@1024", "AUROC"), SEARCH, "… sessions S@5 / evidence in 1,024 tokens / abstention AUROC", "… 会话 S@5 / 1,024 个 token 内的证据 / 弃答 AUROC"),
    Quote("memorybank", "zh", ("R@5", "R@10"), SEARCH, "MemoryBank, Chinese, R@5 / R@10", "MemoryBank 中文，R@5 / R@10"),
    Quote("memorybank", "en", ("R@5", "R@10"), SEARCH, "MemoryBank, English, R@5 / R@10", "MemoryBank 英文，R@5 / R@10"),
    Quote("realmem", "all", ("any@10", "all@5", "all@10"), ("bm25", "dense", "", "remanence"), "RealMem, sessions, any@10 / all@5 / all@10", "RealMem，会话，any@10 / all@5 / all@10"),
)  # fmt: skip
HEADS = {
    "english": "| | BM25 | MiniLM alone | mem0 | remanence |\n|---|---|---|---|---|",
    "chinese": "| | BM25 | 仅 MiniLM | mem0 | remanence |\n|---|---|---|---|---|",
}
UPDATES = ("mem0", "newest-text", "unreconciled", "remanence", "remanence-stated")
UPDATE_METRICS = ("current_accuracy", "as_of_accuracy", "staleness", "collateral")
UPDATE_HEADS = {
    "english": "| tracking change, held-back sentences, en / zh | mem0 | newest text | all believed | remanence | … told outright |\n|---|---|---|---|---|---|",
    "chinese": "| 追踪变化，未见过的句子，英 / 中 | mem0 | 最新文本 | 全部相信 | remanence | …直接陈述 |\n|---|---|---|---|---|---|",
}
UPDATE_NAMES = {
    "english": ("believes what is so now", "what was so then (`as_of`)", "still believes the old", "lost what nobody spoke against"),
    "chinese": ("现在相信的是否属实", "当时的信念（`as_of`）", "仍相信旧值", "误失无人否认的事实"),
}
DISTILL_LINES = {
    "english": "Rules alone on real turns, labels kept apart, en / zh: precision {precision}, recall {recall}; {ms} CPU-ms a turn (median).",
    "chinese": "仅用规则、真实轮次、单独保留的标注，英 / 中：精确率 {precision}，召回率 {recall}；每轮 {ms} CPU 毫秒（中位数）。",
}
COST_HEADS = {
    "english": "| memories of one person | recall p50 / p95 ms | first recall s | record p50 ms (one fsync) | ingest/s, vectors given | MB resident | bytes a memory |\n|---|---|---|---|---|---|---|",
    "chinese": "| 一个人的记忆数 | 回忆 p50 / p95 毫秒 | 首次回忆 秒 | 记录 p50 毫秒（其中一次 fsync） | 写入/秒（向量已备） | 内存 MB | 每条字节 |\n|---|---|---|---|---|---|---|",
}
NOTES = {
    "english": (
        "One run each, all with the same embedder (MiniLM int8), no language model; printed by `remanence bench TASK --data DIR --json FILE` "
        "({commits}; {machine}); the JSON is in [results](src/remanence/bench/results), with spread, and what the stamps mean in the [log](LOG.md). Our weights never saw the conversation "
        "they are scored on; features and constants were chosen on these same development sets, so expect a little less elsewhere; how far the held-back sentences were kept apart is in the log. mem0 "
        "(`infer=False`) ran without its optional lemmatiser and sparse encoder, which come from the network: with vectors alone. BM25 "
        "with neighbouring turns (RealMem: whole sessions). Recall is beyond the question's own embedding (about 4 ms); texts for the "
        "cost are generated; the million was measured before recording distilled, which takes 1 to 2 ms a turn. One fsync of this disk decides what a durable record costs."
    ),
    "chinese": (
        "各一次运行，同一个向量模型（MiniLM int8），不用语言模型；由 `remanence bench TASK --data DIR --json FILE` 打印（{commits}；{machine}），"
        "JSON 与波动范围见 [results](src/remanence/bench/results)，提交号的含义见 [LOG](LOG.md)。排序权重从未见过被评分的对话，但特征与常数是在这些开发集上选定的，"
        "在别处请预期略低；保留句子的隔离程度见 LOG。mem0（`infer=False`）缺少须从网络下载的词形还原与稀疏编码器，只用向量。BM25 含相邻轮次（RealMem：整个会话）。"
        "回忆耗时不含问题自身的向量计算（约 4 毫秒）；耗时测试的文本是生成的；百万条一行测于记录时尚不提取事实，提取每轮约 1 至 2 毫秒。一次持久记录的耗时取决于本盘的一次 fsync。"
    ),
}


def results() -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}


def metrics(result: dict[str, Any], split: str, system: str) -> dict[str, float]:
    """The metrics of the first row of `split` whose system's name begins with `system`."""
    rows = (row["metrics"] for row in result["rows"] if row["split"] == split and system and row["system"].split(" ")[0] == system)
    found: dict[str, float] = next(rows, {})
    return found


def cell(found: dict[str, float], names: tuple[str, ...]) -> str:
    return " / ".join(f"{found[name]:.1f}" for name in names if name in found) or "–"


def search_table(held: dict[str, dict[str, Any]], language: str) -> str:
    lines = [HEADS[language]]
    for quote in QUOTES:
        cells = [cell(metrics(held[quote.task], quote.split, system), quote.metrics) for system in quote.systems]
        cells[-1] = f"**{cells[-1]}**"
        lines.append(f"| {getattr(quote, language)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def update_table(held: dict[str, dict[str, Any]], language: str) -> str:
    """What is believed after updates, and how well claims are read."""
    lines = [UPDATE_HEADS[language]]
    for name, title in zip(UPDATE_METRICS, UPDATE_NAMES[language], strict=True):
        found = [metrics(held["updates"], "test", system) for system in UPDATES]
        cells = [cell(values, (f"{name}_en", f"{name}_zh")) for values in found]
        cells[-2] = f"**{cells[-2]}**"
        lines.append(f"| {title} | {' | '.join(cells)} |")
    read = [metrics(held["distill"], f"{tongue} test", "remanence") for tongue in ("en", "zh")]
    shown = {
        name: " / ".join(f"{one[key]:.1f}" for one in read)
        for name, key in (("precision", "precision"), ("recall", "recall"), ("ms", "cpu_ms_p50"))
    }
    return "\n".join([*lines, "", DISTILL_LINES[language].format(**shown)])


def cost_table(held: dict[str, dict[str, Any]], language: str) -> str:
    """One tenant at each size; a size that several runs measured is quoted from the latest."""
    lines = [COST_HEADS[language]]
    rows = {
        row["split"]: row["metrics"]
        for task in ("cost-million", "cost", "cost-distilling")
        for row in held[task]["rows"]
        if row["system"] == "remanence"
    }
    sizes = sorted((int(split.split()[-1].replace(",", "")), found) for split, found in rows.items() if split.startswith("one tenant"))
    for size, found in sizes:
        lines.append(
            f"| {size:,} | {found['recall p50 ms']:.1f} / {found['recall p95 ms']:.1f} | {found['first recall ms'] / 1000:.1f} "
            f"| {found['record p50 ms']:.1f} ({found['fsync p50 ms']:.1f}) | {found['ingest/s']:,.0f} | {found['peak MB']:,.0f} "
            f"| {found['bytes/memory']:.0f} |"
        )
    return "\n".join(lines)


def block(language: str) -> str:
    """The text between the markers."""
    held = results()
    commits = ", ".join(f"{task} at {stamp(result['commit'])}" for task, result in held.items())
    machine = held["locomo"]["machine"]
    where = f"{machine['cores']} cores, {machine['memory_gb']:.0f} GB"
    note = NOTES[language].format(commits=commits, machine=where)
    return "\n\n".join((search_table(held, language), update_table(held, language), cost_table(held, language), note)) + "\n"


def stamp(commit: str) -> str:
    """A short commit, "+" behind it where files differed from it."""
    return commit[:7] + ("+" if commit.endswith("+") else "")


def filled(text: str, language: str) -> str:
    return BLOCK.sub(lambda match: f"{match[1]}{block(language)}{match[2]}", text)


def main() -> None:
    for name, language in (("README.md", "english"), ("README.zh-CN.md", "chinese")):
        path = ROOT / name
        path.write_text(filled(path.read_text(encoding="utf-8"), language), encoding="utf-8")


if __name__ == "__main__":
    main()
