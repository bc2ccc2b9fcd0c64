// The outbox: what was finished on this phone, and what became of it. An entry's id is made when it is finished, so the same
// entry sent from two tabs, or twice because the answer was lost, is one entry at the server.
//
// States: `waiting` (on this phone), `sent` (on its way, or its answer was lost), `accepted`, `refused` (with reasons).
// What was accepted loses its body; `keep` entries (an official's shift) keep what the list needs until the shift is closed.
//
// Times that the phone's clock gave (`clocked`) are put right before an entry is first sent, where the server's clock shows that
// the phone's is wrong: phones forget the year when their battery was out. What somebody typed is left.
import * as store from "./store.js";
import { newId, sealed, unsealed } from "./seal.js";

const EVERY_MS = 60_000;
const MOST = 100; // entries in one request
const SMALL = 500; // bytes; compressing less than that saves nothing
const WRONG_MS = 120_000;
const KEPT_DAYS = 3; // how long it is shown that an entry was accepted

export class Outbox extends EventTarget {
  // `headers()` gives what a request needs to be known by; it may throw `{signedOut: true}`. `skewMs()` gives how far the
  // server's clock is ahead of the phone's. `train(path, bodies)` answers instead of the server while somebody practises.
  constructor(root, { headers, skewMs, train = null }) {
    super();
    Object.assign(this, { root, headers, skewMs, train, problem: null, busy: null });
  }

  start() {
    addEventListener("online", () => this.send());
    addEventListener("focus", () => this.send());
    setInterval(() => this.send(), EVERY_MS);
    new BroadcastChannel("field-outbox").onmessage = () => this.tell(false);
    return this.send();
  }

  // Finishes an entry: `path` is its door (`controls`), `body` its message, `about` a code for the list.
  async add(path, body, { about = path, at = null, keep = null, clocked = [] } = {}) {
    const entry = {
      id: newId(), path, about, keep, clocked, at: at ?? body.observed_at ?? body.arrived_at ?? null, madeAt: Date.now(),
      state: "waiting", reasons: [], training: Boolean(this.train), holdsMany: Array.isArray(body),
    };
    entry.box = await sealed(Array.isArray(body) ? body : { ...body, id: entry.id });
    await store.put("outbox", entry);
    this.tell();
    this.send();
    return entry;
  }

  async list() {
    const entries = await store.all("outbox");
    return entries.sort((a, b) => a.madeAt - b.madeAt);
  }

  async body(entry) { return unsealed(entry.box); }

  async waiting() { return (await this.list()).filter((one) => one.state === "waiting" || one.state === "sent").length; }

  // Takes a refused entry out of the list, for its author to write it anew.
  async drop(id) { await store.remove("outbox", id); this.tell(); }

  // Forgets what a list kept of entries of a door that are dealt with; what waits is sent all the same.
  async forgetKept(path) {
    for (const entry of await this.list()) {
      if (entry.path !== path || !entry.keep) continue;
      if (entry.state === "accepted") await store.remove("outbox", entry.id);
      else await store.change("outbox", entry.id, (now) => now && { ...now, keep: null });
    }
    this.tell();
  }

  tell(others = true) {
    this.dispatchEvent(new Event("change"));
    if (others) new BroadcastChannel("field-outbox").postMessage("changed");
  }

  // Sends what waits; one tab at a time where the browser can tell, and harmlessly twice where it cannot.
  send() {
    this.isWanted = true;
    this.busy ??= this._whileWanted().finally(() => { this.busy = null; this.tell(); });
    return this.busy;
  }

  // What is finished while others are sent goes right after them.
  async _whileWanted() {
    while (this.isWanted) {
      this.isWanted = false;
      await this._locked();
    }
  }

  async _locked() {
    if (!navigator.locks) return this._sendAll();
    return navigator.locks.request("field-outbox", { ifAvailable: true }, (lock) => (lock ? this._sendAll() : null));
  }

  async _sendAll() {
    await this._forget();
    if (!navigator.onLine && !this.train) { this.problem = "offline"; return; } // nothing left the phone: it still waits
    const open = (await this.list()).filter((one) => one.state === "waiting" || one.state === "sent");
    if (!open.length) { this.problem = null; return; }
    for (const group of grouped(open)) if (!(await this._sendGroup(group))) return;
    this.problem = null;
  }

