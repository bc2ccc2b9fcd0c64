// What the page knows: the static part, the newest of each live part, and what the reader's filters leave of it.
const MOVING_MPS = 1.5;

export class Model {
  constructor(fixed, words) {
    this.words = words;
    words.zones = fixed.zones;
    this.corridors = new Map(fixed.corridors.map((corridor) => [corridor.id, corridor]));
    this.hubs = fixed.hubs;
    this.postPlaces = new Map(fixed.posts.map((post) => [post.id, post]));
    this.places = new Map([...fixed.hubs, ...fixed.posts].map((place) => [place.id, place]));
    this.sections = fixed.sections;
    this.operators = {};
    this.coaches = []; this.posts = []; this.reports = []; this.gathered = [];
    this.sees = { coaches: true, reports: true, ownCrossingsOnly: false };
    this.clock = () => Date.now() / 1000;
  }

  get nowS() { return this.clock(); }

  take({ coaches, posts, reports }) {
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
  }

  asCoach(c) {
    const state = c.silent ? "silent" : c.speed === null ? "unknown" : c.speed >= MOVING_MPS ? "moving" : "standing";
    return { ...c, type: "coach", key: `coach:${c.id}`, name: c.plate || c.id, at: [c.lat, c.lon], state: state === "unknown" && c.bearing !== null ? "moving" : state };
  }

  asPost(row) {
    const place = this.postPlaces.get(row.id);
    return { ...row, type: "post", key: `post:${row.id}`, name: place.name, at: place.at, country: place.country, side: place.side_deg,
      counterpart: place.counterpart, counterpartCountry: place.counterpart_country, corridors: place.corridors,
      faded: row.state === null || (row.stale && row.stateBy === "agency") };
  }

  asReport(r) {
    return { ...r, type: "report", key: `report:${r.id}`, at: r.lat === null ? null : [r.lat, r.lon] };
  }

  corridorName(id) { return this.corridors.get(id)?.name ?? id; }
  placeName(id) { return this.places.get(id)?.name ?? id; }
  operatorName(id) { return this.operators[id] ?? id; }

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
      coaches: this.coaches.filter((c) => (!view.country || c.country === view.country) && (!sections || sections.has(c.section))),
      posts: this.posts.filter((p) => (!view.country || p.country === view.country) && (!corridor || p.corridors.includes(view.corridor))),
      reports: this.reports.filter((r) => r.observed >= since && land(r.country)),
      gathered: [...places.values()],
    };
  }
}

function record(columns, row) {
  return Object.fromEntries(columns.map((name, index) => [name, row[index]]));
}
