// Fetches what moves, every few seconds, without loading the page again. Parts that have not changed are not sent.
const EVERY_MS = 5000;
const PATIENCE_MS = 12000;
const SLOWEST_MS = 30000;

export class Feed {
  // `took(parts)` gets the parts that changed; `state` is one of starting, live, lost, paused, signedout.
  constructor(url, took, stateChanged) {
    Object.assign(this, { url, took, stateChanged });
    this.versions = {};
    this.etag = null;
    this.state = "starting";
    this.answeredAt = null; // local clock, ms
    this.offsetS = 0; // server clock minus ours: a phone's clock may be hours off
    this.failures = 0;
    this.timer = null;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.pause() : this.now()));
    addEventListener("online", () => this.now());
    addEventListener("offline", () => this.to("lost"));
  }

  get nowS() { return Date.now() / 1000 + this.offsetS; }

  now() {
    clearTimeout(this.timer);
    this.ask();
  }

  pause() {
    clearTimeout(this.timer);
    if (this.state === "live") this.to("paused");
  }

  async ask() {
    if (this.asking || this.state === "signedout") return;
    this.asking = true;
    const have = Object.entries(this.versions).map(([part, version]) => `${part}:${version}`).join(",");
    const headers = this.etag ? { "If-None-Match": this.etag } : {};
    try {
      const answer = await fetch(have ? `${this.url}?have=${have}` : this.url, {
        headers, cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (answer.status === 401 || answer.status === 403) return this.to("signedout");
      if (answer.status !== 304) {
        if (!answer.ok) throw new Error(`answer ${answer.status}`);
        const parts = await answer.json();
        this.etag = answer.headers.get("ETag");
        for (const [name, part] of Object.entries(parts)) this.versions[name] = part.version;
        this.took(parts);
      }
      this.answered(answer.headers.get("Date"));
    } catch (failure) {
      this.failures += 1;
      this.to("lost");
      if (failure instanceof TypeError === false && failure.name !== "TimeoutError") console.warn("map feed:", failure);
    } finally {
      this.asking = false;
      if (!document.hidden) {
        this.timer = setTimeout(() => this.ask(), Math.min(EVERY_MS * 2 ** Math.min(this.failures, 3), SLOWEST_MS));
      }
    }
  }

  answered(date) {
    const server = Date.parse(date || "");
    if (Number.isFinite(server)) {
      const offset = server / 1000 + 0.5 - Date.now() / 1000; // the header counts whole seconds
      this.offsetS = Math.abs(offset - this.offsetS) > 2 ? offset : this.offsetS;
    }
    this.answeredAt = Date.now();
    this.failures = 0;
    this.to("live");
  }

  to(state) {
    if (state === "signedout") clearTimeout(this.timer);
    this.state = state;
    this.stateChanged(state);
  }
}
