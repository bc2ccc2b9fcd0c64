// What the reader has chosen: kept in the address, so that a view can be sent to somebody and found again. Each choice is a
// step of its own, which the browser's back button takes back; moving the map is none.
const LAYERS = ["flow", "coaches", "posts", "flags", "controls", "harassment", "hubs", "silence"];
const OFF = ["silence"]; // shown only when asked for
export const WINDOWS = ["now", "24h", "7d", "30d"];

export class View {
  constructor(changed, tabs) {
    Object.assign(this, { changed, tabs });
    this.read();
    addEventListener("popstate", () => {
      const before = { ...this };
      this.read();
      const names = ["corridor", "country", "operator", "tab", "hours", "selected", "window", "day", "hour"];
      this.changed(Object.fromEntries(names.filter((name) => before[name] !== this[name]).map((name) => [name, this[name]])), true);
    });
  }

  read() {
    const query = new URLSearchParams(location.search), listed = (name) => (query.get(name) || "").split(",");
    for (const name of ["corridor", "country", "operator"]) this[name] = query.get(name) || "";
    this.tab = this.tabs.includes(query.get("tab")) ? query.get("tab") : this.tabs[0];
    this.hours = query.get("hours") === "168" ? 168 : 24;
    this.hidden = new Set([...listed("hide").filter((name) => LAYERS.includes(name) && !OFF.includes(name)), ...OFF.filter((name) => !listed("show").includes(name))]);
    this.selected = query.get("select") || "";
    const day = query.get("day") || "", hour = Number(query.get("hour") ?? NaN);
    this.day = /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(Date.parse(day)) ? day : "";
    this.hour = this.day && Number.isInteger(hour) && hour >= 0 && hour < 24 && query.has("hour") ? hour : null;
    this.window = WINDOWS.includes(query.get("window")) ? query.get("window") : "24h";
    const at = (query.get("at") || "").split(",").map(Number);
    this.at = at.length === 3 && at.every(Number.isFinite) ? at : null;
  }

  shows(layer) { return !this.hidden.has(layer); }

  // `quietly`: not a step to come back to (a slider that is being pulled).
  set(changes, quietly = false) {
    Object.assign(this, changes);
    this.write(!quietly);
    this.changed(changes);
  }

  toggle(layer, on) {
    if (on) this.hidden.delete(layer); else this.hidden.add(layer);
    this.set({});
  }

  write(asStep = false) {
    const query = new URLSearchParams(), hidden = LAYERS.filter((name) => this.hidden.has(name) && !OFF.includes(name));
    for (const name of ["corridor", "country", "operator"]) if (this[name]) query.set(name, this[name]);
    if (this.tab !== this.tabs[0]) query.set("tab", this.tab);
    if (this.hours !== 24) query.set("hours", String(this.hours));
    if (this.day) query.set("day", this.day); else if (this.window !== "24h") query.set("window", this.window);
    if (this.day && this.hour !== null) query.set("hour", String(this.hour));
    if (hidden.length) query.set("hide", hidden.join(","));
    if (this.shows("silence")) query.set("show", "silence");
    if (this.selected) query.set("select", this.selected);
    if (this.at) query.set("at", this.at.join(","));
    const text = query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%7E", "~");
    const address = location.pathname + (text ? `?${text}` : "");
    if (address === location.pathname + location.search) return;
    if (asStep) history.pushState(null, "", address); else history.replaceState(null, "", address);
  }

  // The window as the server is asked for it: {window}, {day} or {day, hour}.
  get span() {
    if (!this.day) return { window: this.window };
    return this.hour === null ? { day: this.day } : { day: this.day, hour: String(this.hour) };
  }

  // The part of the choice that the page of tables understands too.
  get filterQuery() {
    const query = new URLSearchParams();
    for (const name of ["corridor", "country", "operator"]) if (this[name]) query.set(name, this[name]);
    if (this.day || this.window !== "24h") for (const [name, value] of Object.entries(this.span)) query.set(name, value);
    return query.size ? `?${query}` : "";
  }
}
