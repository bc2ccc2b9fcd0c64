// The trip under way, the positions recorded meanwhile, and the stops that wait for an answer. All of it is kept encrypted on
// the phone, so that a closed browser loses nothing, and is gone when the trip is over and its stops are answered.
import { fresh, step } from "./halts.js";
import { distanceKm } from "./place.js";
import { Recorder } from "./recorder.js";
import { newId, sealed, unsealed } from "./seal.js";
import * as store from "./store.js";

const KEEP_MS = 30_000; // the memory of stands is written at most so often, and whenever a stop is new
const SAME_KM = 0.5;
const SHOWN_S = 3 * 86_400;

export class Driving extends EventTarget {
  constructor(app) {
    super();
    Object.assign(this, { app, memory: fresh(), answered: {}, fromUnit: [], offered: [], keptAt: 0 });
    this.recorder = new Recorder({
      heard: (fix) => this._hear(fix),
      send: (bodies) => app.outbox.add("positions", bodies, { about: "positions", at: new Date().toISOString(), clocked: ["observed_at"] }),
      nameCoach: () => this.named(),
    });
    this.recorder.addEventListener("change", () => this.tell());
    addEventListener("online", () => this.ask());
  }

  get trip() { return this.app.trip; }
  get places() { return (this.app.me.facts?.roads ?? []).flatMap((road) => road.places).filter((place) => place.radius_km); }
  // While somebody practises, everything is kept apart.
  key(name) { return this.app.training?.isOn ? `training-${name}` : name; }

  async load() {
    for (const [name, empty] of [["trip", null], ["memory", fresh()], ["answered", {}]]) {
      const kept = (await unsealed(await store.get("kept", this.key(name)))) ?? empty;
      if (name === "trip") this.app.trip = kept; else this[name] = kept;
    }
    await this._record();
    this.tell();
  }

  tell() { this.dispatchEvent(new Event("change")); }

  name(id) { return this._place(id)?.name ?? id ?? "–"; }

  countryOf(id) { return this._place(id)?.country ?? null; }

  _place(id) { return this.app.me.facts?.roads.flatMap((road) => road.places).find((place) => place.id === id); }

  named(vehicle = this.trip?.vehicle_id) { return this.app.me.sender.vehicle_id || !vehicle ? {} : { vehicle_id: vehicle }; }

  // Says what became of a trip: `declared`, `departed`, `arrived`, `cancelled`. `details` are what the sheet says.
  async say(event, details = {}) {
    const before = this.trip ?? { trip_id: `phone-${newId()}` };
    const { border, state, departed_at, ...trip } = { ...before, ...details };
    const { vehicle_id, ...told } = trip;
    const now = new Date().toISOString();
    const isOver = event === "arrived" || event === "cancelled";
    const isOfFleet = this.app.me.isDispatcher && !this.app.training?.isOn; // one of many, and not this phone's
    if (isOver && border) await this.release(false);
    await this.app.outbox.add("trips", {
      event, observed_at: now, trip_id: trip.trip_id, corridor_id: trip.corridor_id, ...(isOver ? {} : told), ...this.named(vehicle_id),
    }, { about: "trips", clocked: ["observed_at"] });
    if (isOfFleet) return;
    if (event === "departed" && this.app.training?.isOn) {
      this.memory = { ...this.memory, stops: [this.app.training.stop()] };
      await this._keep("memory", this.memory);
    }
    await this._keepTrip(isOver ? null : { ...trip, border: null, state: event, departed_at: event === "departed" ? now : null });
    if (isOver) {
      await this._endMemory();
      await this.recorder.stop();
    }
    await this._record();
  }

  // The crew's own note of a border: come at one post, let go later; one message when both are known, or the trip is over.
  async arriveAt(post, agency) {
    await this._keepTrip({ ...this.trip, border: { post_id: post.id, name: post.name, country: post.country, at: post.at, agency, arrived_at: new Date().toISOString() } });
  }

