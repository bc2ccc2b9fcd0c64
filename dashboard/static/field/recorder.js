// Positions from the open page, during a trip only: thinned, kept encrypted, sent in batches. One tab records.
import { distanceKm } from "./place.js";
import { sealed, unsealed } from "./seal.js";
import * as store from "./store.js";

const MOVING_S = 30, STANDING_S = 300, MOVED_KM = 0.05;
export const FLUSH_MS = 15 * 60_000; // each request costs more than a kilobyte beside its positions
const MANY = 60; // sent at once when so many wait
const MOST = 400; // positions in one message; the doors take 500

// Which of the fixes are worth keeping. `last` is the one kept before (`{at, t, isMoving}`), `seen` the one heard before.
// Returns those to keep now: a stand has its beginning and its end.
export function thinned(last, seen, fix) {
  if (!last) return [{ ...fix, isMoving: false }];
  const km = distanceKm(last.at, fix.at), age = fix.t - last.t;
  const isMoving = km >= MOVED_KM;
  if (isMoving && !last.isMoving && age >= MOVING_S) {
    return seen && seen.t - last.t >= MOVING_S ? [{ ...seen, isMoving: false }, { ...fix, isMoving }] : [{ ...fix, isMoving }];
  }
  if (age >= STANDING_S || (age >= MOVING_S && (isMoving || last.isMoving))) return [{ ...fix, isMoving }];
  return [];
}

export class Recorder extends EventTarget {
  // `heard(fix)` is told of every fix; `send(bodies)` puts a batch into the outbox; `nameCoach()` gives what a body must name.
  constructor({ heard, send, nameCoach }) {
    super();
    Object.assign(this, { heard, send, nameCoach, state: "off", last: null, seen: null, wake: null, watch: null, release: null });
    document.addEventListener("visibilitychange", () => this._stayAwake());
    addEventListener("online", () => this.flush());
  }

  // Records until `stop`; another tab that records goes first.
  async start() {
    if (this.state !== "off") return;
    this._say("asking");
    if (!navigator.geolocation) { this._say("denied"); return; }
    const record = () => new Promise((done) => {
      if (this.state === "off") { done(); return; } // the trip ended while another tab recorded
      this.release = done;
      this.watch = navigator.geolocation.watchPosition((found) => this._take(found), (failure) => this._say(failure.code === 1 ? "denied" : "lost"),
        { enableHighAccuracy: true, maximumAge: 10_000, timeout: 120_000 });
      this.timer = setInterval(() => this.flush(), FLUSH_MS);
      this._stayAwake();
      this.flush();
    });
    if (navigator.locks) navigator.locks.request("field-recorder", record);
    else record();
  }

  // Ends recording and sends what is left.
  async stop() {
    if (this.watch !== null) navigator.geolocation.clearWatch(this.watch);
    clearInterval(this.timer);
    await this.wake?.release?.().catch(() => {});
    Object.assign(this, { watch: null, wake: null, last: null, seen: null });
    this._say("off");
    await this.taken;
    await this.flush(true);
    this.release?.();
    this.release = null;
  }

  // Hands what waits to the outbox: without a network it stays here, unless the trip is over.
  flush(isLast = false) {
    this.flushing = (this.flushing ?? Promise.resolve()).then(() => this._flush(isLast));
    return this.flushing;
  }

  async _flush(isLast) {
    if (!navigator.onLine && !isLast) return;
    for (;;) {
      const [keys, boxes] = [await store.keys("fixes", MOST), await store.all("fixes", MOST)];
      if (!keys.length) return;
      const bodies = [];
      for (const box of boxes) bodies.push(await unsealed(box));
      // The same position sent twice is one at the server: its id is made of what it says.
      await this.send(bodies);
      for (const key of keys) await store.remove("fixes", key);
    }
  }

  async waiting() { return (await store.keys("fixes")).length; }

  _take({ coords }) {
    const fix = {
      at: [Number(coords.latitude.toFixed(5)), Number(coords.longitude.toFixed(5))], t: Math.round(Date.now() / 1000),
      accuracy: coords.accuracy, speed: coords.speed, heading: coords.heading,
    };
    this._say("on");
    this.heard(fix);
    const kept = thinned(this.last, this.seen, fix);
    this.seen = fix;
    if (kept.length) this.last = kept.at(-1);
    this.taken = (this.taken ?? Promise.resolve()).then(() => this._keep(kept));
  }

  // Said as finely as anybody uses it: what is finer costs data.
  async _keep(kept) {
    for (const fix of kept) {
      await store.put("fixes", await sealed({
        observed_at: fix.t, latitude: fix.at[0], longitude: fix.at[1], accuracy_m: Math.min(99_995, Math.ceil(fix.accuracy / 5) * 5),
        ...(fix.speed === null ? {} : { speed_mps: Math.round(fix.speed * 2) / 2 }),
        ...(fix.heading === null || Number.isNaN(fix.heading) ? {} : { bearing_deg: (Math.round(fix.heading / 5) * 5) % 360 }),
        ...this.nameCoach(),
      }));
    }
    if (kept.length && (await this.waiting()) >= MANY) this.flush();
  }

  async _stayAwake() {
    if (this.watch === null || document.hidden) return;
    this.wake = await navigator.wakeLock?.request("screen").catch(() => null);
  }

  _say(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}
