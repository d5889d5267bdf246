"""Draw a graph or a timeline as one self-contained SVG: values in, text out. No network, no fonts, no scripts."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

import numpy as np
from numpy.typing import NDArray

from remanence.types import Edge, Entity, Fact, Graph, Status

FONTS = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', 'Source Han Sans SC', 'WenQuanYi Micro Hei', 'Droid Sans Fallback', sans-serif"
)
KINDS = ("person", "place", "organisation", "thing")
# Okabe and Ito's colours: told apart with every kind of colour vision; the outline, not only the fill, carries them.
COLOURS = {"person": "#0072b2", "place": "#009e73", "organisation": "#d55e00", "thing": "#aa4499", "": "#777777"}
CURRENT, DOUBT, GONE = "#0072b2", "#d55e00", "#8a8a8a"
STYLE = """
.page{fill:#fbfbfa}.ink{fill:#1f2328}.soft{fill:#5f6671}.line{stroke:#b9bec6}.grid{stroke:#e6e7e9}.pill{fill:#ffffff}
@media (prefers-color-scheme: dark){.page{fill:#16181c}.ink{fill:#e8eaed}.soft{fill:#a4abb6}.line{stroke:#5b626d}.grid{stroke:#2a2e35}
.pill{fill:#20242a}}
"""
MARGIN = 40
NAME_SIZE, LABEL_SIZE = 14, 11
LONGEST = 28
MOST_NODES = 120
MOST_LANES = 80
ROUNDS = 400
DAY = timedelta(days=1)

Points = NDArray[np.float64]


# ------------------------------------------------------------------ what both need


def _width(text: str, size: float) -> float:
    """About how wide a text is drawn; wide characters count as a square."""
    return sum(size if ord(character) > 0x2E80 else size * 0.6 for character in text)


def _clip(text: str, limit: int = LONGEST) -> str:
    """No wider than so many letters."""
    width = 0
    for place, character in enumerate(text):
        width += 2 if ord(character) > 0x2E80 else 1
        if width > limit:
            return text[:place] + "…"
    return text


def _safe(text: str) -> str:
    """Text that may stand in a picture: printable, and no part of its making."""
    return escape("".join(character if character.isprintable() else " " for character in text))


def _text(x: float, y: float, words: str, size: float, style: str = "ink", anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" class="{style}" text-anchor="{anchor}">{_safe(words)}</text>'


def _page(width: float, height: float, title: str, body: Iterable[str], definitions: str = "") -> str:
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{escape(FONTS)}">',
            f"<title>{_safe(title)}</title><style>{STYLE}</style><defs>{definitions}</defs>",
            f'<rect class="page" width="{width:.0f}" height="{height:.0f}"/>',
            _text(MARGIN / 2, 26, title, 15, "ink", "start"),
            *body,
            "</svg>\n",
        ]
    )


# ------------------------------------------------------------------ the graph


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its middle."""

    x: float
    y: float
    width: float
    height: float

    def overlap(self, other: Box) -> float:
        """The area two boxes share."""
        across = (self.width + other.width) / 2 - abs(self.x - other.x)
        down = (self.height + other.height) / 2 - abs(self.y - other.y)
        return max(0.0, across) * max(0.0, down)

    def rim(self, toward: tuple[float, float], gap: float = 3) -> tuple[float, float]:
        """Where a line from the middle leaves the box."""
        dx, dy = toward[0] - self.x, toward[1] - self.y
        if not dx and not dy:
            return self.x, self.y
        scale = min((self.width / 2 + gap) / abs(dx) if dx else math.inf, (self.height / 2 + gap) / abs(dy) if dy else math.inf)
        return self.x + dx * min(scale, 1), self.y + dy * min(scale, 1)


def graph_picture(graph: Graph, title: str = "Graph") -> str:
    """The graph as SVG: a pill for each node, its outline by kind; an arrow for each edge with its relation, dashed where it
    has ended, orange where it is contested. Of a big graph the nodes with most edges."""
    nodes, edges, left_out = _most_joined(graph)
    names = [_clip(node.name) for node in nodes]
    sizes = np.array([[_width(name, NAME_SIZE) + 26, 30.0] for name in names]).reshape(-1, 2)
    place = {node.id: index for index, node in enumerate(nodes)}
    pairs = sorted({(min(ends), max(ends)) for edge in edges if len(ends := {place[edge.source], place[edge.target]}) > 1})
    spots = _laid_out(sizes, pairs)
    legend = [kind for kind in (*KINDS, "") if any(_kind(node) == kind for node in nodes)]
    if len(spots):
        spots -= (spots - sizes / 2).min(axis=0) - np.array([MARGIN, MARGIN + 16])
        width, height = (spots + sizes / 2).max(axis=0) + MARGIN
    else:
        width = height = 0.0
    width, height = max(width, 90.0 * len(legend) + 2 * MARGIN, 320.0), max(height, 120.0) + 34
    boxes = [Box(float(x), float(y), float(w), float(h)) for (x, y), (w, h) in zip(spots, sizes, strict=True)]
    lines, labels = _drawn_edges(edges, place, boxes)
    body = [*lines, *labels, *map(_drawn_node, nodes, names, boxes), *_legend(legend, height - 18)]
    if left_out:
        body.append(_text(width - MARGIN, height - 14, f"{left_out} more not shown", LABEL_SIZE, "soft", "end"))
    return _page(width, height, title, body, _arrows())


def _most_joined(graph: Graph) -> tuple[list[Entity], list[Edge], int]:
    joined: dict[str, int] = defaultdict(int)
    for edge in graph.edges:
        joined[edge.source] += 1
        joined[edge.target] += 1
    nodes = sorted(graph.nodes, key=lambda node: (-joined[node.id], node.name, node.id))[:MOST_NODES]
    ids = {node.id for node in nodes}
    edges = [edge for edge in graph.edges if edge.source in ids and edge.target in ids and edge.source != edge.target]
    return nodes, edges, len(graph.nodes) - len(nodes)


def _laid_out(sizes: Points, pairs: Sequence[tuple[int, int]]) -> Points:
    """Where nodes stand: joined ones near, others apart, none on another. The same graph always gives the same picture."""
    count = len(sizes)
    angles = np.arange(count) * math.pi * (3 - math.sqrt(5))
    spots: Points = (120 * np.sqrt(np.arange(count) + 0.3))[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    if count < 2:
        return spots
    spring = 125.0
    joined = np.zeros((count, count))
    for one, other in pairs:
        joined[one, other] = joined[other, one] = 1.0
    for step in range(ROUNDS):
        between = spots[:, None] - spots[None]
        distance = np.maximum(np.hypot(between[..., 0], between[..., 1]), 1.0)
        push = spring**2 / distance
        pull = joined * distance**2 / spring
        force = ((push - pull) / distance)[..., None] * between
        moved = force.sum(axis=1) - 0.12 * spots
        length = np.maximum(np.hypot(moved[:, 0], moved[:, 1]), 1e-9)[:, None]
        spots = spots + moved / length * np.minimum(length, 60 * (1 - step / ROUNDS) + 0.5)
    spots = spots * np.array([1.25, 0.85])  # a page is wider than high, and so are names
    return _spread(spots, sizes + np.array([26.0, 30.0]))


def _spread(spots: Points, sizes: Points) -> Points:
    """Push boxes apart until none lies on another, along the shorter way."""
    for _ in range(ROUNDS):
        between = spots[:, None] - spots[None]
        shared = (sizes[:, None] + sizes[None]) / 2 - np.abs(between)
        on = (shared > 0).all(axis=2) & ~np.eye(len(spots), dtype=bool)
        if not on.any():
            break
        order = np.sign(np.arange(len(spots))[:, None] - np.arange(len(spots))[None])
        side = np.where(between == 0, order[..., None], np.sign(between))
        across = shared[..., 0] < shared[..., 1]
        axis = np.stack([across, ~across], axis=2)
        spots = spots + (np.where(on[..., None] & axis, shared, 0) * side * 0.51).sum(axis=1).clip(-80, 80)
    return spots


def _drawn_edges(edges: Sequence[Edge], place: Mapping[str, int], boxes: Sequence[Box]) -> tuple[list[str], list[str]]:
    """Arrows, and their labels where these lie on as little else as possible."""
    together: dict[tuple[int, int], list[Edge]] = defaultdict(list)
    for edge in edges:
        together[place[edge.source], place[edge.target]].append(edge)
    lines, labels, taken = [], [], list(boxes)
    for (start, end), parallel in sorted(together.items()):
        one, other = boxes[start], boxes[end]
        others = [box for place, box in enumerate(boxes) if place not in (start, end)]
        bends = (24.0, 48.0, 72.0, 100.0) if (end, start) in together else (0.0, 24.0, -24.0, 48.0, -48.0, 80.0, -80.0, 120.0, -120.0)
        middle = _clear(one, other, bends, others)
        begin, finish = one.rim(middle), other.rim(middle, 5)
        dash = ' stroke-dasharray="4 4"' if all(edge.status is Status.ENDED for edge in parallel) else ""
        is_contested = any(edge.status is Status.CONTESTED for edge in parallel)
        stroke = f' style="stroke:{DOUBT}"' if is_contested else ""
        path = f"M{begin[0]:.1f},{begin[1]:.1f} Q{middle[0]:.1f},{middle[1]:.1f} {finish[0]:.1f},{finish[1]:.1f}"
        told = _safe("; ".join(edge.text for edge in parallel))
        head = "doubt" if is_contested else "arrow"
        shape = f'<path d="{path}" class="line" fill="none" stroke-width="1.4" marker-end="url(#{head})"{dash}{stroke}>'
        lines.append(f"{shape}<title>{told}</title></path>")
        words = _clip(" · ".join(dict.fromkeys(edge.relation.replace("_", " ") for edge in parallel)), 40)
        size = (_width(words, LABEL_SIZE) + 4, LABEL_SIZE + 4.0)
        spots = (Box(*_along(begin, middle, finish, at), *size) for at in (0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73, 0.2, 0.8))
        box = min(spots, key=lambda spot: sum(spot.overlap(other) for other in taken))
        taken.append(box)
        left, top = box.x - box.width / 2, box.y - box.height / 2
        ground = f'<rect class="page" x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="3"/>'
        labels.append(ground + _text(box.x, box.y + 4, words, LABEL_SIZE, "soft"))
    return lines, labels


def _clear(one: Box, other: Box, bends: Sequence[float], boxes: Sequence[Box]) -> tuple[float, float]:
    """The middle point of the straightest curve that runs through no other box, or through the fewest."""
    fewest, best = len(boxes) + 1, (0.0, 0.0)
    for middle in (_bent(one, other, bend) for bend in bends):
        crossed = _crossed(one, other, middle, boxes)
        if crossed < fewest:
            fewest, best = crossed, middle
        if not crossed:
            break
    return best


def _bent(one: Box, other: Box, bend: float) -> tuple[float, float]:
    """The middle point of a curve between two boxes that leaves the straight line by `bend`."""
    dx, dy = other.x - one.x, other.y - one.y
    length = math.hypot(dx, dy) or 1.0
    return (one.x + other.x) / 2 - dy / length * 2 * bend, (one.y + other.y) / 2 + dx / length * 2 * bend


def _crossed(one: Box, other: Box, middle: tuple[float, float], boxes: Sequence[Box]) -> int:
    """How many boxes the curve between two runs through."""
    points = [Box(*_along((one.x, one.y), middle, (other.x, other.y), step / 24), 10, 10) for step in range(1, 24)]
    return sum(any(point.overlap(box) for point in points) for box in boxes)


def _along(begin: tuple[float, float], middle: tuple[float, float], finish: tuple[float, float], at: float) -> tuple[float, float]:
    """A point of a quadratic curve."""
    weights = ((1 - at) ** 2, 2 * at * (1 - at), at**2)
    points = (begin, middle, finish)
    return sum(w * p[0] for w, p in zip(weights, points, strict=True)), sum(w * p[1] for w, p in zip(weights, points, strict=True))


def _kind(node: Entity) -> str:
    return node.kind if node.kind in KINDS else ""


def _drawn_node(node: Entity, name: str, box: Box) -> str:
    left, top, colour = box.x - box.width / 2, box.y - box.height / 2, COLOURS[_kind(node)]
    corner = box.height / 2 if _kind(node) in ("person", "") else 5
    full = _safe(" · ".join((node.name, *node.aliases)))
    return (
        f'<g><title>{full}</title><rect x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="{corner}" '
        f'class="pill" stroke="{colour}" stroke-width="1.8"/>{_text(box.x, box.y + 5, name, NAME_SIZE)}</g>'
    )


def _legend(kinds: Sequence[str], y: float) -> Iterator[str]:
    x = float(MARGIN)
    for kind in kinds:
        corner = 6 if kind in ("person", "") else 2
        outline = f'rx="{corner}" class="pill" stroke="{COLOURS[kind]}" stroke-width="1.8"'
        yield f'<rect x="{x:.1f}" y="{y - 6:.1f}" width="18" height="12" {outline}/>'
        yield _text(x + 24, y + 4, kind or "other", LABEL_SIZE, "soft", "start")
        x += 40 + _width(kind or "other", LABEL_SIZE)


def _arrows() -> str:
    shape = '<path d="M0,0 L8,4 L0,8 L2,4 z"'
    head = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto" markerUnits="userSpaceOnUse"'
    return f'<marker id="arrow" {head}>{shape} class="soft"/></marker><marker id="doubt" {head}>{shape} fill="{DOUBT}"/></marker>'


# ------------------------------------------------------------------ the timeline


@dataclass(frozen=True, slots=True)
class Bar:
    """A fact as it is drawn: from, to (open where that is not known), in which row of its lane."""

    fact: Fact
    start: datetime
    end: datetime
    is_open_before: bool
    is_open_after: bool
    row: int


ROW, BAR, LABELS, CHART = 26, 18, 190, 760
SHORTEST_BAR = 5.0


def timeline_picture(facts: Iterable[Fact], title: str = "Timeline", until: datetime | None = None) -> str:
    """Facts as SVG: a lane for each subject and relation, a bar from its beginning to its end; open ends fade, contested bars
    are hatched, retracted ones grey and struck through. `until`: where the axis ends (default: past the last date)."""
    lanes = _lanes(facts)
    left_out = max(0, len(lanes) - MOST_LANES)
    lanes = dict(list(lanes.items())[:MOST_LANES])
    moments = [m for told in lanes.values() for fact in told for m in (fact.valid_from, fact.valid_to, _noted(fact)) if m is not None]
    if until is not None:
        moments.append(until)
    first, last = (min(moments), max(moments)) if moments else (datetime(2000, 1, 1, tzinfo=UTC), datetime(2001, 1, 1, tzinfo=UTC))
    span = max(last - first, 2 * DAY)
    first, last = _shifted(first, -0.06 * span), _shifted(last, 0.1 * span)

    def x(moment: datetime) -> float:
        return LABELS + MARGIN / 2 + CHART * (min(max(moment, first), last) - first).total_seconds() / (last - first).total_seconds()

    many = len({fact.subject for told in lanes.values() for fact in told}) > 1
    body, y = [], float(MARGIN + 14)
    top = y - 8
    for index, told in enumerate(lanes.values()):
        bars = _bars(told, first, last, x)
        rows = 1 + max(bar.row for bar in bars)
        if index:
            body.append(f'<path d="M{MARGIN / 2},{y - 4:.1f} H{LABELS + MARGIN / 2 + CHART:.1f}" class="grid"/>')
        label = _lane_name(told[0], many)
        body.append(_text(LABELS, y + ROW / 2 + 2, label, 12, "soft", "end"))
        for bar in bars:
            body += _drawn_bar(bar, x(bar.start), x(bar.end), y + bar.row * ROW)
        y += rows * ROW + 8
    axis = [*_axis(first, last, x, top, y)]
    note = [_text(LABELS + CHART, y + 38, f"{left_out} more lanes not shown", LABEL_SIZE, "soft", "end")] if left_out else []
    return _page(LABELS + CHART + MARGIN, y + 66, title, [*axis, *body, *note, *_key(y + 46)], _fills())


def _shifted(moment: datetime, span: timedelta) -> datetime:
    try:
        return moment + span
    except OverflowError:
        return moment


def _noted(fact: Fact) -> datetime | None:
    return min((words.said_at for words in fact.evidence), default=fact.recorded_at)


def _lanes(facts: Iterable[Fact]) -> dict[tuple[str, str, str], list[Fact]]:
    lanes: dict[tuple[str, str, str], list[Fact]] = defaultdict(list)
    for fact in facts:
        lanes[fact.subject, fact.relation, fact.qualifier].append(fact)
    for told in lanes.values():
        told.sort(key=lambda fact: (_from(fact).timestamp(), fact.id))
    return dict(sorted(lanes.items(), key=lambda lane: (lane[1][0].subject_name, lane[0][0], _from(lane[1][0]).timestamp(), lane[0])))


def _from(fact: Fact) -> datetime:
    return fact.valid_from or fact.valid_to or _noted(fact) or datetime(2000, 1, 1, tzinfo=UTC)


def _lane_name(fact: Fact, with_subject: bool) -> str:
    name = fact.relation.replace("_", " ") + (f", {fact.qualifier}" if fact.qualifier else "")
    return _clip(f"{fact.subject_name} · {name}" if with_subject else name, 26)


def _bars(told: Sequence[Fact], first: datetime, last: datetime, x: Callable[[datetime], float]) -> list[Bar]:
    """Bars of a lane in as few rows as leave each its words."""
    bars: list[Bar] = []
    ends: list[float] = []
    for fact in told:
        start = first if fact.valid_from is None else fact.valid_from
        end = last if fact.valid_to is None else fact.valid_to
        left = x(start)
        right = max(x(end), left + SHORTEST_BAR)
        inside = _width(_clip(fact.object), LABEL_SIZE) + 14
        is_at_edge = right + inside > LABELS + MARGIN / 2 + CHART
        needs = right if right - left >= inside or is_at_edge else right + inside
        begins = left - inside if is_at_edge and right - left < inside else left
        row = next((row for row, taken in enumerate(ends) if taken <= begins + 1), len(ends))
        ends[row : row + 1] = [needs]
        bars.append(Bar(fact, start, end, fact.valid_from is None, fact.valid_to is None, row))
    return bars


def _drawn_bar(bar: Bar, left: float, right: float, y: float) -> Iterator[str]:
    fact, width = bar.fact, max(right - left, SHORTEST_BAR)
    state = {Status.CONTESTED: "doubt", Status.RETRACTED: "gone"}.get(fact.status, "so")
    ends = (
        "both" if bar.is_open_before and bar.is_open_after else "before" if bar.is_open_before else "after" if bar.is_open_after else "none"
    )
    colour = {"so": CURRENT, "doubt": DOUBT, "gone": GONE}[state]
    words = _clip(("not " if fact.denied else "") + fact.object)
    is_inside = width >= _width(words, LABEL_SIZE) + 14
    yield f"<g><title>{_safe(_told(fact))}</title>"
    yield f'<rect x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BAR}" rx="3" fill="url(#{state}-{ends})"/>'
    if state == "doubt":
        yield f'<rect x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BAR}" rx="3" fill="url(#hatch)"/>'
    if not bar.is_open_before:
        yield f'<rect x="{left:.1f}" y="{y:.1f}" width="3" height="{BAR}" rx="1" fill="{colour}"/>'
    if not bar.is_open_after and width > SHORTEST_BAR:
        yield f'<rect x="{left + width - 3:.1f}" y="{y:.1f}" width="3" height="{BAR}" rx="1" fill="{colour}"/>'
    is_at_edge = not is_inside and left + width + _width(words, LABEL_SIZE) + 14 > LABELS + MARGIN / 2 + CHART
    at = left + 8 if is_inside else left - 5 if is_at_edge else left + width + 5
    yield _text(at, y + 13, words, LABEL_SIZE, "soft" if state == "gone" else "ink", "end" if is_at_edge else "start")
    if state == "gone":
        begin = at - _width(words, LABEL_SIZE) if is_at_edge else at
        yield f'<path d="M{begin:.1f},{y + 9.5:.1f} h{_width(words, LABEL_SIZE):.1f}" stroke="{GONE}" stroke-width="1.2"/>'
    yield "</g>"


def _told(fact: Fact) -> str:
    since = fact.valid_from.date().isoformat() if fact.valid_from else "?"
    until = fact.valid_to.date().isoformat() if fact.valid_to else "open"
    return f"{fact.text} ({fact.status}, {since} to {until})"


def _axis(first: datetime, last: datetime, x: Callable[[datetime], float], top: float, bottom: float) -> Iterator[str]:
    """Lines at even dates, as many as can be read."""
    for moment, label in _ticks(first, last):
        at = x(moment)
        yield f'<path d="M{at:.1f},{top:.1f} V{bottom:.1f}" class="grid"/>'
        yield _text(at, bottom + 16, label, LABEL_SIZE, "soft")


def _ticks(first: datetime, last: datetime) -> Iterator[tuple[datetime, str]]:
    days = (last - first).total_seconds() / 86400
    months = next((step for step in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000) if days / 30.44 / step <= 10), 12000)
    if days < 70:
        step = next(step for step in (1, 2, 3, 5, 7, 10) if days / step <= 9)
        moment = datetime(first.year, first.month, first.day, tzinfo=first.tzinfo)
        while (moment := _shifted(moment, timedelta(days=step))) < last:
            yield moment, moment.date().isoformat()[5:] if first.year == last.year else moment.date().isoformat()
        return
    place = -(-(first.year * 12 + first.month) // months) * months
    while place // 12 <= 9999:
        moment = datetime(max(1, place // 12), place % 12 + 1, 1, tzinfo=first.tzinfo)
        if moment > last:
            return
        if moment >= first:
            yield moment, f"{moment.year}" if months % 12 == 0 else f"{moment.year}-{moment.month:02}"
        place += months


def _key(y: float) -> Iterator[str]:
    x = float(LABELS + MARGIN / 2)
    for state, words in (("so", "so, as far as known"), ("doubt", "contested"), ("gone", "retracted: never so")):
        yield f'<rect x="{x:.1f}" y="{y - 8:.1f}" width="30" height="12" rx="3" fill="url(#{state}-after)"/>'
        if state == "doubt":
            yield f'<rect x="{x:.1f}" y="{y - 8:.1f}" width="30" height="12" rx="3" fill="url(#hatch)"/>'
        if state == "gone":
            yield f'<path d="M{x:.1f},{y - 2:.1f} h30" stroke="{GONE}" stroke-width="1.2"/>'
        yield _text(x + 37, y + 2, words, LABEL_SIZE, "soft", "start")
        x += 60 + _width(words, LABEL_SIZE)


def _fills() -> str:
    """A fill for each standing and each way that ends may be open, and the hatching of what is contested."""
    fills = []
    for state, colour, strong in (("so", CURRENT, 0.3), ("doubt", DOUBT, 0.2), ("gone", GONE, 0.22)):
        for ends in ("none", "before", "after", "both"):
            stops = [(0.0, 0.0 if ends in ("before", "both") else strong), (0.25, strong), (0.7, strong)]
            stops.append((1.0, 0.0 if ends in ("after", "both") else strong))
            drawn = "".join(f'<stop offset="{at}" stop-color="{colour}" stop-opacity="{alpha}"/>' for at, alpha in stops)
            fills.append(f'<linearGradient id="{state}-{ends}">{drawn}</linearGradient>')
    lines = f'<path d="M0,8 L8,0" stroke="{DOUBT}" stroke-width="1.2" stroke-opacity="0.55"/>'
    return "".join(fills) + f'<pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse">{lines}</pattern>'
