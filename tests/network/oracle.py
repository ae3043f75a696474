"""Random networks and a plain answer to every question: remove what is closed, search from the sources.

Nothing here shares code with the network package: a network is a graph of elements (junctions and pieces of pipe) whose
edges carry the valves that stand between them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

RADIUS_M = 10_000.0


@dataclass
class Edge:
    a: object
    b: object
    valves: tuple[str, ...] = ()
    one_way: bool = False


@dataclass
class Scene:
    """Rows of the layers, and the same network as a graph of elements."""

    pipes: list = field(default_factory=list)
    valves: list = field(default_factory=list)
    stations: list = field(default_factory=list)
    customers: list = field(default_factory=list)
    edges: list = field(default_factory=list)
    pieces: dict = field(default_factory=dict)  # pipe -> its pieces, from start to end
    sources: set = field(default_factory=set)
    closed: set = field(default_factory=set)
    inoperable: set = field(default_factory=set)
    hangs: dict = field(default_factory=dict)  # customer -> piece
    sizes: dict = field(default_factory=dict)  # district -> its junctions


class Builder:
    """Draws random districts beside one another into one scene; no chord of a district's circle passes a junction."""

    def __init__(self, draw, rng):
        self.draw, self.rng, self.scene = draw, rng, Scene()
        self.district = self.n = 0

    def place(self, i):
        angle = 2 * math.pi * (i % 100) / self.n
        return self.district * 5 * RADIUS_M + RADIUS_M * math.cos(angle), RADIUS_M * math.sin(angle)

    def add_district(self, *, regulators=True):
        draw, rng, scene = self.draw, self.rng, self.scene
        self.district += 1
        self.n = scene.sizes[self.district] = int(rng.integers(2, 9))
        junctions = [100 * self.district + i for i in range(self.n)]
        classes = {}
        for i in junctions:
            both = regulators and rng.random() < 0.3
            classes[i] = {"medium_a", "low"} if both else {["medium_a", "low"][int(rng.random() < 0.5 and regulators)]}
            if both:
                scene.stations.append(draw.station(f"R{i}", self.place(i), inlet_class="medium_a", outlet_class="low"))
                scene.edges.append(Edge(("J", i, "medium_a"), ("J", i, "low"), one_way=True))
        for _ in range(int(rng.integers(1, 3 * self.n))):
            a, b = (junctions[int(x)] for x in rng.integers(0, self.n, 2))
            shared = sorted(classes[a] & classes[b])
            if shared:
                self.add_pipe(f"P{len(scene.pipes)}", a, b, shared[int(rng.integers(len(shared)))])
        self.add_junction_valves(junctions)
        used = sorted({(e.a[1], e.a[2]) for e in scene.edges if e.a[0] == "J" and e.b[0] == "P" and e.a[1] in classes})
        for i in rng.permutation(len(used))[: int(rng.integers(0, 4))]:
            at, cls = used[int(i)]
            scene.stations.append(draw.source(f"G{len(scene.stations)}", self.place(at), outlet_class=cls))
            scene.sources.add(("J", at, cls))

    def add_pipe(self, pipe, a, b, cls):
        rng, scene = self.rng, self.scene
        start, end = np.array(self.place(a)), np.array(self.place(b))
        if a == b:
            line = np.vstack([start, start + rng.normal(size=(2, 2)) * 900, start])
        else:
            line = np.vstack([start, (start + end) / 2 + rng.normal(size=2) * 300, end])
        steps = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])

        def at(position):
            return tuple(float(np.interp(position, steps, line[:, k])) for k in (0, 1))

        length = steps[-1]
        scene.pipes.append(self.draw.pipe(pipe, *map(tuple, line), pressure_class=cls))
        # whole metres: what lies nearer together than the tolerance is one spot for the program, two for a search
        spots = np.unique(np.round(rng.uniform(0.2, 0.8, int(rng.integers(0, 3))) * length))
        pieces = [("P", pipe, k) for k in range(len(spots) + 1)]
        scene.pieces[pipe] = pieces
        ends = [self.valves_at(at(p), pipe) if rng.random() < 0.4 and a != b else () for p in (0, length)]
        scene.edges.append(Edge(("J", a, cls), pieces[0], ends[0]))
        scene.edges.append(Edge(("J", b, cls), pieces[-1], ends[1]))
        for k, position in enumerate(spots):
            scene.edges.append(Edge(pieces[k], pieces[k + 1], self.valves_at(at(position), pipe)))
        for k in range(int(rng.integers(0, 3))):
            position = rng.uniform(0.05, 0.95) * length
            row = self.draw.customer(f"C{pipe}{k}", at(position), pipe_id=pipe, households=int(rng.integers(1, 9)))
            scene.customers.append(row)
            scene.hangs[row["customer_id"]] = pieces[int(np.searchsorted(spots, position))]

    def valves_at(self, xy, pipe=None):
        rng, scene = self.rng, self.scene
        valves = []
        closed = rng.random() < 0.15
        for _ in range(1 + int(rng.random() < 0.1)):
            valve = f"V{len(scene.valves)}"
            works = rng.random() > 0.1
            named = {} if pipe is None else {"pipe_id": pipe}
            scene.valves.append(self.draw.valve(valve, xy, normally_open=not closed, operable=bool(works), **named))
            if closed:
                scene.closed.add(valve)
            if not works:
                scene.inoperable.add(valve)
            valves.append(valve)
        return tuple(valves)

    def add_junction_valves(self, junctions):
        """Put valves of unknown pipe on junctions: they cut all pipes there that have no working valve of their own."""
        for i in junctions:
            here = [e for e in self.scene.edges if e.a[:2] == ("J", i) and e.b[0] == "P"]
            if self.rng.random() < 0.15 and len(here) > 2:
                valves = self.valves_at(self.place(i))
                for edge in here:
                    if not any(v in self.scene.closed or v not in self.scene.inoperable for v in edge.valves):
                        edge.valves = valves


