// What is known of one thing, said in full: where each number comes from, how old it is, and what is not known.
import { make } from "./dom.js";

export class Details {
  constructor(words, model, choose, flagsUrl) {
    Object.assign(this, { words, model, choose, flagsUrl });
  }

  // Returns {title, badge, kind, body}; null when the thing is not there (any more).
  of(item) {
    if (!item) return null;
    return this[item.type](item);
  }

  facts(rows) {
    const list = make("dl", { class: "map-facts" });
    for (const [term, value] of rows) {
      if (value === null || value === undefined || value === "") continue;
      list.append(make("dt", { text: term }), value instanceof Node ? make("dd", {}, value) : make("dd", { text: value }));
    }
    return list;
  }

  when(seconds, country) {
    const { words, model } = this;
    return seconds === null ? null : `${words.moment(seconds, country)} (${words.ago(model.nowS - seconds)})`;
  }

  road(corridor, km) {
    return corridor ? this.words.say("kmOf", { km: this.words.number(km), corridor: this.model.corridorName(corridor) }) : this.words.say("offCorridors");
  }

  near(place, km) {
    return place ? this.words.say("kmFrom", { km: this.words.number(km), place: this.model.placeName(place) }) : null;
  }

  coach(c) {
    const { words, model } = this;
    const body = [this.facts([
      [words.say("operator"), model.operatorName(c.operator)],
      [words.say("coachId"), c.name === c.id ? null : c.id],
      [words.say("speed"), words.speed(c.speed)],
      [words.say("standingSince"), c.standing === null ? null : this.when(c.standing, c.country)],
      [words.say("heading"), c.bearing === null ? words.say("notSaid") : `${words.number(c.bearing)}°`],
      [words.say("onRoad"), this.road(c.corridor, c.km)],
      [words.say("nearest"), this.near(c.near, c.nearKm)],
      [words.say("country"), words.country(c.country)],
      [words.say("destination"), c.destination ? model.placeName(c.destination) : words.say("noTrip")],
      [words.say("position"), make("span", { class: "num", "data-position": c.id, text: `${c.at[0].toFixed(5)}, ${c.at[1].toFixed(5)}${c.accuracy === null ? "" : ` (± ${words.number(c.accuracy)} m)`}` })],
      [words.say("observed"), this.when(c.observed, c.country)],
      [words.say("lastHeard"), this.when(c.heard, c.country)],
    ])];
    if (c.state === "silent") body.push(make("p", { class: "map-note", text: words.say("silentNote") }));
    return { title: c.name, badge: words.say(`coach.${c.state}`), kind: { moving: "info", standing: "info", silent: "warn" }[c.state] || "info", body };
  }

  post(p) {
    const { words, model } = this;
    const kind = { open: "good", restricted: "warn", suspended: "bad", closed: "bad" }[p.state] || "";
    const source = p.stateBy === "register" ? words.say("stateByRegister", { date: p.stateSince ? words.day(p.stateSince.slice(0, 10)) + ` ${p.stateSince.slice(0, 4)}` : words.say("notKnown") })
      : p.stateBy === "agency" ? words.say("stateByAgency") : null;
    const rows = [
      [words.say("country"), words.country(p.country)],
      [words.say("stateSource"), source],
      [words.say("freshness"), words.say(`freshness.${p.freshness}`) + (p.newest === null ? "" : ` · ${words.ago(model.nowS - p.newest)}`)],
    ];
    if (p.counterpart && model.places.has(p.counterpart)) {
      rows.push([words.say("acrossBorder"), make("button", { type: "button", class: "map-link", onclick: () => this.choose(`post:${p.counterpart}`), text: `${model.placeName(p.counterpart)}, ${words.country(p.counterpartCountry)}` })]);
    }
    const body = [this.facts(rows), ...this.dwell(p)];
    for (const direction of ["entry", "exit"]) {
      const c = p.crossings[direction];
      body.push(make("h3", { text: words.say(`last.${direction}`) }));
      if (!c) {
        body.push(make("p", { class: "map-note", text: words.say(p.crossingsShown ? "noCrossing" : "freshness.not_shown") }));
        continue;
      }
      body.push(this.facts([
        [words.say("coach"), c.vehicle || words.say("notKnown")],
        [words.say("loggedBy"), words.code("agency", c.agency)],
        [words.say("arrived"), this.when(c.arrived, p.country)],
        [words.say("released"), c.released === null ? words.say("notReleased") : words.clock(c.released, p.country)],
        [words.say("dwell"), c.dwell === null ? words.say("notKnown") : words.duration(c.dwell)],
      ]));
    }
    if (p.agencies.length) {
      const list = make("ul", { class: "map-words" });
      for (const [agency, status, queue, at] of p.agencies) {
        const waits = queue === null ? words.say("queueNotSaid") : words.say("queueOf", { n: words.number(queue) });
        list.append(make("li", { text: `${words.code("agency", agency)}: ${words.code("post_state", status)}, ${waits} · ${words.ago(model.nowS - at)}` }));
      }
      body.push(make("h3", { text: words.say("agencyWords") }), list);
    }
    return { title: p.name, badge: words.say(`post_state.${p.state || "unknown"}`), kind, body };
  }

