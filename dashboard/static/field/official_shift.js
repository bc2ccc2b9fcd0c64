// The coaches of a shift: what this phone wrote down of each (entries that the outbox keeps until the shift is closed), put
// together with what the server knows of the post. Pure but for `Shift`, which reads and writes.
//
// A later entry of the same coach completes or corrects an earlier one, as the server reads a post's log: of each field what was
// written last stands. Nothing is taken back.
import { sealed, unsealed } from "./seal.js";
import * as store from "./store.js";

export const STEPS = ["arrived_at", "processing_started_at", "released_at"];
export const SAID = [...STEPS, "outcome", "passengers", "minors", "seal_number", "seal_intact", "charges", "reason"];
const SAME_VISIT_MS = 3 * 3_600_000; // so far apart two arrivals of one coach are one, at the server too
const EVERY_MS = 60_000;

// A plate as it is compared, the same as tracker/slugs.py: letters and digits only, upper case.
export function plateKey(plate) { return (plate ?? "").normalize("NFKD").toUpperCase().replace(/[^A-Z0-9]/g, ""); }

// Entries in the order in which they were finished -> coaches, each with what stands and whether it was corrected.
export function folded(entries) {
  const visits = new Map();
  for (const entry of entries) {
    const { visit, said } = entry;
    const now = visits.get(visit) ?? { id: visit, plate: entry.plate, vehicle_id: entry.vehicle_id, operator: entry.operator, direction: entry.direction, said: {}, corrections: 0, waiting: 0, refused: [], refusedIds: [] };
    let isCorrected = false;
    if (entry.state === "refused") { now.refused.push(...entry.reasons); now.refusedIds.push(entry.id); }
    else {
      for (const name of SAID) {
        const value = said[name];
        if (value === undefined || value === null) continue;
        const before = now.said[name];
        if (before !== undefined && !isSame(name, before, value)) isCorrected = true;
        now.said[name] = value;
      }
      if (entry.state !== "accepted") now.waiting += 1;
    }
    if (isCorrected) now.corrections += 1;
    visits.set(visit, now);
  }
  return [...visits.values()];
}

function isSame(name, one, other) {
  if (STEPS.includes(name)) return Date.parse(one) === Date.parse(other);
  // A coach that was held is released later: that is no correction.
  if (name === "outcome") return one === other || one === "held";
  return JSON.stringify(one) === JSON.stringify(other);
}

// The three lists. `told`: what the server said last, or null. `side`: exit, entry or both.
export function lists(visits, told, side, agency) {
  const sided = (one) => side === "both" || one.direction === side;
  const known = visits.map((visit) => ({ ...visit, key: keyOf(visit), others: [], seenAt: null }));
  for (const row of (told?.at_post ?? []).filter(sided)) {
    const own = row.desks.find((desk) => desk.agency === agency);
    const at = Date.parse(row.seen_at ?? own?.arrived_at ?? row.desks[0]?.arrived_at);
    let visit = known.find((one) => one.key === keyOf(row) && one.direction === row.direction && near(one, at));
    if (!visit) {
      if (!row.is_here || (own && isOver(own.outcome, own.released_at))) continue;
      visit = { id: null, plate: row.license_plate, vehicle_id: row.vehicle_id, key: keyOf(row), direction: row.direction, said: {}, corrections: 0, waiting: 0, refused: [], refusedIds: [] };
      known.push(visit);
    }
    visit.operator ??= row.operator;
    visit.seenAt = row.seen_at;
    visit.others = row.desks.filter((desk) => desk.agency !== agency);
    // A colleague of the own agency may have written it down at another device.
    if (own) for (const name of SAID) if (own[name] !== undefined && own[name] !== null) visit.said[name] ??= own[name];
  }
  const here = known.filter((one) => sided(one) && !isDone(one));
  const done = known.filter((one) => one.id && isDone(one));
  const taken = new Set([...here, ...done].map((one) => `${one.key} ${one.direction}`));
  return {
    expected: (told?.expected ?? []).filter(sided).map((one) => ({ ...one, plate: one.license_plate, key: keyOf(one) })).filter((one) => !taken.has(`${one.key} ${one.direction}`)),
    here: here.sort((a, b) => arrival(a) - arrival(b)),
    done: done.sort((a, b) => Date.parse(b.said.released_at ?? b.said.arrived_at) - Date.parse(a.said.released_at ?? a.said.arrived_at)),
    known,
  };
}

