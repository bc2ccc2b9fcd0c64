// What a dispatcher registered on this phone: coaches, people of the crews, devices; with the links to hand over, which are made
// here, so that they are there without a network. Kept encrypted until somebody says that they were handed over.
import { sealed, unsealed } from "./seal.js";
import * as store from "./store.js";

const NAME = "registered";

export class Registered extends EventTarget {
  constructor(app) {
    super();
    Object.assign(this, { app, items: [] });
    app.outbox.addEventListener("change", () => this.follow());
  }

  async load() {
    this.items = (await unsealed(await store.get("kept", NAME))) ?? [];
    await this.follow();
  }

  // The coaches that the server does not list yet.
  get coaches() {
    const known = new Set((this.app.me.facts?.coaches ?? []).map((one) => one.id));
    return this.items.filter((one) => one.what === "coaches" && one.state !== "refused" && !known.has(one.body.vehicle_id))
      .map(({ body }) => ({ id: body.vehicle_id, plate: body.license_plate ?? null, seats: body.seats ?? null }));
  }

  // All coaches of whoever is here, those that wait among them.
  get all() { return [...(this.app.me.facts?.coaches ?? []), ...this.coaches]; }

  // `what`: `coaches`, `crews`, `devices`, a door's name; `body`: what it takes; `link`: what is handed over, or null.
  async add(what, body, link = null) {
    const whose = { operator_id: this.app.me.sender.operator_id };
    const entry = await this.app.outbox.add(`fleet/${what}`, { ...body, ...whose }, { about: `fleet/${what}`, at: new Date().toISOString() });
    const { token, ...told } = body; // it stands in the link
    this.items = [...this.items, { id: entry.id, what, body: told, link, state: "waiting", reasons: [] }];
    await this.keep();
    await this.follow(); // it may have been answered meanwhile
  }

  // Takes one off the list; what waits is sent all the same, what was refused is gone.
  async drop(id) {
    const one = this.items.find((item) => item.id === id);
    this.items = this.items.filter((item) => item.id !== id);
    await this.keep();
    if (one?.state === "refused") await this.app.outbox.drop(id);
  }

  // Sees what became of the entries. One that somebody removed from the outbox is none any more.
  async follow() {
    const open = this.items.filter((one) => one.state !== "accepted");
    if (!open.length) return;
    const entries = new Map((await this.app.outbox.list()).map((one) => [one.id, one]));
    const now = this.items.flatMap((one) => {
      if (one.state === "accepted") return [one];
      const entry = entries.get(one.id);
      return entry ? [{ ...one, state: entry.state, reasons: entry.reasons }] : [];
    });
    if (JSON.stringify(now) === JSON.stringify(this.items)) return;
    const isNew = now.some((one) => one.state === "accepted" && open.some((before) => before.id === one.id));
    this.items = now;
    await this.keep();
    if (isNew) this.app.me.refresh().then(() => this.dispatchEvent(new Event("change"))); // the server lists the coach now
  }

  async keep() {
    await store.put("kept", await sealed(this.items), NAME);
    this.dispatchEvent(new Event("change"));
  }
}

// 256 random bits as 43 characters that are safe in an address: as good as those that the server makes.
export function newToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