  report(r) {
    const { words, model } = this;
    const isControl = r.kind === "control";
    const paid = r.payments.map(([amount, currency, basis, count]) => `${words.money(amount, currency)}${count > 1 ? ` × ${count}` : ""}: ${words.code("payment_basis", basis)}`);
    const list = make("ul", { class: "map-words" }, ...paid.map((text) => make("li", { text })));
    return {
      title: isControl ? words.code("agency", r.agency) : words.code("incident", r.kind),
      badge: words.say(isControl ? "reportedControl" : "reportedIncident"), kind: "warn",
      body: [this.facts([
        [words.say("when"), this.when(r.observed, r.country)],
        [words.say("lasted"), r.minutes === null ? words.say("notSaid") : words.duration(r.minutes * 60)],
        isControl ? [words.say("paid"), paid.length ? list : words.say("noPayment")] : [words.say("agency"), r.agency ? words.code("agency", r.agency) : null],
        [words.say("nearest"), r.near ? model.placeName(r.near) : words.say("notKnown")],
        [words.say("country"), words.country(r.country)],
        [words.say("operator"), model.operatorName(r.operator)],
        [words.say("coach"), r.vehicle],
        [words.say("position"), r.at ? `${r.at[0].toFixed(4)}, ${r.at[1].toFixed(4)}` : words.say("notSaid")],
      ]), make("p", { class: "map-note", text: words.say("crewNote") })],
    };
  }

  flag(f) {
    const { words, model } = this, hours = f.hours && `${words.number(f.hours[0])}–${words.number(f.hours[1])}`;
    return {
      title: words.code("flag.kind", f.kind), badge: words.code("flag.status", f.status), kind: f.sign === "corroborated" ? "bad" : "warn",
      body: [this.facts([
        [words.say("onRoad"), f.km === null ? (f.corridor ? model.corridorName(f.corridor) : null) : this.road(f.corridor, f.km)],
        [words.say("posts"), f.estimate && words.say("postsOf", { n: words.number(f.estimate[0]), low: words.number(f.estimate[1]), high: words.number(f.estimate[2]) })],
        [words.say("country"), f.country ? words.country(f.country) : null],
        [words.say("howSure"), words.percent(f.confidence)],
        [words.say("severity"), words.code("flag.severity", f.severity)],
        [words.say("lastEvidence"), this.when(f.last, f.country)],
        [words.say("firstEvidence"), this.when(f.first, f.country)],
        [words.say("hoursLocal"), hours],
        [words.say("direction"), f.direction ? words.code("flag.direction", f.direction) : null],
        [words.say("agencyReported"), f.agency ? words.code("agency", f.agency) : null],
      ]), make("p", { class: "map-act" }, make("a", { class: "button", href: `${this.flagsUrl}/${f.id}`, text: words.say("flagPage") })), make("p", { class: "map-note", text: words.say("flagNote") })],
    };
  }

  gathering(g) {
    const { words } = this;
    const body = [];
    for (const day of g.days) {
      body.push(make("h3", { text: `${words.day(day.day)}: ${words.say("reportsByCoaches", { n: words.number(day.n), coaches: words.number(day.vehicles) })}` }));
      if (day.kinds.length) {
        body.push(make("ul", { class: "map-words" }, ...day.kinds.map(([kind, n]) => make("li", { text: `${words.code("harassment", kind)}: ${words.number(n)}` }))));
      }
    }
    body.push(make("p", { class: "map-note", text: words.say("gatheredNote") }));
    if (this.model.sees.flags) body.push(make("p", { class: "map-act" }, make("a", { href: `${this.flagsUrl}?kind=harassment`, text: words.say("harassmentFlags") })));
    return { title: g.name, badge: words.say("harassmentReports"), kind: "warn", body };
  }