export const keyOf = (one) => plateKey(one.plate ?? one.license_plate) || one.vehicle_id || "";
export const isDone = (visit) => isOver(visit.said.outcome, visit.said.released_at);
const isOver = (outcome, releasedAt) => outcome === "refused" || (Boolean(releasedAt) && outcome !== "held");
const arrival = (visit) => Date.parse(visit.said.arrived_at ?? visit.seenAt ?? 0);
const near = (visit, at) => Number.isNaN(at) || !visit.said.arrived_at || Math.abs(Date.parse(visit.said.arrived_at) - at) < SAME_VISIT_MS;

// What a shift came to; stays in minutes.
export function summary(visits) {
  const stays = visits.filter((one) => one.said.arrived_at && one.said.released_at)
    .map((one) => (Date.parse(one.said.released_at) - Date.parse(one.said.arrived_at)) / 60_000).sort((a, b) => a - b);
  const charges = new Map();
  for (const one of visits.flatMap((visit) => visit.said.charges ?? [])) {
    const key = `${one.basis} ${one.currency}`, sum = charges.get(key) ?? { basis: one.basis, currency: one.currency, amount: 0, n: 0 };
    charges.set(key, { ...sum, amount: sum.amount + one.amount, n: sum.n + 1 });
  }
  const known = visits.filter((one) => one.said.passengers !== undefined && one.said.passengers !== null);
  const middle = stays.length ? (stays[Math.floor((stays.length - 1) / 2)] + stays[Math.ceil((stays.length - 1) / 2)]) / 2 : null;
  return {
    coaches: visits.length, released: visits.filter(isDone).length,
    passengers: known.length ? known.reduce((sum, one) => sum + one.said.passengers, 0) : null, counted: known.length,
    held: visits.filter((one) => one.said.outcome === "held").length, refused: visits.filter((one) => one.said.outcome === "refused").length,
    charges: [...charges.values()].sort((a, b) => a.basis.localeCompare(b.basis) || a.currency.localeCompare(b.currency)),
    longest: stays.at(-1) ?? null, median: middle, corrections: visits.reduce((sum, one) => sum + one.corrections, 0),
    waiting: visits.reduce((sum, one) => sum + one.waiting, 0), notTaken: visits.reduce((sum, one) => sum + one.refused.length, 0),
  };
}

export class Shift extends EventTarget {
  // `isTraining`: somebody practises; then the list is invented, and nothing is mixed with the real shift.
  constructor(app, isTraining) {
    super();
    Object.assign(this, { app, isTraining, key: isTraining ? "training-shift" : "shift", told: null, heardAt: null, side: null, begunAt: null, visits: [] });
  }

  async load() {
    const kept = this.isTraining ? null : await unsealed(await store.get("kept", "expected"));
    if (kept && kept.told.post_id === this.app.me.facts?.post?.id) Object.assign(this, kept);
    this.side = (await store.get("kept", "side")) ?? null;
    await this.read();
  }

  async read() {
    this.begunAt = (await store.get("kept", this.key)) ?? null;
    const entries = [];
    for (const one of await this.app.outbox.list()) {
      if (one.path !== "crossings" || !one.keep || Boolean(one.training) !== this.isTraining) continue;
      entries.push({ ...(await unsealed(one.keep)), id: one.id, state: one.state, reasons: one.reasons });
    }
    this.visits = folded(entries);
    this.dispatchEvent(new Event("change"));
  }

  async choose(side) { this.side = side; await store.put("kept", side, "side"); this.dispatchEvent(new Event("change")); }

