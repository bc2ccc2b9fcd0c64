import { decodeLine } from "./lines.js";

// What the page knows: the static part, the newest of each live part, and what the reader's filters leave of it.
const MOVING_MPS = 1.5;
const SLOW_DWELL = 1.5; // as in dashboard/map_flow.py
const FEW_DWELLS = 3;

export class Model {
  constructor(fixed, words) {
    this.words = words;
    words.zones = fixed.zones;
    this.corridors = new Map(fixed.corridors.map((corridor) => [corridor.id, corridor]));
    this.postPlaces = new Map(fixed.posts.map((post) => [post.id, post]));
    this.places = new Map([...fixed.hubs, ...fixed.posts].map((place) => [place.id, place]));
    this.sections = fixed.sections.map((section) => this.asSection(section, fixed.steps));
    this.hubs = fixed.hubs.map((hub) => ({ ...hub, type: "hub", key: `hub:${hub.id}` }));
    this.steps = fixed.steps;
    this.flow = null;
    this.span = { window: "24h" };
    this.operators = {};
    this.coaches = []; this.posts = []; this.reports = []; this.gathered = []; this.flags = [];
    this.sees = { coaches: true, reports: true, flags: true, ownCrossingsOnly: false };
    this.clock = () => Date.now() / 1000;
  }

  get nowS() { return this.clock(); }

  take({ coaches, posts, reports, flags }) {
    if (coaches) {
      this.sees.coaches = coaches.shown;
      this.operators = { ...this.operators, ...coaches.operators };
      this.coaches = coaches.rows.map((row) => this.asCoach(record(coaches.columns, row)));
    }
    if (posts) {
      this.sees.ownCrossingsOnly = posts.ownCrossingsOnly;
      this.posts = posts.rows.filter((row) => this.postPlaces.has(row.id)).map((row) => this.asPost(row));
    }
    if (reports) {
      this.sees.reports = reports.shown;
      this.reports = reports.rows.map((row) => this.asReport(record(reports.columns, row)));
      this.gatheredDays = reports.gathered;
    }
    if (flags) {
      this.sees.flags = flags.shown;
      this.flags = flags.rows.map((row) => this.asFlag(record(flags.columns, row)));
    }
  }

  asSection(section, steps) {
    const points = decodeLine(section.line, steps), on = [...this.corridors.values()].filter((corridor) => corridor.sections.includes(section.id));
    return { ...section, type: "section", key: `section:${section.id}`, points, at: points[points.length >> 1], corridors: on.map((corridor) => corridor.id),
      kind: on.some((corridor) => corridor.kind !== "domestic") ? "international" : "domestic" };
  }

  // `body`: the answer of /map/flow.json; null takes away what was known.
  takeFlow(body) {
    const gather = (columns, rows) => {
      const found = new Map();
      for (const row of rows) {
        const one = record(columns, row), id = one.section ?? one.post;
        found.set(id, { ...found.get(id), [one.direction]: one });
      }
      return found;
    };
    this.flow = body && { ...body, sections: gather(body.columns, body.rows), dwell: gather(body.postColumns, body.posts), most: Math.max(1, ...body.rows.map((row) => row[body.columns.indexOf("trips")])) };
    this.posts = this.posts.map((post) => this.withDwell(post));
  }

  withDwell(post) {
    const dwell = Object.values(this.flow?.dwell.get(post.id) || {});
    return { ...post, dwell, slow: dwell.some((one) => one.n >= FEW_DWELLS && one.usualP50S && one.p50S >= SLOW_DWELL * one.usualP50S) };
  }

  asCoach(c) {
    const stands = c.standing !== null || (c.speed !== null && c.speed < MOVING_MPS);
    const state = c.silent ? "silent" : stands ? "standing" : c.speed !== null || c.bearing !== null ? "moving" : "unknown";
    return { ...c, type: "coach", key: `coach:${c.id}`, name: c.plate || c.id, at: [c.lat, c.lon], state };
  }

