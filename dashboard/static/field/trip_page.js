// The trip sheet: what a crew declares when it leaves. Only where from and where to is needed; the rest may stay unsaid.
import { manifestField } from "./manifest.js";
import { choices, el, fold, labelled, timeField } from "./parts.js";
import { ask, nearest } from "./place.js";
import { coachField } from "./report_page.js";

// `offered`: a trip that the dispatcher declared for this coach, to be taken over.
export function tripPage(app, offered = null) {
  const { say, me } = app;
  const given = offered ?? (app.trip?.state === "declared" ? app.trip : null) ?? {};
  const roads = me.facts?.roads ?? [];
  const road = el("select", {}, roads.map((one) => el("option", { value: one.id }, one.name)));
  const from = el("select", {}), to = el("select", {});
  const hubs = () => roads.find((one) => one.id === road.value)?.places.filter((place) => place.kind === "hub") ?? [];
  // Places are named by their id, or as a dispatcher wrote them; the ends of the road stand for those that nobody knows.
  const fill = (first, last) => {
    for (const [select, chosen, other] of [[from, first, hubs()[0]], [to, last, hubs().at(-1)]]) {
      select.replaceChildren(...hubs().map((hub) => el("option", { value: hub.id }, hub.name)));
      select.value = (hubs().find((hub) => hub.id === chosen || hub.name === chosen) ?? other)?.id ?? "";
    }
  };
  const choose = (id, first = null, last = null) => {
    if (roads.some((one) => one.id === id)) road.value = id;
    fill(first, last);
  };
  choose(given.corridor_id, given.origin, given.destination);
  road.addEventListener("change", () => choose(road.value));
  // Somebody at one end of a road leaves from there.
  if (!given.corridor_id) ask(8000).then((found) => {
    const near = found && nearest(roads, found.at);
    if (!near || form.dataset.touched) return;
    const ends = (one) => one.places.filter((place) => place.kind === "hub");
    const here = roads.find((one) => ends(one).some((hub) => hub.name === near.place.name && (hub === ends(one)[0] || hub === ends(one).at(-1)))) ?? near.road;
    choose(here.id);
    const place = hubs().find((hub) => hub.name === near.place.name);
    if (place) fill(place.id, place === hubs().at(-1) ? hubs()[0].id : hubs().at(-1).id);
    control.redraw();
  });
  const turn = el("button", { type: "button", onclick: () => { fill(to.value, from.value); control.redraw(); } }, say("trip.turn"));
  const country = () => hubs().find((hub) => hub.id === from.value)?.country ?? null;
  const scheduled = timeField(say("trip.scheduled"), say, me.state(country()).offset, given.scheduled_departure ? new Date(given.scheduled_departure) : null);
  const manifest = manifestField(say, given.manifest);
  const seal = el("input", { maxLength: 40, pattern: "[A-Za-z0-9 ._\\/\\-]+", value: given.seal_number ?? "", autocapitalize: "characters" });
  const control = groupedControl(app, country, given.grouped_control);
  from.addEventListener("change", () => control.redraw());
  const order = choices(say("inOrder"), [["yes", say("yes")], ["no", say("no")]], { chosen: given.in_order === undefined || given.in_order === null ? [] : [given.in_order ? "yes" : "no"] });
  const coach = coachField(app);
  const note = el("p", { class: "notice", role: "alert", hidden: true }, say("trip.samePlace"));
  const isOfFleet = me.isDispatcher && !app.training.isOn;
  const submit = (value, words, kind = "") => el("button", { type: "submit", class: `big ${kind}`.trim(), value }, words);
  const form = el("form", { class: "page", oninput: () => { form.dataset.touched = "1"; } },
    el("h1", {}, say(isOfFleet ? "fleet.declare" : "trip.start")), coach ?? "",
    labelled(say("trip.road"), road),
    el("div", { class: "row" }, labelled(say("trip.from"), from), labelled(say("trip.to"), to)), turn, note,
    scheduled, manifest, labelled(say("trip.seal"), seal), control, order,
    isOfFleet ? [submit("declared", say("fleet.declareIt"), "first"), submit("departed", say("trip.leave"))]
      : [submit("departed", say("trip.leave"), "first"), submit("declared", say("trip.later"))]);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    note.hidden = from.value !== to.value;
    const wrongField = !note.hidden ? from : !manifest.check() ? manifest.querySelector("input") : null;
    if (wrongField) { wrongField.focus(); return; }
    for (const button of form.querySelectorAll("[type=submit]")) button.disabled = true; // a second tap says nothing new
    const said = {
      ...(given.trip_id ? { trip_id: given.trip_id } : {}),
      vehicle_id: coach?.value() ?? me.sender.vehicle_id, corridor_id: road.value, origin: from.value, destination: to.value,
      scheduled_departure: scheduled.value() ?? undefined, manifest: manifest.value() ?? undefined, seal_number: seal.value.trim() || undefined,
      grouped_control: control.value() ?? undefined, in_order: order.value() ? order.value() === "yes" : undefined,
    };
    await app.driving.say(event.submitter?.value ?? "departed", Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)));
    app.tell(say("kept"));
    app.go("home");
  });
  return form;
}

// The one control of all services at the station of departure.
function groupedControl(app, country, given) {
  const { say, me } = app;
  const spot = el("div");
  let agencies = null;
  const draw = () => {
    const chosen = agencies?.value() ?? given?.agencies ?? [];
    const offered = [...new Set([...me.state(country()).at_post, ...chosen])].filter((code) => code !== "unknown");
    agencies = choices(say("grouped.agencies"), offered.map((code) => [code, say(`agency.${code}`)]), { several: true, chosen });
    spot.replaceChildren(agencies);
  };
  draw();
  const offset = me.state(country()).offset;
  const began = timeField(say("grouped.began"), say, offset, given?.started_at ? new Date(given.started_at) : null);
  const ended = timeField(say("grouped.ended"), say, offset, given?.ended_at ? new Date(given.ended_at) : null);
  const result = choices(say("grouped.result"), ["passed", "remarks"].map((code) => [code, say(`grouped.${code}`)]), { chosen: given?.outcome ? [given.outcome] : [] });
  const node = fold(say("grouped"), spot, began, ended, result);
  node.open = Boolean(given);
  node.redraw = draw;
  node.value = () => {
    const said = {
      agencies: agencies.value().length ? agencies.value() : undefined, started_at: began.value() ?? undefined,
      ended_at: ended.value() ?? undefined, outcome: result.value() ?? undefined,
    };
    const known = Object.entries(said).filter(([, value]) => value !== undefined);
    return known.length ? Object.fromEntries(known) : null;
  };
  return node;
}
