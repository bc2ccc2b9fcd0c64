// The map page: takes over the empty Leaflet map that the server made, and keeps everything on it up to date.
import { Details } from "./map/details.js";
import { retext } from "./map/dom.js";
import { Feed } from "./map/feed.js";
import { Ground } from "./map/ground.js";
import { Lists } from "./map/lists.js";
import { Model } from "./map/model.js";
import { Scene } from "./map/scene.js";
import { Sheet } from "./map/sheet.js";
import { paintSign, readColours } from "./map/symbols.js";
import { View } from "./map/view.js";
import { Words } from "./map/words.js";

const { leaflet: map, options } = window.corridorMap;
const get = (id) => document.getElementById(id);
const words = new Words(JSON.parse(get("map-words").textContent), options.language);
const page = document.querySelector(".map-page");

async function fetchJson(url) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

async function start() {
  const ground = new Ground(map), scene = new Scene();
  ground.setColours(readColours(page));
  const [fixed, basemap] = await Promise.all([fetchJson(options.staticUrl), fetchJson(options.basemapUrl)]);
  ground.addLand(basemap, options.members);
  ground.addRoads(fixed.sections, fixed.corridors);
  scene.addTo(map);

  const model = new Model(fixed, words);
  const view = new View((changes) => { if ("corridor" in changes || "country" in changes) fit(); show(); }, [...page.querySelectorAll("[data-tab]")].map((tab) => tab.dataset.tab));
  let covered = 0;
  const sheet = new Sheet(get("map-side"), get("map-grip"), (covers) => { // what was in the middle stays in the middle of what is free
    map.panBy([0, (covers - covered) / 2], { animate: false });
    covered = covers;
  });
  const details = new Details(words, model, choose);
  const lists = new Lists(get("map-list"), words, choose);
  const countries = options.countries.map((land) => ({ ...land, name: words.country(land.code) }));

  let isFirst = true;
  const feed = new Feed(options.liveUrl, (parts) => {
    model.take(parts);
    show();
    if (isFirst && view.selected && find(view.selected)) sheet.open();
    isFirst = false;
  }, tellState);
  model.clock = () => feed.nowS;

  function show() {
    const chosen = model.chosen(view);
    const on = (layer, items) => (view.shows(layer) ? items : []);
    ground.light(chosen.sections);
    scene.setContent({
      coaches: on("coaches", chosen.coaches), posts: on("posts", chosen.posts),
      reports: on("controls", chosen.reports).filter((report) => report.at), gathered: on("harassment", chosen.gathered).filter((one) => one.at),
      hubs: on("hubs", model.hubs), hubNames: on("hubs", [...model.hubs].sort((a, b) => b.rank - a.rank)), countries, selected: view.selected,
    });
    fill(chosen);
  }

  function fill(chosen) {
    const byName = (a, b) => words.collator.compare(a.name, b.name);
    const items = {
      coaches: () => [...chosen.coaches].sort(byName).map((c) => ({
        key: c.key, name: c.name, sign: "coach", detail: c.state, quiet: c.state === "silent",
        facts: [model.operatorName(c.operator), c.near ? words.say("kmFrom", { km: words.number(Math.round(c.nearKm)), place: model.placeName(c.near) }) : words.country(c.country)].join(" · "),
        aside: `${c.state === "silent" ? words.say("coach.silent") : words.speed(c.speed)}\n${words.ago(model.nowS - c.observed)}`,
      })),
      posts: () => [...chosen.posts].sort((a, b) => (b.id === options.ownPost) - (a.id === options.ownPost) || (a.newest === null) - (b.newest === null) || byName(a, b)).map((p) => ({
        key: p.key, name: `${p.name} (${p.country})`, sign: "post", detail: (p.state || "unknown") + (p.faded && p.state ? "-stale" : ""), quiet: p.faded,
        facts: [words.say(`post_state.${p.state || "unknown"}`), lastWords(p)].filter(Boolean).join(" · "),
        aside: p.newest === null ? "" : words.ago(model.nowS - p.newest),
      })),
      reports: () => [
        ...chosen.gathered.map((g) => ({ key: g.key, name: g.name, sign: "gathering", detail: g.count, facts: words.say("harassmentCount", { n: words.number(g.count) }), aside: words.day(g.days[0].day) })),
        ...chosen.reports.map((r) => ({
          key: r.key, name: r.kind === "control" ? words.code("agency", r.agency) : words.code("incident", r.kind), sign: "report", detail: r.kind === "control" ? "control" : "incident",
          facts: [r.near ? words.say("nearPlace", { place: model.placeName(r.near) }) : words.say("placeNotSaid"), r.payments.map(([amount, currency]) => words.money(amount, currency)).join(" + ")].filter(Boolean).join(" · "),
          aside: `${r.minutes === null ? "" : words.duration(r.minutes * 60)}\n${words.ago(model.nowS - r.observed)}`,
        })),
      ],
    };
    const hidden = { coaches: !model.sees.coaches, posts: false, reports: !model.sees.reports }[view.tab];
    lists.show(items[view.tab](), words.say(hidden ? `hidden.${view.tab}` : `none.${view.tab}`));
    lists.mark(view.selected);
    const silent = chosen.coaches.filter((c) => c.state === "silent").length;
    const counts = { coaches: chosen.coaches.length, posts: chosen.posts.length, reports: chosen.reports.length + chosen.gathered.reduce((sum, g) => sum + g.count, 0) };
    for (const place of page.querySelectorAll("[data-count]")) retext(place, words.number(counts[place.dataset.count]));
    retext(get("map-summary"), model.sees.coaches
      ? words.say("summary", { coaches: words.number(chosen.coaches.length), silent: words.number(silent) })
      : words.say("summaryPosts", { posts: words.number(chosen.posts.filter((p) => p.newest !== null).length) }));
    retext(get("map-road"), chosen.corridor ? words.say("roadFacts", { km: words.number(Math.round(chosen.corridor.length_km)), quality: words.say(`line_quality.${chosen.corridor.line_quality}`) }) : "");
    get("map-road").hidden = !chosen.corridor;
    get("map-hours").hidden = view.tab !== "reports" || !model.sees.reports;
    get("map-own").hidden = view.tab !== "posts" || !model.sees.ownCrossingsOnly;
    for (const tab of page.querySelectorAll("[data-tab]")) tab.setAttribute("aria-pressed", String(tab.dataset.tab === view.tab));
    for (const link of page.querySelectorAll("[data-table]")) link.setAttribute("href", options.tableUrl + view.filterQuery);
    showDetails(chosen);
  }

  function lastWords(post) {
    const newest = Object.values(post.crossings).sort((a, b) => b.arrived - a.arrived)[0];
    if (!post.crossingsShown) return "";
    if (!newest) return words.say(`freshness.${post.newest === null ? post.freshness : "status_only"}`);
    return newest.dwell === null ? words.say("noDwell") : words.say("dwellOf", { dwell: words.duration(newest.dwell) });
  }

  function find(key, chosen = model.chosen(view)) {
    const [type] = key.split(":", 1);
    const all = { coach: model.coaches, post: model.posts, report: model.reports, gathering: chosen.gathered }[type] || [];
    return all.find((item) => item.key === key) || null;
  }

  function showDetails(chosen) {
    const box = get("map-details"), item = view.selected ? find(view.selected, chosen) : null, told = details.of(item);
    page.classList.toggle("has-details", Boolean(told));
    box.hidden = !told;
    get("map-browse").hidden = Boolean(told);
    if (!told) return;
    retext(get("details-title"), told.title);
    retext(get("details-badge"), told.badge);
    get("details-badge").className = `badge ${told.kind}`;
    const body = get("details-body"), at = body.scrollTop, held = body.contains(document.activeElement);
    if (!held) body.replaceChildren(...told.body); // never pull a focused button away from under somebody
    body.scrollTop = at;
  }

  function choose(key, quietly = false) {
    const from = view.selected;
    view.set({ selected: key });
    const item = find(key);
    if (!item) return;
    sheet.open();
    if (item.at && !quietly) reveal(item.at);
    if (from !== key) get("details-title").focus({ preventScroll: true });
  }

  function close() {
    const key = view.selected;
    view.set({ selected: "" });
    lists.rows.get(key)?.button.focus();
  }

  // Brings a place into the part of the map that the sheet leaves free.
  function reveal(at) {
    const size = map.getSize(), free = size.y - (sheet.narrow.matches ? sheet.covers : 0), p = map.latLngToContainerPoint(at);
    const zoom = Math.max(map.getZoom(), 8);
    if (zoom === map.getZoom() && p.x > 40 && p.y > 60 && p.x < size.x - 40 && p.y < free - 40) return;
    const target = map.project(at, zoom).add([0, (size.y - free) / 2]);
    map.setView(map.unproject(target, zoom), zoom, { animate: !matchMedia("(prefers-reduced-motion: reduce)").matches });
  }

  function fit(animate = true) {
    const { sections } = model.chosen(view);
    let bounds = L.latLngBounds(options.bounds);
    const places = [...model.hubs, ...fixed.posts].filter((place) => place.country === view.country).map((place) => place.at);
    if (sections) bounds = L.geoJSON({ ...fixed.sections, features: fixed.sections.features.filter((f) => sections.has(f.id)) }).getBounds();
    else if (places.length) bounds = L.latLngBounds(places).pad(0.15);
    map.fitBounds(bounds, { paddingTopLeft: [20, 56], paddingBottomRight: [20, 20 + (sheet.narrow.matches ? sheet.covers : 0)], maxZoom: 11, animate });
  }

  function tellState(state) {
    const age = feed.answeredAt === null ? null : (Date.now() - feed.answeredAt) / 1000;
    const since = age === null ? "" : words.clock(feed.nowS - age, null, true);
    page.dataset.feed = state;
    retext(get("map-state"), state === "lost" && age === null ? words.say("feed.never") : words.say(`feed.${state}`, { age: age === null ? "" : words.ago(age), since }));
    get("map-sign-in").hidden = state !== "signedout";
    if (state !== get("map-said").dataset.state) { // said aloud once per change, not every second
      get("map-said").dataset.state = state;
      if (["lost", "signedout"].includes(state)) retext(get("map-said"), get("map-state").textContent); else retext(get("map-said"), "");
    }
  }

  function paint() {
    const colours = readColours(page);
    ground.setColours(colours);
    scene.setColours(colours);
    lists.setColours(colours);
    for (const sign of page.querySelectorAll("canvas[data-sign]")) paintSign(sign, colours, sign.dataset.sign, sign.dataset.detail || null);
  }

  // Controls: every one of them acts at once, and what was chosen stands in the address.
  for (const name of ["corridor", "country"]) {
    const select = get(`map-${name}`);
    select.value = view[name];
    if (select.selectedIndex < 0) { select.value = ""; view[name] = ""; }
    select.addEventListener("change", () => view.set({ [name]: select.value }));
  }
  for (const box of page.querySelectorAll("[data-layer]")) {
    box.checked = view.shows(box.dataset.layer);
    box.addEventListener("change", () => view.toggle(box.dataset.layer, box.checked));
  }
  for (const tab of page.querySelectorAll("[data-tab]")) tab.addEventListener("click", () => { lists.limit = 80; get("map-list").scrollTop = 0; view.set({ tab: tab.dataset.tab }); sheet.open(); });
  const hours = get("map-hours-choice");
  hours.value = String(view.hours);
  hours.addEventListener("change", () => view.set({ hours: Number(hours.value) }));
  get("map-open").addEventListener("click", () => { sheet.to("half"); page.querySelector("[data-tab][aria-pressed=true]").focus(); });
  get("details-close").addEventListener("click", close);
  get("map-in").addEventListener("click", () => map.zoomIn());
  get("map-out").addEventListener("click", () => map.zoomOut());
  get("map-fit").addEventListener("click", () => { view.at = null; fit(); view.at = null; view.write(); });
  const legend = get("map-legend");
  get("map-legend-close").addEventListener("click", () => { legend.open = false; legend.querySelector("summary").focus(); });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (legend.open) { legend.open = false; legend.querySelector("summary").focus(); } else if (view.selected) close();
  });
  map.on("click", (event) => { const item = scene.hit(event.containerPoint); if (item) choose(item.key, true); else if (view.selected) view.set({ selected: "" }); });
  map.on("mousemove", (event) => { map.getContainer().style.cursor = scene.hit(event.containerPoint) ? "pointer" : ""; });
  map.on("moveend", () => { const c = map.getCenter(); view.at = [c.lat.toFixed(3), c.lng.toFixed(3), map.getZoom()].map(Number); view.write(); });
  map.on("zoomend", () => ground.restyle());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);

  map.setMinZoom(sheet.narrow.matches ? 4 : 5);
  const asked = view.at;
  map.invalidateSize({ animate: false });
  if (asked) map.setView(asked.slice(0, 2), asked[2], { animate: false }); else fit(false);
  paint();
  page.classList.add("ready");
  tellState("starting");
  setInterval(() => tellState(feed.state), 1000);
  feed.now();
}

start().catch((failure) => {
  console.error(failure);
  page.dataset.feed = "lost";
  get("map-state").textContent = words.say("feed.never");
});