  async release(isReleased = true, more = {}) {
    const { border } = this.trip;
    const { ended_at = new Date().toISOString(), ...rest } = more;
    await this.app.outbox.add("controls", {
      observed_at: border.arrived_at, ...(isReleased ? { ended_at } : {}), agency: border.agency ?? "unknown",
      latitude: border.at[0], longitude: border.at[1], trip_id: this.trip.trip_id, ...this.named(), ...rest,
    }, { about: "controls", clocked: ["observed_at", "ended_at"] });
    await this._keepTrip({ ...this.trip, border: null });
  }

  // The stops that may be asked about now, oldest first: those noticed here and those that a fitted unit showed.
  stops() {
    const own = this.memory.stops.filter((stop) => stop.isDue);
    const others = this.fromUnit.filter((stop) => !this.memory.stops.some((one) => isSame(one, stop)));
    return [...own, ...others].filter((stop) => !this.answered[stop.id]).sort((a, b) => a.from - b.from);
  }

  // Takes stops off the list: one by its id, or those at a moment that somebody reported by hand.
  async settle({ id = null, from = null, until = from }) {
    const all = [...this.memory.stops, ...this.fromUnit];
    const done = all.filter((stop) => stop.id === id || (from !== null && stop.from - 300 <= until && from <= stop.until + 300));
    for (const stop of done) this.answered[stop.id] = stop.from;
    const old = Date.now() / 1000 - SHOWN_S;
    this.answered = Object.fromEntries(Object.entries(this.answered).filter(([, at]) => at > old));
    this.memory = { ...this.memory, stops: this.memory.stops.filter((stop) => !done.includes(stop)) };
    await this._keep("answered", this.answered);
    await this._keep("memory", this.memory);
    this.tell();
  }

  // Asks the server for trips that were declared for this coach and stops that its fitted unit showed.
  async ask() {
    const { me } = this.app;
    if (this.app.training?.isOn || me.isPost || !me.isKnown || !navigator.onLine) return;
    const coach = me.sender.vehicle_id ?? this.trip?.vehicle_id;
    const query = coach ? `?vehicle_id=${encodeURIComponent(coach)}` : "";
    try {
      const answer = await fetch(`${me.root}/field/coach${query}`, { credentials: "same-origin", cache: "no-store", headers: await me.headers() });
      if (!answer.ok) return;
      const { trips, halts } = await answer.json();
      const skew = (me.skewMs ?? 0) / 1000;
      this.offered = trips;
      this.fromUnit = halts.map((one) => ({ ...one, from: one.from - skew, until: one.until - skew }));
      this.tell();
    } catch { /* no network: asked again when there is one */ }
  }

  async _record() {
    if (this.trip?.state === "departed" && !this.app.training?.isOn) await this.recorder.start();
    else if (this.recorder.state !== "off") await this.recorder.stop();
  }

  async _hear(fix) {
    const before = this.memory;
    this.memory = step(before, fix, this.places);
    const isNew = this.memory.stops !== before.stops && JSON.stringify(this.memory.stops) !== JSON.stringify(before.stops);
    if (!isNew && Date.now() - this.keptAt < KEEP_MS) return;
    this.keptAt = Date.now();
    await this._keep("memory", this.memory);
    if (isNew) this.tell();
  }

  // After arrival what was noticed may be asked at once, unless the coach still stands there.
  async _endMemory() {
    const here = this.memory.stand?.at;
    const stops = this.memory.stops.map((stop) => ({ ...stop, isDue: stop.isDue || !here || distanceKm(here, stop.at) >= 3 }));
    this.memory = { stand: null, stops: stops.filter((stop) => stop.isDue) };
    await this._keep("memory", this.memory);
  }

  async _keepTrip(trip) {
    this.app.trip = trip;
    await this._keep("trip", trip);
    this.tell();
  }

  async _keep(name, value) {
    if (value === null) await store.remove("kept", this.key(name));
    else await store.put("kept", await sealed(value), this.key(name));
  }
}

function isSame(one, other) {
  return distanceKm(one.at, other.at) <= SAME_KM && one.from <= other.until && other.from <= one.until;
}