  // How long coaches take at a post in the chosen window, against the last thirty days.
  dwell(p) {
    const { words, model } = this;
    if (!p.dwell.length) return [];
    const ratio = (one) => one.usualP50S ? ` · ${words.say("usually", { usual: words.duration(one.usualP50S) })}` : "";
    return [make("h3", { text: words.say("dwellTitle", { window: words.span(model.span) }) }), this.facts(p.dwell.map((one) => [
      words.say(`dwell.${one.direction}`),
      make("span", {}, make("strong", { text: words.duration(one.p50S) }), `${ratio(one)} · ${words.say("p95Of", { p95: words.duration(one.p95S) })} · ${this.behind(one.n, one.lateShare, one.newest)}`),
    ]))];
  }

  // How much stands behind a figure: n, the newest, what came late.
  behind(n, lateShare, newest) {
    const { words, model } = this;
    return [words.say("nOf", { n: words.number(n) }) + (n < (model.flow?.few ?? 5) ? ` (${words.say("few")})` : ""), newest === null ? null : words.ago(model.nowS - newest), lateShare ? words.say("lateOf", { share: words.percent(lateShare) }) : null].filter(Boolean).join(" · ");
  }

  section(s) {
    const { words, model } = this;
    const body = [this.facts([[words.say("length"), `${words.number(s.length_km)} km`], [words.say("country"), s.country ? words.country(s.country) : null]])];
    const level = { up: s.up?.delayClass, down: s.down?.delayClass };
    for (const direction of ["up", "down"]) {
      const r = s[direction];
      body.push(make("h3", { text: model.sectionName(s, direction) }));
      if (!r) { body.push(make("p", { class: "map-note", text: words.say(model.flow === null ? "flow.lost" : model.flow.seesFlow ? "noFlow" : "freshness.not_shown") })); continue; }
      body.push(this.facts([
        [words.say("delay"), `${words.duration(r.delayS)}${level[direction] === null ? "" : ` · ${words.say(`delay_class.${level[direction]}`)}`}`],
        [words.say("delayP95"), words.duration(r.delayP95S)],
        [words.say("medianSpeed"), `${words.number(r.medianKmh)} km/h`],
        [words.say("freeFlow"), r.freeKmh === null ? words.say("notKnown") : `${words.number(r.freeKmh)} km/h (${words.say(`free_basis.${r.freeBasis}`)})`],
        [words.say("behind"), this.behind(r.trips, r.lateShare, r.newest)],
      ]));
    }
    return { title: [s.start, s.end].map((id) => model.placeName(id)).join(" – "), badge: words.span(model.span), kind: "info", body };
  }

  silence(s) {
    const { words } = this;
    return { title: words.say("silenceTitle", { from: words.number(s.fromKm), to: words.number(s.toKm), corridor: this.model.corridorName(s.corridor) }), badge: words.say("silenceBadge"), kind: "warn", body: [this.facts([
      [words.say("silentCoaches"), words.number(s.devices)], [words.say("silentTrips"), words.number(s.passes)],
      [words.say("lost"), `${words.number(s.lost)} · ${words.duration(s.lostS)}`], [words.say("late"), `${words.number(s.late)} · ${words.duration(s.lateS)}`],
    ]), make("p", { class: "map-note", text: words.say("silenceNote") })] };
  }

  hub(h) {
    const { words, model } = this;
    const others = model.hubs.filter((hub) => hub.id !== h.id).sort((a, b) => words.collator.compare(a.name, b.name));
    const body = [this.facts([[words.say("country"), words.country(h.country)]])];
    if (model.sees.coaches) {
      const select = make("select", { id: "map-journeys", onchange: () => { if (select.value) this.choose(`pair:${h.id}~${select.value}`); } }, make("option", { value: "", text: words.say("chooseTown") }), ...others.map((hub) => make("option", { value: hub.id, text: `${hub.name} (${hub.country})` })));
      body.push(make("div", { class: "map-journeys" }, make("label", { for: "map-journeys", text: words.say("journeysTo") }), select, make("p", { class: "map-note", text: words.say("orClickTown") })));
    }
    return { title: h.name, badge: words.say("town"), kind: "info", body };
  }

  pair(p) {
    const { words } = this;
    return { title: `${p.names[0]} → ${p.names[1]}`, badge: words.say("journeys"), kind: "info", body: [make("p", { class: "map-note" },
      make("button", { type: "button", class: "map-link", onclick: () => this.choose(`pair:${p.destination}~${p.origin}`), text: words.say("otherWay", { from: p.names[1], to: p.names[0] }) }))] };
  }
}