def random_scene(draw, rng, districts, *, regulators=True):
    builder = Builder(draw, rng)
    for _ in range(districts):
        builder.add_district(regulators=regulators)
    return builder.scene


class Oracle:
    """Answers by search, with the valves `stuck` found stuck besides those the scene knows."""

    def __init__(self, scene, stuck=()):
        self.scene = scene
        self.works = {v["valve_id"] for v in scene.valves} - scene.inoperable - set(stuck)

    def passes(self, edge, shut=frozenset()):
        return not any(v in self.scene.closed or v in shut for v in edge.valves)

    def cuts(self, edge):
        return any(v in self.works or v in self.scene.closed for v in edge.valves)

    def flood(self, seeds, usable):
        after = {}
        for edge in self.scene.edges:
            if usable(edge):
                after.setdefault(edge.a, []).append(edge.b)
                if not edge.one_way:
                    after.setdefault(edge.b, []).append(edge.a)
        seen, stack = set(seeds), list(seeds)
        while stack:
            for other in after.get(stack.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    stack.append(other)
        return seen

    def sector(self, elements):
        return self.flood(elements, lambda e: not e.one_way and not self.cuts(e))

    def fed(self, without=frozenset(), shut=frozenset()):
        seeds = self.scene.sources - without
        return self.flood(seeds, lambda e: e.a not in without and e.b not in without and self.passes(e, shut))

    def isolate(self, elements):
        sector = self.sector(elements)
        before = self.fed()
        kept = self.fed(sector)
        close = set()
        for edge in self.scene.edges:
            inside = (edge.a in sector, edge.b in sector)
            if edge.one_way or not self.passes(edge) or inside[0] == inside[1]:
                continue
            if (edge.b if inside[0] else edge.a) in kept:
                close |= set(edge.valves) & self.works
        lost = before - self.fed(sector, close)
        return sector, close, lost
