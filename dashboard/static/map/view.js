// What the reader has chosen: kept in the address, so that a view can be sent to somebody and found again.
const LAYERS = ["coaches", "posts", "controls", "harassment", "hubs"];

export class View {
  constructor(changed, tabs) {
    const query = new URLSearchParams(location.search);
    const hidden = (query.get("hide") || "").split(",");
    this.corridor = query.get("corridor") || "";
    this.country = query.get("country") || "";
    this.firstTab = tabs[0];
    this.tab = tabs.includes(query.get("tab")) ? query.get("tab") : tabs[0];
    this.hours = query.get("hours") === "168" ? 168 : 24;
    this.hidden = new Set(hidden.filter((name) => LAYERS.includes(name)));
    this.selected = query.get("select") || "";
    const at = (query.get("at") || "").split(",").map(Number);
    this.at = at.length === 3 && at.every(Number.isFinite) ? at : null;
    this.changed = changed;
  }

  shows(layer) { return !this.hidden.has(layer); }

  set(changes) {
    Object.assign(this, changes);
    this.write();
    this.changed(changes);
  }

  toggle(layer, on) {
    if (on) this.hidden.delete(layer); else this.hidden.add(layer);
    this.set({});
  }

  write() {
    const query = new URLSearchParams();
    if (this.corridor) query.set("corridor", this.corridor);
    if (this.country) query.set("country", this.country);
    if (this.tab !== this.firstTab) query.set("tab", this.tab);
    if (this.hours !== 24) query.set("hours", String(this.hours));
    if (this.hidden.size) query.set("hide", LAYERS.filter((name) => this.hidden.has(name)).join(","));
    if (this.selected) query.set("select", this.selected);
    if (this.at) query.set("at", this.at.join(","));
    const text = query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
    history.replaceState(null, "", location.pathname + (text ? `?${text}` : ""));
  }

  // The part of the choice that the page of tables understands too.
  get filterQuery() {
    const query = new URLSearchParams();
    if (this.corridor) query.set("corridor", this.corridor);
    if (this.country) query.set("country", this.country);
    return query.size ? `?${query}` : "";
  }
}
