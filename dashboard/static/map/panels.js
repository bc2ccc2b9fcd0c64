// What the server tells about a trip, a post, a section or two hubs: its own words, put into the sheet as they come.
import { make } from "./dom.js";

const EVERY_MS = 60_000;
const PATIENCE_MS = 15_000;

export class Panels {
  // `addresses`: {trip, post, section, pair} without their query; `style`: the style sheet of these fragments.
  constructor(box, words, addresses, style) {
    Object.assign(this, { box, words, addresses, style });
    this.shown = null;
    this.timer = null;
    addEventListener("online", () => this.shown && this.load());
  }

  // Shows the panel of an item, null: nothing. `span` is the window's query.
  show(item, span) {
    const address = item && this.addressOf(item, span);
    if (address === this.shown) return;
    this.shown = address;
    clearTimeout(this.timer);
    this.box.replaceChildren();
    this.loaded = false;
    if (address) this.load();
  }

  addressOf(item, span) {
    const query = { coach: ["trip", { vehicle: item.id }], post: ["post", { post: item.id, ...span }], section: ["section", { section: item.id, ...span }],
      pair: ["pair", { origin: item.origin, destination: item.destination, ...span }] }[item.type];
    return query && this.addresses[query[0]] ? `${this.addresses[query[0]]}?${new URLSearchParams(query[1])}` : null;
  }

  async load() {
    const address = this.shown;
    clearTimeout(this.timer);
    if (!document.querySelector("link[data-panels]")) document.head.append(make("link", { rel: "stylesheet", href: this.style, "data-panels": "" }));
    if (!this.loaded) this.box.replaceChildren(make("p", { class: "map-note", role: "status", text: this.words.say("panel.loading") }));
    try {
      const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "text/html" }, redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS) });
      if (address !== this.shown) return;
      if (!answer.ok) return this.tell({ 401: "signedout", 403: "forbidden", 404: "none" }[answer.status] || (answer.type === "opaqueredirect" ? "signedout" : "failed"));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (address !== this.shown) return;
      for (const foreign of page.querySelectorAll("script, style, link, iframe, object, embed, base, meta")) foreign.remove();
      const busy = this.loaded && (this.box.contains(document.activeElement) || !getSelection().isCollapsed);
      if (!busy) this.box.replaceChildren(...[...page.body.childNodes].map((node) => document.importNode(node, true)));
      this.loaded = true;
    } catch (failure) {
      if (address !== this.shown) return;
      this.tell(navigator.onLine === false || failure instanceof TypeError ? "offline" : "failed");
    }
    this.timer = setTimeout(() => (document.hidden ? null : this.load()), EVERY_MS);
  }

  // A panel that is already there stays; the message stands above it.
  tell(code) {
    const message = make("p", { class: "map-note map-refused", role: "status", text: this.words.say(`panel.${code}`) });
    if (this.loaded) { this.box.querySelector(".map-refused")?.remove(); this.box.prepend(message); } else this.box.replaceChildren(message);
  }
}