  // Asks the server who is expected; what it said last is kept for when there is no network.
  async ask() {
    if (this.isTraining) {
      this.told ??= invented(this.app.me.facts.post.id, Date.now());
      this.heardAt = Date.now();
      this.dispatchEvent(new Event("change"));
      return;
    }
    try {
      const answer = await fetch(`${this.app.me.root}/field/expected`, { credentials: "same-origin", cache: "no-store", headers: await this.app.me.headers() });
      if (!answer.ok) return;
      this.told = await answer.json();
      this.heardAt = Date.now();
      await store.put("kept", await sealed({ told: this.told, heardAt: this.heardAt }), "expected");
      this.dispatchEvent(new Event("change"));
    } catch { /* no network: the last list stands, with its age */ }
  }

  // Asks every minute while `isShown()`.
  keepAsking(isShown) {
    const timer = setInterval(() => { if (isShown()) this.ask(); else clearInterval(timer); }, EVERY_MS);
    this.ask();
  }

  async begin() {
    await store.change("kept", this.key, (before) => before ?? Date.now());
    await this.read();
  }

  // Writes one entry of a coach. `said`: what it says; `typed`: which of its times somebody typed.
  async write(visit, said, typed = []) {
    if (!this.begunAt) await this.begin();
    const id = visit.id ?? `${visit.key || keyOf(visit)} ${visit.direction} ${Date.now()}`;
    const about = { visit: id, plate: visit.plate, vehicle_id: visit.vehicle_id ?? null, operator: visit.operator ?? null, direction: visit.direction, said };
    const body = { direction: visit.direction, ...(visit.plate ? { license_plate: visit.plate } : { vehicle_id: visit.vehicle_id }), ...said };
    const clocked = STEPS.filter((name) => said[name] && !typed.includes(name));
    await this.app.outbox.add("crossings", body, { keep: await sealed(about), clocked });
    for (const refused of visit.refusedIds ?? []) await this.app.outbox.drop(refused); // it was written anew
    await this.read();
    return id;
  }

  // Ends the shift: the phone forgets its coaches; what still waits is sent all the same.
  async close() {
    await this.app.outbox.forgetKept("crossings");
    await store.remove("kept", this.key);
    await this.read();
  }
}

// What somebody who practises is shown: one coach that comes, one that stands here.
function invented(postId, now) {
  const at = (minutes) => new Date(now + minutes * 60_000).toISOString();
  const coach = { operator: "Training", direction: "exit", vehicle_id: null };
  return {
    post_id: postId, as_of: at(0), status: null, plates: [],
    expected: [{ ...coach, license_plate: "1234 AB 01", eta_from: at(20), eta_to: at(50), passengers: 48, silent_since: null, is_planned: false }],
    at_post: [{ ...coach, license_plate: "77 CD 02", is_here: true, seen_at: at(-12), left_at: null, desks: [] }],
  };
}

// The shift of this phone, read once; another one while somebody practises.
export function shiftOf(app) {
  const isTraining = Boolean(app.training?.isOn);
  if (app.shift?.isTraining !== isTraining) {
    const shift = new Shift(app, isTraining);
    app.shift = shift;
    shift.ready = shift.load();
    app.outbox.addEventListener("change", function again() { if (app.shift === shift) shift.read(); else app.outbox.removeEventListener("change", again); });
  }
  return app.shift;
}

export function timeAt(app, moment) {
  const offset = app.me.facts?.post?.offset ?? 0;
  return new Date((typeof moment === "string" ? Date.parse(moment) : moment) + offset * 3_600_000).toISOString().slice(11, 16);
}

export const nameOf = (visit) => visit.plate || visit.vehicle_id;

export function visitOf(app, key, direction) {
  const shift = shiftOf(app), now = lists(shift.visits, shift.told, "both", app.me.sender.agency);
  return now.known.filter((one) => one.key === key && one.direction === direction).sort((a, b) => Number(isDone(a)) - Number(isDone(b)))[0] ?? null;
}
