// Fetches the flow of the chosen window, keeps the last few windows, and asks again as the window moves on.
const AGAIN_MS = { now: 20_000, "24h": 60_000 };
const PATIENCE_MS = 20_000;
const KEPT = 40;

export class FlowFeed {
  // `took(body)` gets what is known of the window asked for, null while nothing is; `told(state)`: loading, shown, lost.
  constructor(url, took, told) {
    Object.assign(this, { url, took, told });
    this.answers = new Map();
    this.wanted = null;
    document.addEventListener("visibilitychange", () => { if (!document.hidden && this.wanted) this.ask(this.wanted); });
    addEventListener("online", () => this.wanted && this.ask(this.wanted));
  }

  addressOf(view, hour = view.hour) {
    const query = new URLSearchParams(view.span);
    if (view.day && hour !== null) query.set("hour", String(hour));
    if (view.operator) query.set("operator", view.operator);
    return `${this.url}?${query}`;
  }

  want(view) {
    const address = this.addressOf(view);
    if (address === this.wanted) return;
    this.wanted = address;
    const known = this.answers.get(address);
    this.told(known ? "shown" : "loading");
    if (known) this.took(known.body);
    this.ask(address);
    if (view.day && view.hour !== null && view.hour < 23) this.fetch(this.addressOf(view, view.hour + 1)).catch(() => {}); // the next hour is ready when the slider comes
  }

  async ask(address) {
    clearTimeout(this.timer);
    try {
      const body = await this.fetch(address);
      if (address !== this.wanted) return;
      this.took(body);
      this.told("shown");
    } catch {
      if (address !== this.wanted) return;
      if (!this.answers.has(address)) this.took(null);
      this.told("lost");
    }
    const code = new URLSearchParams(address.split("?")[1]).get("window");
    this.timer = setTimeout(() => { if (!document.hidden) this.ask(address); }, AGAIN_MS[code] || 120_000);
  }

  async fetch(address) {
    const known = this.answers.get(address), headers = known ? { "If-None-Match": known.etag } : {};
    const answer = await fetch(address, { headers, cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.status === 304) return known.body;
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    const body = await answer.json();
    if (this.answers.size >= KEPT) this.answers.delete(this.answers.keys().next().value);
    this.answers.set(address, { body, etag: answer.headers.get("ETag") });
    return body;
  }
}