  // Returns whether to go on with the next group.
  async _sendGroup(entries) {
    const bodies = [];
    for (const entry of entries) bodies.push(...[await this._timed(entry)].flat());
    if (entries[0].training) return this.train ? this._settle(entries, this.train(entries[0].path, bodies)) : true; // or another tab's
    const now = Date.now();
    for (const entry of entries) await this._mark(entry, { state: "sent" });
    let answer;
    try {
      const brief = entries[0].holdsMany ? { Prefer: "return=minimal" } : {}; // of positions: only what was rejected
      // A millisecond apart: of two entries about one coach the one that was finished later stands.
      const packed = await squeezed(JSON.stringify(bodies.map((body, n) => ({ ...body, sent_at: new Date(now + n).toISOString() }))));
      answer = await fetch(`${this.root}/api/v1/${entries[0].path}`, {
        method: "POST", credentials: "same-origin", cache: "no-store", body: packed.body,
        headers: { "Content-Type": "application/json", Accept: "application/json", ...packed.headers, ...brief, ...(await this.headers()) },
      });
    } catch (failure) {
      this.problem = failure?.signedOut ? "signedOut" : "offline";
      return false;
    }
    if (answer.status === 413 && entries.length > 1) {
      const half = Math.ceil(entries.length / 2);
      return (await this._sendGroup(entries.slice(0, half))) && this._sendGroup(entries.slice(half));
    }
    const said = await answer.json().catch(() => null);
    if (said?.receipts && entries[0].holdsMany) {
      const isRefused = answer.status === 422;
      return this._settle(entries, bodies.map((_, n) => (isRefused ? said.receipts[n] : { status: "accepted", reasons: [] })));
    }
    if (said?.receipts) return this._settle(entries, said.receipts);
    if (answer.status === 401) { this.problem = "signedOut"; return false; }
    if (answer.status === 403 || answer.status === 413 || answer.status === 422) {
      const reasons = said?.error?.details?.reasons ?? said?.error?.details ?? [];
      const all = reasons.length ? reasons : [{ code: said?.error?.code ?? "refused", message: said?.error?.message ?? "" }];
      if (said?.error?.code === "csrf") { this.problem = "signedOut"; return false; }
      if (entries.length === 1) return this._settle(entries, bodies.map(() => ({ status: "rejected", reasons: all })));
      for (const entry of entries) if (!(await this._sendGroup([entry]))) return false;
      return true;
    }
    this.problem = "busy";
    return false;
  }

  // The body of an entry, with the clock's times put right; once, because the same id must say the same.
  async _timed(entry) {
    const body = await unsealed(entry.box);
    if (!entry.clocked.length || entry.state !== "waiting" || entry.training) return body;
    const skew = await this.skewMs();
    if (Math.abs(skew) > WRONG_MS) {
      for (const one of [body].flat()) for (const name of entry.clocked) if (one[name]) one[name] = moved(one[name], skew);
    }
    await this._mark(entry, { clocked: [], box: await sealed(body), at: body.observed_at ?? body.arrived_at ?? entry.at });
    return body;
  }

  // One receipt for each body, in order; an entry of several bodies is refused when all of them are.
  async _settle(entries, receipts) {
    let n = 0;
    for (const entry of entries) {
      const body = await unsealed(entry.box), size = Array.isArray(body) ? body.length : 1;
      const own = receipts.slice(n, n + size);
      n += size;
      const refused = own.filter((one) => one.status === "rejected");
      if (refused.length === own.length && own.length) {
        await this._mark(entry, { state: "refused", reasons: refused[0].reasons, endedAt: Date.now() });
      } else {
        await this._mark(entry, {
          state: "accepted", reasons: [], endedAt: Date.now(), box: null, ...(entry.keep ? {} : { about: null, at: null }),
        });
      }
    }
    return true;
  }

  async _mark(entry, how) {
    await store.change("outbox", entry.id, (now) => (now && now.state !== "accepted" ? { ...now, ...how } : undefined));
  }

  async _forget() {
    const before = Date.now() - KEPT_DAYS * 86_400_000;
    for (const entry of await this.list()) {
      if (entry.state === "accepted" && !entry.keep && entry.endedAt < before) await store.remove("outbox", entry.id);
    }
  }
}

// A body as it is sent: larger ones compressed, where the browser can.
async function squeezed(text) {
  if (text.length < SMALL || !globalThis.CompressionStream) return { body: text, headers: {} };
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return { body: await new Response(stream).arrayBuffer(), headers: { "Content-Encoding": "gzip" } };
}

// A time that is `ms` later: RFC 3339, or seconds since 1970.
function moved(time, ms) { return typeof time === "number" ? time + Math.round(ms / 1000) : new Date(Date.parse(time) + ms).toISOString(); }

// Entries of one door after another, in the order in which they were finished; one that holds many bodies goes alone.
function grouped(entries) {
  const groups = [];
  for (const entry of entries) {
    const last = groups.at(-1);
    const isAlike = last && last[0].path === entry.path && last[0].training === entry.training && last.length < MOST;
    if (isAlike && !entry.holdsMany && !last[0].holdsMany) last.push(entry);
    else groups.push([entry]);
  }
  return groups;
}
