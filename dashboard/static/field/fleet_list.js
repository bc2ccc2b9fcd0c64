// A company's coaches under way and its trips that have not left, as last heard of. Kept encrypted, for when there is no network.
import { sealed, unsealed } from "./seal.js";
import * as store from "./store.js";

const EVERY_MS = 60_000;

export class FleetList extends EventTarget {
  constructor(app) {
    super();
    Object.assign(this, { app, trips: [], heardAt: null });
    addEventListener("online", () => this.ask());
  }

  async load() {
    const kept = await unsealed(await store.get("kept", "fleet"));
    if (kept) Object.assign(this, kept);
    setInterval(() => this.ask(), EVERY_MS);
  }

  async ask() {
    const { me, training } = this.app;
    if (!me.isDispatcher || training.isOn || !navigator.onLine || document.hidden) return;
    try {
      const headers = { Accept: "application/json", ...(await me.headers()) };
      const answers = await Promise.all(["running", "declared"].map((state) =>
        fetch(`${me.root}/api/v1/trips?source=listed&limit=200&state=${state}`, { credentials: "same-origin", cache: "no-store", headers })));
      if (!answers.every((answer) => answer.ok)) return;
      this.trips = (await Promise.all(answers.map((answer) => answer.json()))).flatMap((answer) => answer.items);
      this.heardAt = Date.now();
      await store.put("kept", await sealed({ trips: this.trips, heardAt: this.heardAt }), "fleet");
      this.dispatchEvent(new Event("change"));
    } catch { /* no network: asked again when there is one */ }
  }
}
