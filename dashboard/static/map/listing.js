// What the lists beside the map say of coaches, posts and reports: one short row each.
export class Listing {
  constructor(words, model, ownPost) {
    Object.assign(this, { words, model, ownPost });
  }

  // The rows of a tab, in the order to be read.
  of(tab, chosen) { return this[tab](chosen); }

  byName() { return (a, b) => this.words.collator.compare(a.name, b.name); }

  coaches({ coaches }) {
    const { words, model } = this;
    return [...coaches].sort(this.byName()).map((c) => ({
      key: c.key, name: c.name, sign: "coach", detail: c.state, quiet: c.state === "silent",
      facts: [model.operatorName(c.operator), c.near ? words.say("kmFrom", { km: words.number(Math.round(c.nearKm)), place: model.placeName(c.near) }) : words.country(c.country)].join(" · "),
      aside: `${c.state === "silent" ? words.say("coach.silent") : c.standing !== null ? words.say("stands", { time: words.duration(Math.max(0, model.nowS - c.standing)) }) : words.speed(c.speed)}\n${words.ago(model.nowS - c.observed)}`,
    }));
  }

  posts({ posts }) {
    const { words, model, ownPost } = this, byName = this.byName();
    return [...posts].sort((a, b) => (b.id === ownPost) - (a.id === ownPost) || (a.newest === null) - (b.newest === null) || byName(a, b)).map((p) => ({
      key: p.key, name: `${p.name} (${p.country})`, sign: "post", detail: (p.state || "unknown") + (p.faded ? "-stale" : ""), quiet: p.faded || p.state === null,
      facts: [words.say(`post_state.${p.state || "unknown"}`) + (p.faded ? `, ${words.say("freshness.stale")}` : ""), this.dwell(p) || this.last(p)].filter(Boolean).join(" · "),
      aside: p.newest === null ? "" : words.ago(model.nowS - p.newest),
    }));
  }

  // The slowest side of a post in the chosen window, against what is usual there.
  dwell(post) {
    const { words } = this, slowest = [...(post.dwell || [])].sort((a, b) => b.p50S - a.p50S)[0];
    if (!slowest) return "";
    const values = { dwell: words.duration(slowest.p50S), usual: slowest.usualP50S ? words.duration(slowest.usualP50S) : "", n: words.number(slowest.n) };
    return words.say(slowest.usualP50S ? "dwellNow" : "dwellNowOnly", values);
  }

  dwellShort(post) {
    const slowest = [...(post.dwell || [])].sort((a, b) => b.p50S - a.p50S)[0];
    return slowest ? this.words.duration(slowest.p50S) : "";
  }

  last(post) {
    const { words } = this, newest = Object.values(post.crossings).sort((a, b) => b.arrived - a.arrived)[0];
    if (!post.crossingsShown) return "";
    if (!newest) return words.say(`freshness.${post.newest === null ? post.freshness : "status_only"}`);
    return newest.dwell === null ? words.say("noDwell") : words.say("dwellOf", { dwell: words.duration(newest.dwell) });
  }

  // In the order of the server: the surest of the gravest first.
  flags({ flags }) {
    const { words, model } = this;
    return flags.map((f) => ({
      key: f.key, name: words.code("flag.kind", f.kind), sign: "flag", detail: f.sign, quiet: false,
      facts: [f.corridor && f.km !== null ? words.say("kmOf", { km: words.number(Math.round(f.km)), corridor: model.corridorName(f.corridor) }) : f.corridor ? model.corridorName(f.corridor) : "", words.code("flag.status", f.status)].filter(Boolean).join(" · "),
      aside: `${words.percent(f.confidence)}\n${words.ago(model.nowS - f.last)}`,
    }));
  }

  reports({ gathered, reports }) {
    const { words, model } = this;
    return [
      ...gathered.map((g) => ({ key: g.key, name: g.name, sign: "gathering", detail: g.count, facts: words.say("harassmentCount", { n: words.number(g.count) }), aside: words.day(g.days[0].day) })),
      ...reports.map((r) => ({
        key: r.key, name: r.kind === "control" ? words.code("agency", r.agency) : words.code("incident", r.kind), sign: "report", detail: r.kind === "control" ? "control" : "incident",
        facts: [r.near ? words.say("nearPlace", { place: model.placeName(r.near) }) : words.say("placeNotSaid"), r.payments.map(([amount, currency]) => words.money(amount, currency)).join(" + ")].filter(Boolean).join(" · "),
        aside: `${r.minutes === null ? "" : words.duration(r.minutes * 60)}\n${words.ago(model.nowS - r.observed)}`,
      })),
    ];
  }
}
