// A control, or something else that happened on the road. Everything but the kind may stay unsaid.
import { agencyField } from "./agency_field.js";
import { askDanger } from "./danger.js";
import { choices, coachSelect, countField, el, fold, labelled, timeField } from "./parts.js";
import { paymentField } from "./payment.js";
import { placeField } from "./place.js";

// `first`: what is known of it already (`stop`: the id of a halt that was noticed, `at`, `from`, `minutes`); `fixes`: the refused entry that this one replaces.
export function reportPage(app, kind, fixes = null, first = {}) {
  const { say, me } = app;
  const form = el("form", { class: "page" }, el("h1", {}, say(`report.${kind}`)));
  const where = placeField(app, first.at ?? null);
  const offset = () => me.state(where.country()).offset;
  const when = timeField(say("when"), say, offset(), first.from ?? new Date());
  const lasted = countField(say("minutes"), { max: 2880, value: first.minutes ?? "" });
  // Who says how long it lasted and nothing else means that it is over now.
  lasted.addEventListener("input", () => {
    if (!when.isTyped && !first.from) when.set(new Date(Date.now() - (lasted.value() ?? 0) * 60_000));
  });
  const note = el("textarea", { rows: 2, maxLength: 2000 });
  const coach = coachField(app);
  const parts = kind === "control" ? controlParts(app, where) : incidentParts(app);
  form.append(
    ...parts.first, when, lasted, where, coach ?? "", ...parts.more,
    labelled(say("note"), note, say("noteHint")),
    el("button", { type: "submit", class: "big first" }, say("finish")));
  askDanger(app, form, parts.violence);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.querySelector("[type=submit]").disabled = true; // a second tap says nothing new
    const begun = when.value() ?? new Date().toISOString();
    const minutes = lasted.value();
    const body = {
      observed_at: begun, ...where.value(), ...parts.body(),
      ...(minutes === null ? {} : { ended_at: new Date(Date.parse(begun) + minutes * 60_000).toISOString() }),
      ...(note.value.trim() ? { note: note.value.trim() } : {}),
      ...(coach?.value() ? { vehicle_id: coach.value() } : {}),
      ...(app.trip?.trip_id ? { trip_id: app.trip.trip_id } : {}),
    };
    const clocked = when.isTyped ? [] : ["observed_at", "ended_at"];
    await app.outbox.add(kind === "control" ? "controls" : "incidents", body, { about: kind, clocked });
    if (fixes) await app.outbox.drop(fixes);
    const from = Date.parse(begun) / 1000;
    await app.driving.settle({ id: first.stop, from, until: from + (minutes ?? 0) * 60 });
    form.reset();
    app.tell(say("kept"));
    app.go("home");
  });
  if (fixes) app.outbox.list().then(async (entries) => {
    const entry = entries.find((one) => one.id === fixes), body = entry && (await app.outbox.body(entry));
    if (body?.note) note.value = body.note;
    if (body?.observed_at) when.set(new Date(body.observed_at));
    if (body) parts.refill(body);
  });
  return form;
}

// Which coach: asked only of those who speak for several.
export function coachField(app) {
  if (app.me.sender.vehicle_id || !app.registered.all.length) return null;
  const select = coachSelect(app);
  if (app.trip?.vehicle_id) select.value = app.trip.vehicle_id;
  const node = labelled(app.say("coach"), select);
  node.value = () => select.value;
  return node;
}

function controlParts(app, where) {
  const { say } = app;
  const agency = agencyField(app, where), paid = paymentField(app, where);
  const reasons = choices(say("why"), codes(app, "control_reason"), { several: true });
  const harassment = choices(say("harassment"), codes(app, "harassment"), { several: true });
  const order = choices(say("inOrder"), [["yes", say("yes")], ["no", say("no")]]);
  return {
    first: [agency, paid],
    more: [order, fold(say("more"), reasons, harassment)],
    violence: () => harassment.value(),
    body: () => ({
      agency: agency.value(), ...paid.body(),
      ...list("reasons", reasons), ...list("harassment", harassment),
      ...(order.value() ? { in_order: order.value() === "yes" } : {}),
    }),
    refill: (body) => {
      agency.choose(body.agency);
      paid.refill(body.payments);
      reasons.choose(body.reasons ?? []);
      harassment.choose(body.harassment ?? []);
      if (body.in_order !== undefined) order.choose([body.in_order ? "yes" : "no"]);
    },
  };
}

function incidentParts(app) {
  const { say } = app;
  const kind = choices(say("what"), codes(app, "incident"), { chosen: ["delay"] });
  const harassment = choices(say("harassment"), codes(app, "harassment"), { several: true });
  return {
    first: [kind],
    more: [fold(say("more"), harassment)],
    violence: () => [kind.value(), ...harassment.value()],
    body: () => ({ incident_type: kind.value() ?? "delay", ...list("harassment", harassment) }),
    refill: (body) => { kind.choose([body.incident_type]); harassment.choose(body.harassment ?? []); },
  };
}

function codes(app, kind) { return (app.me.facts?.codes?.[kind] ?? []).map((code) => [code, app.say(`${kind}.${code}`)]); }

function list(name, field) { return field.value().length ? { [name]: field.value() } : {}; }
