// The map page: takes over the empty Leaflet map that the server made, and keeps everything on it up to date.
import { retext } from "./map/dom.js";
import { Feed } from "./map/feed.js";
import { Flow } from "./map/flow.js";
import { FlowFeed } from "./map/flowfeed.js";
import { Ground } from "./map/ground.js";
import { Listing } from "./map/listing.js";
import { Lists } from "./map/lists.js";
import { Model } from "./map/model.js";
import { Scene } from "./map/scene.js";
import { Sheet } from "./map/sheet.js";
import { paintSign, readColours } from "./map/symbols.js";
import { Times } from "./map/times.js";
import { View } from "./map/view.js";
import { Words } from "./map/words.js";

const { leaflet: map, options } = window.corridorMap;
const get = (id) => document.getElementById(id);
const words = new Words(JSON.parse(get("map-words").textContent), options.language);
const page = document.querySelector(".map-page");
const all = (selector) => page.querySelectorAll(selector);

async function fetchJson(url) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

async function start() {
  map.createPane("flow").style.zIndex = 350;
  const ground = new Ground(map), scene = new Scene({ name: "scene" }), flow = new Flow({ pane: "flow", name: "flow" });
  let colours = readColours(page), covered = 0, isFirst = true, silences = null, details = null, panels = null;
  ground.setColours(colours);
  const [fixed, land] = await Promise.all([fetchJson(options.staticUrl), fetchJson(options.groundUrl)]);
  const model = new Model(fixed, words);
  ground.addLand(land, options.members);
  ground.addRoads(model.sections);
  flow.addTo(map);
  scene.addTo(map);

  const view = new View((changes, isBack) => {
    if ("corridor" in changes || "country" in changes) fit();
    if (isBack) readControls();
    show();
  }, [...all("[data-tab]")].map((tab) => tab.dataset.tab));
  const sheet = new Sheet(get("map-side"), get("map-grip"), (covers) => { // what was in the middle stays in the middle of what is free
    map.panBy([0, (covers - covered) / 2], { animate: false });
    covered = covers;
  });
  const listing = new Listing(words, model, options.ownPost), lists = new Lists(get("map-list"), words, choose);
  const countries = options.countries.map((one) => ({ ...one, name: words.country(one.code) }));
  const feed = new Feed(options.liveUrl, (parts) => {
    model.take(parts);
    show();
    if (isFirst && view.selected && find(view.selected)) sheet.open();
    isFirst = false;
  }, tellState);
  model.clock = () => feed.nowS;
  const times = new Times(get("map-time"), view, words, () => feed.nowS);
  const flowFeed = new FlowFeed(options.flowUrl, (body) => { model.takeFlow(body); show(false); }, (state) => {
    page.dataset.flow = state;
    retext(get("map-flow-state"), state === "shown" ? "" : words.say(`flow.${state}`));
  });

  // `asks`: whether the choice may have changed, so that another window or layer must be fetched.
  function show(asks = true) {
    model.span = view.span;
    if (asks) { times.show(); askForMore(); }
    const chosen = model.chosen(view), on = (layer, items) => (view.shows(layer) ? items : []);
    const flows = view.shows("flow") && model.flow !== null && model.flow.seesFlow;
    ground.light(chosen.sections);
    ground.showRoads(!flows);
    flow.setContent({ sections: flows ? chosen.roads : [], most: model.flow?.most ?? 1, selected: view.selected });
    silences?.setContent({ ...chosen, corridor: view.corridor, selected: view.selected });
    scene.setContent({
      coaches: on("coaches", chosen.coaches), posts: on("posts", chosen.posts),
      reports: on("controls", chosen.reports).filter((report) => report.at), gathered: on("harassment", chosen.gathered).filter((one) => one.at), flags: on("flags", chosen.flags).filter((flag) => flag.at),
      hubs: on("hubs", model.hubs), hubNames: on("hubs", [...model.hubs].sort((a, b) => b.rank - a.rank)), countries, selected: view.selected,
      pair: find(view.selected, chosen)?.ends ?? null, dwell: (post) => listing.dwellShort(post),
    });
    fill(chosen);
  }

  // Fetches what the choice needs and the first load did not bring.
  async function askForMore() {
    if (view.shows("flow") || view.shows("posts")) flowFeed.want(view);
    if (view.shows("silence") && !silences && options.silenceUrl) {
      silences = { setContent() {}, find: () => null, hit: () => null };
      const [{ Silences }, body] = await Promise.all([import("./map/silences.js"), fetchJson(options.silenceUrl)]);
      silences = new Silences({ pane: "flow", name: "silence" });
      silences.setColours(colours);
      silences.setBody(body, fixed.steps);
    }
    if (silences?.addTo && view.shows("silence") !== map.hasLayer(silences)) { silences[view.shows("silence") ? "addTo" : "remove"](map); show(false); }
    if (view.selected) loadDetails();
  }

  let loading = null;
  function loadDetails() {
    loading ??= Promise.all([import("./map/details.js"), import("./map/panels.js")]).then(([{ Details }, { Panels }]) => {
      details = new Details(words, model, choose, options.flagsUrl);
      panels = new Panels(get("details-more"), words, options.panels, options.panelStyle);
      show(false);
    }, () => { loading = null; }); // no network: the next click tries again
  }

  function fill(chosen) {
    const hidden = { coaches: !model.sees.coaches, posts: false, flags: false, reports: !model.sees.reports }[view.tab];
    lists.show(listing.of(view.tab, chosen), words.say(hidden ? `hidden.${view.tab}` : `none.${view.tab}`));
    lists.mark(view.selected);
    const silent = chosen.coaches.filter((c) => c.state === "silent").length;
    const counts = { coaches: chosen.coaches.length, posts: chosen.posts.length, flags: chosen.flags.length, reports: chosen.reports.length + chosen.gathered.reduce((sum, g) => sum + g.count, 0) };
    for (const place of all("[data-count]")) retext(place, words.number(counts[place.dataset.count]));
    retext(get("map-summary"), model.sees.coaches
      ? words.say("summary", { coaches: words.number(chosen.coaches.length), silent: words.number(silent) })
      : words.say("summaryPosts", { posts: words.number(chosen.posts.filter((p) => p.newest !== null).length) }));
    retext(get("map-road"), chosen.corridor ? words.say("roadFacts", { km: words.number(Math.round(chosen.corridor.length_km)), quality: words.say(`line_quality.${chosen.corridor.line_quality}`) }) : "");
    get("map-road").hidden = !chosen.corridor;
    get("map-hours").hidden = view.tab !== "reports" || !model.sees.reports;
    get("map-own").hidden = view.tab !== "posts" || !model.sees.ownCrossingsOnly;
    for (const tab of all("[data-tab]")) tab.setAttribute("aria-pressed", String(tab.dataset.tab === view.tab));
    for (const link of all("[data-table]")) link.setAttribute("href", options.tableUrl + view.filterQuery);
    for (const place of all("[data-trips]")) retext(place, words.say("tripsOf", { n: words.number(Math.max(1, Math.round((model.flow?.most ?? 1) * Number(place.dataset.trips)))) }));
    const names = ["corridor", "country", "operator"].map((name) => get(`map-${name}`)).filter((select) => select?.value).map((select) => select.selectedOptions[0].textContent);
    retext(get("map-printed"), [...names, words.span(view.span), words.moment(feed.nowS)].join(" · "));
    showDetails(chosen);
  }

  function find(key, chosen = model.chosen(view)) { return key ? model.find(key, chosen) || silences?.find(key) || null : null; }

  function showDetails(chosen) {
    const box = get("map-details"), item = find(view.selected, chosen), told = item && details ? details.of(item) : null;
    page.classList.toggle("has-details", Boolean(told));
    box.hidden = !told;
    get("map-browse").hidden = Boolean(told);
    panels?.show(told ? item : null, view.span);
    if (!told) return;
    retext(get("details-title"), told.title);
    retext(get("details-badge"), told.badge);
    get("details-badge").className = `badge ${told.kind}`;
    const body = get("details-body");
    if (!body.contains(document.activeElement)) body.replaceChildren(...told.body); // never pull a focused button away from under somebody
    if (box.dataset.key !== view.selected) { box.dataset.key = view.selected; get("details-scroll").scrollTop = 0; if (focusNext) get("details-title").focus({ preventScroll: true }); focusNext = false; }
  }

  let focusNext = false;
  function choose(key, quietly = false) {
    const item = find(key), before = find(view.selected);
    // Somebody who looks at a town and takes another one asks for the journeys between them.
    const wanted = item?.type === "hub" && before?.type === "hub" && item !== before && model.sees.coaches ? `pair:${before.id}~${item.id}` : key;
    focusNext = view.selected !== wanted;
    document.activeElement?.closest("#map-details")?.querySelector("#details-title").focus({ preventScroll: true });
    view.set({ selected: wanted });
    if (!item && !find(wanted)) return;
    sheet.open();
    if (item?.at && !quietly) reveal(item.at, item.type === "section");
  }

  function close() {
    const key = view.selected;
    view.set({ selected: "" });
    lists.rows.get(key)?.button.focus();
  }

  // Brings a place into the part of the map that the sheet leaves free.
  function reveal(at, asIs = false) {
    const size = map.getSize(), free = size.y - (sheet.narrow.matches ? sheet.covers : 0), p = map.latLngToContainerPoint(at);
    const zoom = asIs ? map.getZoom() : Math.max(map.getZoom(), 8);
    if (zoom === map.getZoom() && p.x > 40 && p.y > 60 && p.x < size.x - 40 && p.y < free - 40) return;
    const target = map.project(at, zoom).add([0, (size.y - free) / 2]);
    map.setView(map.unproject(target, zoom), zoom, { animate: !matchMedia("(prefers-reduced-motion: reduce)").matches });
  }

  function fit(animate = true) {
    const { sections } = model.chosen(view);
    let bounds = L.latLngBounds(options.bounds);
    const places = [...model.hubs, ...fixed.posts].filter((place) => place.country === view.country).map((place) => place.at);
    if (sections) bounds = L.latLngBounds(model.sections.filter((section) => sections.has(section.id)).flatMap((section) => section.points));
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
    colours = readColours(page);
    for (const one of [ground, scene, flow, lists]) one.setColours(colours);
    silences?.setColours?.(colours);
    for (const sign of all("canvas[data-sign]")) paintSign(sign, colours, sign.dataset.sign, sign.dataset.detail || null);
  }

  function readControls() {
    for (const name of ["corridor", "country", "operator"]) {
      const select = get(`map-${name}`);
      if (select) select.value = view[name];
      if (!select || select.selectedIndex < 0) { if (select) select.value = ""; view[name] = ""; }
    }
    for (const box of all("[data-layer]")) box.checked = view.shows(box.dataset.layer);
    get("map-hours-choice").value = String(view.hours);
  }

  // Controls: every one of them acts at once, and what was chosen stands in the address.
  for (const name of ["corridor", "country", "operator"]) get(`map-${name}`)?.addEventListener("change", (event) => view.set({ [name]: event.target.value }));
  for (const box of all("[data-layer]")) box.addEventListener("change", () => view.toggle(box.dataset.layer, box.checked));
  for (const tab of all("[data-tab]")) tab.addEventListener("click", () => { lists.limit = 80; get("map-list").scrollTop = 0; view.set({ tab: tab.dataset.tab }); sheet.open(); });
  get("map-hours-choice").addEventListener("change", (event) => view.set({ hours: Number(event.target.value) }));
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
  const hit = (point) => scene.hit(point) || (map.hasLayer(flow) && flow.hit(point)) || (view.shows("silence") && silences?.hit(point)) || null;
  map.on("click", (event) => { const item = hit(event.containerPoint); if (item) choose(item.key, true); else if (view.selected) view.set({ selected: "" }); });
  map.on("mousemove", (event) => { map.getContainer().style.cursor = hit(event.containerPoint) ? "pointer" : ""; });
  map.on("moveend", () => { const c = map.getCenter(); view.at = [c.lat.toFixed(3), c.lng.toFixed(3), map.getZoom()].map(Number); view.write(); });
  map.on("zoomend", () => ground.restyle());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  let wasOpen = false;
  addEventListener("beforeprint", () => { wasOpen = legend.open; legend.open = true; map.invalidateSize({ animate: false }); });
  addEventListener("afterprint", () => { legend.open = wasOpen; map.invalidateSize({ animate: false }); });
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);

  map.setMinZoom(sheet.narrow.matches ? 4 : 5);
  readControls();
  const asked = view.at;
  map.invalidateSize({ animate: false });
  if (asked) map.setView(asked.slice(0, 2), asked[2], { animate: false }); else fit(false);
  paint();
  page.classList.add("ready");
  tellState("starting");
  askForMore();
  setTimeout(loadDetails, 5000); // what the first click needs, once the first view stands
  setInterval(() => tellState(feed.state), 1000);
  feed.now();
}

start().catch((failure) => {
  console.error(failure);
  page.dataset.feed = "lost";
  get("map-state").textContent = words.say("feed.never");
});
