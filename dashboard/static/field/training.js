// Practising: entries are answered here, never leave the phone, and are gone when it ends. A crew that practises has a stop to
// answer as soon as it has left; a phone that nobody set up gets an invented coach or post.
import { newId } from "./seal.js";
import * as store from "./store.js";

const KEYS = ["training-trip", "training-memory", "training-answered", "training-shift"];

const PLACES = [
  ["hub-abidjan", "Abidjan", "CI", "hub", 0, 5.3599, -4.0083, 3], ["CI-noe", "Noé", "CI", "border", 170, 5.2897, -2.7945, 1.5], ["GH-elubo", "Elubo", "GH", "border", 171, 5.2833, -2.7667, 1.5],
  ["hub-accra", "Accra", "GH", "hub", 540, 5.6037, -0.187, 3], ["GH-aflao", "Aflao", "GH", "border", 730, 6.1167, 1.1833, 1.5], ["TG-kodjoviakope", "Kodjoviakopé", "TG", "border", 731, 6.1205, 1.1965, 1.5],
  ["hub-lome", "Lomé", "TG", "hub", 735, 6.1319, 1.2228, 3],
].map(([id, name, country, kind, km, latitude, longitude, radius_km]) => ({ id, name, country, kind, km, at: [latitude, longitude], radius_km }));

const state = (offset, currency, agencies) => ({ offset, currencies: [currency], agencies: [...agencies, "vigilante", "armed_group", "impostor", "unknown"], at_post: [...agencies, "unknown"] });
const STATES = {
  CI: state(0, "XOF", ["police", "gendarmerie", "customs", "forestry", "health", "phytosanitary", "municipality", "union"]),
  GH: state(0, "GHS", ["police", "immigration", "customs", "health", "phytosanitary"]),
  TG: state(0, "XOF", ["police", "gendarmerie", "customs", "health", "union"]),
};

// Whose phone it is while somebody practises who is not set up; `codes` are those of which there are words.
function invented(words, isPost) {
  const codes = {};
  for (const kind of ["control_reason", "harassment", "incident", "payment_basis", "payer", "post_state"]) {
    codes[kind] = Object.keys(words.texts).filter((key) => key.startsWith(`${kind}.`)).map((key) => key.slice(kind.length + 1));
  }
  const post = { id: "CI-noe", name: "Noé", country: "CI", offset: 0, across: "Elubo", across_country: "GH" };
  return {
    sender: {
      device_id: "training", kind: isPost ? "post" : "person", operator_id: isPost ? null : "training", vehicle_id: isPost ? null : "training-1",
      post_id: isPost ? post.id : null, agency: isPost ? "police" : null, language: "en", role: null, name: null,
    },
    coaches: isPost ? [] : [{ id: "training-1", plate: "1234 AB 01", seats: 60 }], post: isPost ? post : null,
    roads: [{ id: "ABJ-LOS", name: "Abidjan – Lomé", places: PLACES }], states: STATES, codes,
  };
}

export class Training {
  constructor(app) { Object.assign(this, { app, isOn: false, isInvented: false }); }

  async load() {
    const kept = await store.get("kept", "training");
    if (kept) await this._switch(kept);
  }

  // Begins; `role` (`crew`, `post`) is for a phone that nobody set up.
  async begin(role = "crew") {
    const how = { role, isInvented: !this.app.me.isKnown };
    await store.put("kept", how, "training");
    await this._switch(how);
    await this.app.driving.load();
    this.app.go("home");
  }

  // Ends, and deletes everything that was entered meanwhile.
  async end() {
    const { app } = this;
    await app.driving.recorder.stop();
    for (const entry of await app.outbox.list()) if (entry.training) await store.remove("outbox", entry.id);
    for (const key of [...KEYS, "training"]) await store.remove("kept", key);
    app.outbox.train = null;
    this.isOn = false;
    if (this.isInvented) app.me.facts = null;
    this.isInvented = false;
    await app.driving.load();
    app.outbox.tell();
    app.go("home");
  }

  // A stop twenty minutes ago, to be answered: where the coach of somebody who practises has been held.
  stop(now = Date.now() / 1000) {
    const from = Math.round(now - 40 * 60);
    return { id: `training-${newId()}`, at: [5.19, -3.32], from, until: from + 12 * 60, isDue: true };
  }

  async _switch({ role, isInvented }) {
    const { app } = this;
    this.isOn = true;
    this.isInvented = isInvented && !app.me.isKnown;
    if (this.isInvented) app.me.facts = invented(app.words, role === "post");
    app.outbox.train = (path, bodies) => bodies.map((body) => ({ id: body.id ?? null, status: "accepted", reasons: [] }));
  }
}