  asPost(row) {
    const place = this.postPlaces.get(row.id);
    return this.withDwell({ ...row, type: "post", key: `post:${row.id}`, name: place.name, at: place.at, country: place.country, side: place.side_deg,
      counterpart: place.counterpart, counterpartCountry: place.counterpart_country, corridors: place.corridors,
      faded: row.state !== null && row.stale && row.stateBy === "agency" });
  }

  asReport(r) {
    return { ...r, type: "report", key: `report:${r.id}`, at: r.lat === null ? null : [r.lat, r.lon] };
  }

  asFlag(f) {
    const firm = !["open", "reviewing"].includes(f.status);
    return { ...f, type: "flag", key: `flag:${f.id}`, stretch: f.line && decodeLine(f.line, this.steps), at: f.lat === null ? null : [f.lat, f.lon], sign: firm ? "corroborated" : "open" };
  }

  corridorName(id) { return this.corridors.get(id)?.name ?? id; }
  sectionName(section, direction = "up") {
    const ends = [this.placeName(section.start), this.placeName(section.end)];
    return (direction === "up" ? ends : ends.reverse()).join(" → ");
  }

  placeName(id) { return this.places.get(id)?.name ?? id; }
  operatorName(id) { return this.operators[id] ?? id; }

  // The thing of a key, as far as it is known.
  find(key, chosen) {
    const [type, id] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
    if (type === "pair") {
      const ends = id.split("~").map((hub) => this.hubs.find((one) => one.id === hub));
      return ends.length === 2 && ends.every(Boolean) && ends[0] !== ends[1] ? { type, key, id, origin: ends[0].id, destination: ends[1].id, names: ends.map((hub) => hub.name), ends } : null;
    }
    const all = { coach: this.coaches, post: this.posts, report: this.reports, flag: this.flags, gathering: chosen.gathered, section: chosen.roads, hub: this.hubs }[type] || [];
    return all.find((item) => item.key === key) || null;
  }

  // Everything the filters leave, ready for the map and for the lists.
  chosen(view) {
    const corridor = this.corridors.get(view.corridor);
    const sections = corridor ? new Set(corridor.sections) : null;
    const countries = corridor ? new Set(corridor.countries) : null;
    const land = (code) => (!view.country || code === view.country) && (!countries || countries.has(code));
    const since = this.nowS - view.hours * 3600;
    const firstDay = new Date(since * 1000).toISOString().slice(0, 10);
    const places = new Map();
    for (const one of this.gatheredDays || []) {
      const place = this.places.get(one.place);
      if (one.day < firstDay || (place && !land(place.country)) || (!place && (view.country || corridor))) continue;
      const key = `gathering:${one.place ?? ""}`;
      const found = places.get(key) || { type: "gathering", key, name: place ? place.name : this.words.say("placeNotSaid"), at: place?.at ?? null, count: 0, days: [] };
      found.count += one.n;
      found.days.push(one);
      places.set(key, found);
    }
    return {
      sections, corridor,
      roads: this.sections.map((section) => {
        const known = this.flow?.sections.get(section.id);
        return { ...section, up: known?.up ?? null, down: known?.down ?? null, line: section.points, dim: Boolean((sections && !sections.has(section.id)) || (view.country && section.country !== view.country)) };
      }),
      coaches: this.coaches.filter((c) => (!view.country || c.country === view.country) && (!view.operator || c.operator === view.operator) && (!sections || sections.has(c.section))),
      posts: this.posts.filter((p) => (!view.country || p.country === view.country) && (!corridor || p.corridors.includes(view.corridor))),
      reports: this.reports.filter((r) => r.observed >= since && land(r.country) && (!view.operator || r.operator === view.operator)),
      gathered: [...places.values()],
      flags: this.flags.filter((f) => (!view.country || f.country === view.country) && (!sections || f.corridor === view.corridor || sections.has(f.section))),
    };
  }
}

function record(columns, row) {
  return Object.fromEntries(columns.map((name, index) => [name, row[index]]));
}
