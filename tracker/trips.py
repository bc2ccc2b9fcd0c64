"""Step 6: trips as they were driven, and which hubs they joined.

A declared trip runs from when its coach leaves, inside the window of the declaration (`location.windows`), until it comes
within `NEAR_KM` of its destination (or of the corridor's end), the operator says that it ended, the next one begins, or
nothing is heard for `LOST_S`. What lies outside every declared trip can only come from a unit fitted to the coach (positions
of personal phones are not kept there), so trips are inferred from it: one begins when the coach has gone `UNDER_WAY_KM`
in one direction, and is dated back to when it left; it ends at the corridor's end, in a stand of `RESTED_S` at a hub, when
the coach has come back `TURNED_KM`, has left the corridor for `LEFT_S`, or is lost. A night at a border ends nothing.

Where corridors share a road the first of the register stands for all until they part. A trip under way is then told anew as one
of the corridor that is driven, from where it began; one over several corridors is told by the longest part. What has settled
before stays: sections and hubs are the same whichever corridor names them.

A *connection* is every ordered pair of hubs passed on one trip. Thresholds are assumptions of this project.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.corridors import Corridor
from tracker.facts import LATE_AFTER, Ending, Fact, Halt
from tracker.fixes import Leg
from tracker.location import windows
from tracker.milestones import Passing, last_place, passings
from tracker.steps import DeclaredTrip, Memory, World
from tracker.trip_rows import HUB_KM, NEAR_KM, begun, ended, has_arrived, hub_near, longest_part, settled, trip_fact
from tracker.waits import add_halts, first_decided, forget_before

LEAVES_KM = 2.0
UNDER_WAY_KM = 20.0
TURNED_KM = {"coarse": 40.0, "imported": 20.0, "routed": 20.0}  # a detour looks twice as long on a coarse line
RESTED_S = 2 * 3600.0
LEFT_S = 3600.0
LOST_S = 12 * 3600.0
SILENT_S = 600.0
LATE_S = LATE_AFTER.total_seconds()


class Trips:
    """Finds trips and connections; both wait until their halts are decided."""

    name = "trips"

    def start(self) -> Memory:
        """Return the memory of a coach of which nothing was heard yet."""
        return {"last": None, "run": None, "done": None, "off_s": None, "recent": [], "waiting": [], "halts": []}

    def run(self, memory: Memory, leg: Leg, world: World, facts: Sequence[Fact]) -> tuple[Memory, Leg, list[Fact]]:
        """Take in the next fixes; see `tracker.steps.Step.run`."""
        if not len(leg):
            return memory, leg, []
        new = [fact for fact in facts if isinstance(fact, Halt)]
        halts = add_halts(memory["halts"], new)
        way = _Way(memory, leg, world, new)
        way.go()
        found: list[Fact] = []
        still = []
        for row in way.waiting:
            settled_s = first_decided(leg, row["end_s"], row["seen_s"])
            if settled_s is None:
                still.append(row)
            else:
                found.append(settled(row, halts, settled_s))
        starts = [row["start_s"] for row in still] + ([way.run["start_s"]] if way.run else [float(leg.decided_s[-1])])
        after = {
            "last": last_place(leg, world), "run": way.run, "done": way.done, "off_s": way.off_s, "recent": way.recent,
            "waiting": still, "halts": forget_before(halts, min(starts)),
        }  # fmt: skip
        return after, leg, found

    def under_way(self, memory: Memory, world: World) -> list[Fact]:
        """Return the trip that is being driven."""
        run = memory["run"]
        if run is None or not run["moved"]:
            return []
        return [trip_fact(ended(run, world, None, run["last_s"], run["last_km"]), memory["halts"], None)]


class _Way:
    """One run over a leg."""

    def __init__(self, memory: Memory, leg: Leg, world: World, halts: Sequence[Halt]) -> None:
        self.leg, self.world = leg, world
        self.run: Memory | None = None if memory["run"] is None else dict(memory["run"])
        self.done, self.off_s, self.recent = memory["done"], memory["off_s"], list(memory["recent"])
        self.waiting: list[Memory] = list(memory["waiting"])
        self.before = memory["last"]
        self.rests = [h for h in halts if h.ended_at and (h.ended_at - h.started_at).total_seconds() >= RESTED_S]
        self.passed: dict[int, list[Passing]] = {}
        for passing in passings(memory["last"], leg, world, LATE_S):
            if passing.corridor.milestones[passing.number].kind == "hub":
                self.passed.setdefault(passing.index, []).append(passing)

    def go(self) -> None:
        leg, fixes = self.leg, self.leg.fixes
        said = np.full(len(leg), -1, dtype=np.int64)
        spans = windows(self.world.declared)
        for number, (_, start_s, end_s) in enumerate(spans):
            first, end = np.searchsorted(fixes.at_s, [start_s, end_s])
            said[first:end] = number
        rests = {rest.settled_at.timestamp(): rest for rest in self.rests if rest.settled_at}
        late = (fixes.sent_s - fixes.at_s > LATE_S).tolist()
        rows = zip(
            fixes.at_s.tolist(),
            leg.corridors.tolist(),
            leg.kms.tolist(),
            fixes.seqs.tolist(),
            said.tolist(),
            strict=True,
        )
        last_s = self.before["at_s"] if self.before else None
        for i, (at_s, number, km, seq, window) in enumerate(rows):
            trip = spans[window][0] if window >= 0 else None
            if (rest := rests.get(at_s)) is not None:
                self._rested(rest, at_s)
            self._switch(self._due(trip), at_s, lost=last_s is not None and at_s - last_s > LOST_S)
            trip = self._due(trip)
            for passing in self.passed.get(i, ()):
                self._pass(passing, at_s)
            if number < 0:
                self._off(at_s)
            else:
                self.off_s = None
                self._on(
                    trip, self.world.corridors[number], at_s, km, seq, late=late[i], silent_s=at_s - (last_s or at_s)
                )
            last_s = at_s

    def _due(self, trip: DeclaredTrip | None) -> DeclaredTrip | None:
        """Return the trip unless it has ended: what follows is another journey."""
        return None if trip is not None and trip.trip_id == self.done else trip

    def _switch(self, trip: DeclaredTrip | None, at_s: float, *, lost: bool) -> None:
        """End a run that is lost, or whose window is over, or that another declaration takes the coach from."""
        run = self.run
        if run is None:
            return
        if lost:
            self._end("lost", run["last_s"], run["last_km"], at_s)
        elif run["declared"] and (trip is None or trip.trip_id != run["trip_id"]):
            said = next((t for t in self.world.declared if t.trip_id == run["trip_id"]), None)
            ending: Ending = "next" if trip is not None else "lost"
            if said is not None and said.ends_at is not None and trip is None:
                ending = "cancelled" if said.is_cancelled else "declared"
            self._end(ending, run["last_s"], run["last_km"], at_s)
        elif not run["declared"] and trip is not None:
            self._end("next", run["last_s"], run["last_km"], at_s)

    def _off(self, at_s: float) -> None:
        self.off_s = at_s if self.off_s is None else self.off_s
        if self.run is not None and not self.run["declared"] and at_s - self.off_s > LEFT_S:
            self._end("left", self.run["last_s"], self.run["last_km"], at_s)

    def _on(
        self,
        trip: DeclaredTrip | None,
        corridor: Corridor,
        at_s: float,
        km: float,
        seq: int,
        *,
        late: bool,
        silent_s: float,
    ) -> None:
        run = self.run
        if run is not None and run["corridor"] != corridor.id:
            if run["moved"]:
                self._elsewhere(run, corridor, at_s, km, seq)
                return
            self.run = run = self._set_out_on(run, trip, corridor, km)
        if run is None:
            self.run = begun(trip, self.world, corridor, at_s, km, seq, late=late)
            self.recent = []
            return
        if silent_s > SILENT_S:
            run["silent_s"] += silent_s
        run["late"] = run["late"] or late
        run["last_s"], run["last_km"], run["last_seq"] = at_s, km, seq
        least = LEAVES_KM if run["declared"] else UNDER_WAY_KM
        if not run["moved"]:
            self._set_out(run, at_s, km, seq, least)
            return
        ahead = km - run["far_km"] if run["direction"] == "up" else run["far_km"] - km
        if ahead >= 0:
            run["far_km"], run["far_s"], run["far_seq"] = km, at_s, seq
        elif not run["declared"] and -ahead >= TURNED_KM[corridor.line.quality]:
            far = (run["far_s"], run["far_km"], run["far_seq"])
            self._end("turned", far[0], far[1], at_s)
            self.run = begun(None, self.world, corridor, far[0], far[1], far[2], late=late)
            self.run |= {"last_s": at_s, "last_km": km, "last_seq": seq}
            self._set_out(self.run, at_s, km, seq, UNDER_WAY_KM)
            return
        if has_arrived(run, corridor, km):
            self._end("arrived", at_s, km, at_s)

    def _set_out(self, run: Memory, at_s: float, km: float, seq: int, least_km: float) -> None:
        """Let a run begin once it is under way; until then it begins when the coach leaves the place where it is."""
        if abs(km - run["start_km"]) >= least_km:
            run["moved"], run["direction"] = True, "up" if km > run["start_km"] else "down"
            run["far_km"], run["far_s"], run["far_seq"] = km, at_s, seq
            for row in self.recent:
                if row["at_s"] >= run["start_s"]:
                    self._joined(run, row, at_s)
            self.recent = []
        elif abs(km - run["start_km"]) < LEAVES_KM / 2:
            run["start_s"], run["start_km"], run["first_seq"] = at_s, run["start_km"], seq

    def _set_out_on(self, run: Memory, trip: DeclaredTrip | None, corridor: Corridor, km: float) -> Memory | None:
        """Return a run that has not moved yet on another of the corridors that share the road it is on; None: they do not."""
        shared = self._corridor(run).shared_until(run["start_km"], run["last_km"], corridor, km)
        if shared is None:
            return None
        return begun(trip, self.world, corridor, run["start_s"], shared[1], run["first_seq"], late=run["late"])

    def _elsewhere(self, run: Memory, corridor: Corridor, at_s: float, km: float, seq: int) -> None:
        """The coach is on another corridor than its run: the run is one of that corridor once it has gone some way on it.

        As far back as the two share the road it always was; where they part is where one first can tell.
        """
        other = run["other"]
        if other is None or other["corridor"] != corridor.id:
            run["other"] = {"corridor": corridor.id, "km": km, "at_s": at_s, "seq": seq}
        elif abs(km - other["km"]) >= (UNDER_WAY_KM if run["declared"] else NEAR_KM):
            before = self._corridor(run)
            shared = before.shared_until(run["start_km"], run["last_km"], corridor, other["km"])
            if run["declared"]:
                run["remarks"] = sorted({*run["remarks"], "corridor_not_driven"})
            if shared is None or abs(shared[0] - run["start_km"]) > NEAR_KM:  # it came from the corridor before
                run["origin"] = run["origin"] or hub_near(before, run["start_km"], HUB_KM)
                run["longest"] = longest_part(run, run["last_km"])
            run["corridor"], run["other"] = corridor.id, None
            run["direction"] = "up" if km > other["km"] else "down"
            run["start_km"] = other["km"] if shared is None else shared[1]
            run["far_km"], run["far_s"], run["far_seq"] = km, at_s, seq
            run["last_s"], run["last_km"], run["last_seq"] = at_s, km, seq

    def _corridor(self, run: Memory) -> Corridor:
        return self.world.geography.get_corridor(run["corridor"])

    def _rested(self, rest: Halt, at_s: float) -> None:
        run = self.run
        if run is None or run["declared"] or not run["moved"] or rest.post_id or rest.corridor_id != run["corridor"]:
            return
        corridor = self._corridor(run)
        start_s = rest.started_at.timestamp()
        if start_s > run["start_s"] and rest.km is not None and hub_near(corridor, rest.km, NEAR_KM):
            self._end("arrived", start_s, rest.km, at_s)

    def _pass(self, passing: Passing, at_s: float) -> None:
        run = self.run
        milestone = passing.corridor.milestones[passing.number]
        row = {
            "hub": milestone.entry_place, "at_s": passing.at_s, "seq": passing.seq, "late": passing.late,
            "corridor": passing.corridor.id,
        }  # fmt: skip
        if run is None or not run["moved"]:
            self.recent = [*self.recent[-3:], row]
        else:
            self._joined(run, row, at_s)

    def _joined(self, run: Memory, row: Memory, now_s: float) -> None:
        """Note that a hub was reached on a run: it is joined with every hub passed before."""
        if any(hub["hub"] == row["hub"] for hub in run["hubs"]):
            return
        for hub in run["hubs"]:
            self.waiting.append(
                {
                    "kind": "connection", "origin": hub["hub"], "destination": row["hub"], "corridor": row["corridor"],
                    "start_s": hub["at_s"], "end_s": row["at_s"], "first_seq": hub["seq"], "last_seq": row["seq"],
                    "late": hub["late"] or row["late"], "seen_s": now_s,
                }
            )  # fmt: skip
        run["hubs"] = [*run["hubs"], row]

    def _end(self, ending: Ending, end_s: float, end_km: float, now_s: float) -> None:
        run, self.run, self.recent = self.run, None, []
        assert run is not None
        if run["declared"]:
            self.done = run["trip_id"]
            if not run["moved"]:
                run["remarks"] = sorted({*run["remarks"], "never_moved"})
        if run["moved"] or run["declared"]:
            self.waiting.append(ended(run, self.world, ending, end_s, end_km) | {"seen_s": now_s})
