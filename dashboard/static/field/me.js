// Whose phone this is: a device that was paired by a code, or a person who signed in with this browser. What the server said of
// them is kept, so that the pages work without a network; a session that has ended loses nothing.
import * as store from "./store.js";

export class Me {
  constructor(root) { Object.assign(this, { root, facts: null, token: null, csrf: null, problem: null, skewMs: null }); }

  async load() {
    this.token = (await store.get("kept", "token")) ?? null;
    this.facts = (await store.get("kept", "me")) ?? null;
  }

  get isKnown() { return Boolean(this.facts); }
  get sender() { return this.facts?.sender ?? {}; }
  get isPost() { return Boolean(this.facts?.post); }
  get isDispatcher() { return this.sender.role === "dispatcher"; }
  // A paired phone, whoever drives, and whose list says where coaches are: their pages are locked by a PIN.
  get needsPin() { return this.sender.kind === "personal" || this.sender.role === "driver" || this.isDispatcher; }

  state(country) { return this.facts?.states?.[country] ?? { offset: 0, currencies: ["XOF"], agencies: ["unknown"], at_post: [] }; }

  // Hours ahead of UTC, by country.
  get zones() { return Object.fromEntries(Object.entries(this.facts?.states ?? {}).map(([code, state]) => [code, state.offset])); }

  async pair(token) {
    await store.put("kept", token, "token");
    this.token = token;
    this.facts = null;
    await this.refresh();
  }

  // Asks the server who this is. `problem`: why that is not known now (`offline`, `signedOut`, `busy`), or null.
  async refresh() {
    try {
      const answer = await fetch(`${this.root}/field/me${this.facts?.ground ? `?known=${this.facts.ground}` : ""}`, {
        credentials: "same-origin", cache: "no-store", headers: this.token ? { Authorization: `Bearer ${this.token}` } : {},
      });
      if (answer.ok) {
        const { csrf, ...told } = await answer.json();
        this.csrf = csrf;
        const { roads, states, codes } = this.facts ?? {};
        const facts = told.roads ? told : { roads, states, codes, ...told }; // places that are known are not sent again
        const other = this.facts && this.facts.sender.device_id !== facts.sender.device_id;
        this.facts = facts;
        this.skewMs = Date.parse(facts.server_time) - Date.now();
        this.problem = null;
        await store.put("kept", facts, "me");
        if (other) { // another coach's: its trip, stops and positions are not this one's
          for (const name of ["trip", "memory", "answered", "fleet", "registered"]) await store.remove("kept", name);
          await store.clear("fixes");
        }
      } else this.problem = answer.status === 401 || answer.status === 403 ? "signedOut" : "busy";
    } catch { this.problem = "offline"; }
    return this.problem === null;
  }

  // How far the server's clock is ahead of the phone's, in milliseconds; 0 while nobody knows.
  async skew() {
    if (this.skewMs === null) await this.refresh();
    return this.skewMs ?? 0;
  }

  // What a request to a door must carry.
  async headers() {
    if (this.token) return { Authorization: `Bearer ${this.token}` };
    if (!this.csrf && !(await this.refresh()) && this.problem === "signedOut") throw { signedOut: true };
    return this.csrf ? { "X-CSRF-Token": this.csrf } : {};
  }
}
