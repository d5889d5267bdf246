"""Pictures: well-formed, self-contained, the same each time, with nothing drawn over anything."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest

from remanence.serve.picture import NAME_SIZE, _laid_out, _width, graph_picture, timeline_picture
from remanence.types import Edge, Entity, Fact, Graph, Status

SVG = "{http://www.w3.org/2000/svg}"


def graph(count: int, step: int = 3) -> Graph:
    kinds = ("person", "place", "organisation", "thing", "")
    nodes = tuple(Entity(str(n), ("王小红 " if n % 4 == 0 else "Somebody ") + str(n), kinds[n % 5]) for n in range(count))
    edges = tuple(Edge(str(n), str((n * step + 1) % count), "works_at", f"{n} works") for n in range(count))
    return Graph(nodes, edges)


def fact(object: str, since: str | None, until: str | None = None, status: Status = Status.CURRENT, relation: str = "lives_in") -> Fact:
    moments = [datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None for day in (since, until)]
    return Fact(object, "en_a", "Alice", relation, object, f"Alice {relation} {object}", status, valid_from=moments[0], valid_to=moments[1])


FACTS = [
    fact("Porto", "2020-01-01", "2024-03-01", Status.ENDED),
    fact("Lisbon", "2024-03-01"),
    fact("Acme", "2021-01-01", None, Status.RETRACTED, "works_at"),
    fact("3 May", None, None, Status.CONTESTED, "born_on"),
    fact("北京", "2022-05-01", "2022-05-03", Status.ENDED, "visited"),
]


def words(picture: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def is_self_contained(picture: str) -> bool:
    outside = re.findall(r"(?:href|src|url\()[^#]{0,2}https?:|<script|@import|@font-face", picture)
    return not outside


def test_every_node_and_relation_is_named():
    drawn = words(graph_picture(graph(5)))
    assert {"王小红 0", "Somebody 1", "works at"} <= set(drawn)


def test_pictures_need_nothing_from_outside_and_know_light_and_dark():
    for picture in (graph_picture(graph(5)), timeline_picture(FACTS)):
        assert is_self_contained(picture)
        assert "prefers-color-scheme: dark" in picture
        assert "Noto Sans CJK SC" in picture


@pytest.mark.parametrize("count", [2, 7, 20, 40])
@pytest.mark.parametrize("step", [0, 1, 3])
def test_no_name_lies_on_another(count: int, step: int):
    nodes = graph(count, step).nodes
    sizes = np.array([[_width(node.name, NAME_SIZE) + 26, 30.0] for node in nodes])
    pairs = [(min(n, (n * step + 1) % count), max(n, (n * step + 1) % count)) for n in range(count) if n != (n * step + 1) % count]
    spots = _laid_out(sizes, sorted(set(pairs)))
    for one, other in combinations(range(count), 2):
        apart = np.abs(spots[one] - spots[other]) >= (sizes[one] + sizes[other]) / 2
        assert apart.any()


def test_the_same_graph_gives_the_same_picture():
    assert graph_picture(graph(12)) == graph_picture(graph(12))


def test_what_is_written_in_names_is_only_text():
    evil = "<script>alert('x')</script>\x00&"
    node = Entity("1", evil, "person")
    picture = graph_picture(Graph((node, Entity("2", "B")), (Edge("1", "2", evil, evil),)), title=evil)
    assert "<script" not in picture
    told = Fact("f", "s", evil, "lives_in", evil, evil, Status.CURRENT, qualifier=evil)
    assert "<script" not in timeline_picture([told], title=evil)
    ElementTree.fromstring(timeline_picture([told], title=evil))


def test_a_big_graph_shows_those_with_most_edges_and_says_how_many_are_left_out():
    picture = graph_picture(graph(150))
    assert "30 more not shown" in words(picture)


def test_nothing_to_draw_is_still_a_picture():
    ElementTree.fromstring(graph_picture(Graph()))
    ElementTree.fromstring(timeline_picture([]))


def test_a_timeline_has_a_lane_for_each_relation_and_dates_below():
    drawn = words(timeline_picture(FACTS))
    assert {"lives in", "works at", "born on", "visited"} <= set(drawn)
    assert {"Porto", "Lisbon", "北京"} <= set(drawn)
    assert "2022" in " ".join(drawn)


def test_contested_bars_are_hatched_retracted_ones_struck_and_open_ends_fade():
    drawn = {kind: timeline_picture([one]).split("</defs>")[1].rsplit("so, as far", 1)[0] for kind, one in zip("pladv", FACTS, strict=True)}
    assert "url(#hatch)" in drawn["d"]
    assert "url(#gone-after)" in drawn["a"]
    assert "url(#doubt-both)" in drawn["d"]
    assert "url(#so-none)" in drawn["p"]
    assert "url(#so-after)" in drawn["l"]
    assert "url(#hatch)" not in drawn["l"]


def test_moments_at_the_ends_of_the_calendar_can_be_drawn():
    first = Fact("1", "s", "A", "lives_in", "x", "t", Status.ENDED, valid_from=datetime.min.replace(tzinfo=UTC))
    last = Fact("2", "s", "A", "lives_in", "y", "t", Status.CURRENT, valid_from=datetime.max.replace(tzinfo=UTC))
    ElementTree.fromstring(timeline_picture([first, last]))
