"""Places the nodes of a directed graph without cycles in layers of bounded width, and its edges between them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Node = Hashable
Point = tuple[float, float]


@dataclass(frozen=True)
class Drawing:
    """Centres of the nodes, and for each edge (from, to) the centres it passes; y counts layers, x node widths."""

    places: dict[str, Point]
    edges: dict[tuple[str, str], list[Point]]


def layered(uses: Mapping[str, Sequence[str]], widest: int, *, gap: float = 0.1, thread: float = 0.05) -> Drawing:
    """Draw `uses` (node → what it uses), what is used above what uses it, at most `widest` nodes side by side.

    An edge that skips layers runs through a thread of points in them, of width `thread`; `gap` is the space between
    neighbours. Every decision depends on the order of `uses` alone.

    Raises
    ------
    ValueError
        If the graph has a cycle.
    """
    layer = _layers(uses, widest)
    rows: list[list[Node]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for node in uses:
        rows[layer[node]].append(node)
    paths: dict[tuple[str, str], list[Node]] = {}
    for node, used in uses.items():
        for other in used:
            threads: list[Node] = [(other, node, level) for level in range(layer[other] + 1, layer[node])]
            for level, point in enumerate(threads, start=layer[other] + 1):
                rows[level].append(point)
            paths[other, node] = [other, *threads, node]
    links = [pair for path in paths.values() for pair in pairwise(path)]
    above: dict[Node, list[Node]] = {node: [] for row in rows for node in row}
    below: dict[Node, list[Node]] = {node: [] for row in rows for node in row}
    for upper, lower in links:
        above[lower].append(upper)
        below[upper].append(lower)
    rows = _ordered(rows, above, below)

    def width(node: Node) -> float:
        return thread if isinstance(node, tuple) else 1.0

    x = _spread(rows, above, below, width, gap)
    left = min((x[node] - width(node) / 2 for node in x), default=0.0)
    centre = {node: (x[node] - left, float(level)) for level, row in enumerate(rows) for node in row}
    return Drawing(
        {node: centre[node] for node in uses}, {edge: [centre[node] for node in path] for edge, path in paths.items()}
    )


def _layers(uses: Mapping[str, Sequence[str]], widest: int) -> dict[str, int]:
    """Each node below all that it uses; the longest chains first, then each as near to its users as there is room."""
    users: dict[str, list[str]] = {node: [] for node in uses}
    for node, used in uses.items():
        for other in used:
            users[other].append(node)
    height: dict[str, int] = {}

    def measure(node: str, path: tuple[str, ...] = ()) -> int:
        if node in path:
            raise ValueError(f"a cycle: {' uses '.join([*path[path.index(node) :][::-1], path[-1]])}")
        if node not in height:
            height[node] = 1 + max((measure(user, (*path, node)) for user in users[node]), default=0)
        return height[node]

    waiting = sorted(uses, key=measure, reverse=True)  # a stable sort: ties stay in the order of `uses`
    layer: dict[str, int] = {}
    level = 0
    while waiting:
        free = [node for node in waiting if all(layer.get(used, level) < level for used in uses[node])][:widest]
        layer |= dict.fromkeys(free, level)
        waiting = [node for node in waiting if node not in layer]
        level += 1
    room = [widest - list(layer.values()).count(k) for k in range(level)]
    for node in sorted(uses, key=lambda node: -layer[node]):
        if len(users[node]) < len(uses[node]) or not users[node]:
            continue
        options = [k for k in range(layer[node] + 1, min(layer[user] for user in users[node])) if room[k] > 0]
        if options:
            room[layer[node]] += 1
            room[options[-1]] -= 1
            layer[node] = options[-1]
    return layer


def _ordered(
    rows: list[list[Node]], above: Mapping[Node, list[Node]], below: Mapping[Node, list[Node]]
) -> list[list[Node]]:
    """The rows in an order with few crossings: sweeps that put each node at the mean of its neighbours."""
    best, fewest = rows, _crossings(rows, below)
    for sweep in range(24):
        downwards = sweep % 2 == 0
        neighbours = above if downwards else below
        rows = [list(row) for row in rows]
        levels = range(1, len(rows)) if downwards else range(len(rows) - 2, -1, -1)
        for level in levels:
            fixed = {node: i for i, node in enumerate(rows[level - 1 if downwards else level + 1])}
            now = {node: float(i) for i, node in enumerate(rows[level])}
            for node in rows[level]:
                if near := neighbours[node]:
                    now[node] = sum(fixed[other] for other in near) / len(near) * len(rows[level]) / len(fixed)
            rows[level].sort(key=now.__getitem__)
        if (count := _crossings(rows, below)) < fewest:
            best, fewest = rows, count
    return best


def _crossings(rows: list[list[Node]], below: Mapping[Node, list[Node]]) -> int:
    total = 0
    for row, following in pairwise(rows):
        place = {node: i for i, node in enumerate(following)}
        ends = [sorted(place[other] for other in below[node]) for node in row]
        total += sum(a > b for i, first in enumerate(ends) for second in ends[i + 1 :] for a in first for b in second)
    return total


def _spread(
    rows: list[list[Node]],
    above: Mapping[Node, list[Node]],
    below: Mapping[Node, list[Node]],
    width: Callable[[Node], float],
    gap: float,
) -> dict[Node, float]:
    """Places along the rows: near the mean of the neighbours, in order, and far enough apart; threads run straight."""
    x: dict[Node, float] = {}
    for row in rows:
        x |= dict(zip(row, _apart(row, [0.0] * len(row), width, gap), strict=True))
    for _ in range(60):
        for row in rows:
            wanted = []
            for node in row:
                near = {other: _weight(node, other) for other in (*above[node], *below[node])}
                mean = sum(weight * x[other] for other, weight in near.items()) / (sum(near.values()) or 1)
                wanted.append(mean if near else x[node])
            x |= dict(zip(row, _apart(row, wanted, width, gap), strict=True))
    return x


def _weight(node: Node, other: Node) -> float:
    """How much a link should be upright: most of all inside a thread."""
    return (1.0, 2.0, 8.0)[isinstance(node, tuple) + isinstance(other, tuple)]


def _apart(row: list[Node], wanted: list[float], width: Callable[[Node], float], gap: float) -> list[float]:
    """The places nearest to the wanted ones, in least squares, that keep the order and the distances of a row.

    With the least distances subtracted this is a regression to a rising sequence: pool neighbours that fall.
    """
    offset = [0.0]
    for left, right in pairwise(row):
        offset.append(offset[-1] + (width(left) + width(right)) / 2 + gap)
    pools: list[list[float]] = []  # sum, number
    for place, shift in zip(wanted, offset, strict=False):
        pools.append([place - shift, 1.0])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] >= pools[-1][0] / pools[-1][1]:
            total, number = pools.pop()
            pools[-1][0] += total
            pools[-1][1] += number
    means = [total / number for total, number in pools for _ in range(int(number))]
    return [mean + shift for mean, shift in zip(means, offset, strict=False)]
