// One coach at the own desk: its times, how it ended, passengers, seal and charges. What is changed here is a new entry: the old
// one stays, and the coach is shown as corrected.
import { nameOf, shiftOf, STEPS, visitOf } from "./official_shift.js";
import { choices, countField, el, labelled, timeField } from "./parts.js";

const AHEAD_MS = 5 * 60_000; // clocks differ by so much; what lies further ahead has not happened
const MOST_PASSENGERS = 120; // the server's limit

export function coachPage(app, key, direction) {
  const { say } = app, shift = shiftOf(app), place = el("section", { class: "page" });
  shift.ready.then(() => {
    const visit = visitOf(app, key, direction);
    place.replaceChildren(visit ? form(app, shift, visit) : el("p", {}, say("desk.gone")));
  });
  return place;
}

function form(app, shift, visit) {
  const { say, me } = app, { said } = visit, offset = me.facts.post.offset;
  const times = STEPS.map((name) => {
    const field = timeField(say(`desk.time.${name}`), say, offset, said[name] ? new Date(said[name]) : null);
    field.name = name;
    return field;
  });
  const outcome = choices(say("desk.outcome"), ["released", "held", "refused"].map((code) => [code, say(`desk.is.${code}`)]), { chosen: said.outcome ? [said.outcome] : [] });
  const reason = el("textarea", { rows: 2, maxLength: 2000, value: said.reason ?? "" });
  const passengers = countField(say("desk.passengers"), { value: said.passengers ?? "" });
  const minors = countField(say("desk.minors"), { value: said.minors ?? "" });
  const seal = el("input", { type: "text", maxLength: 40, autocomplete: "off", value: said.seal_number ?? "" });
  const intact = choices(say("desk.intact"), [["yes", say("yes")], ["no", say("no")]], { chosen: said.seal_intact === undefined || said.seal_intact === null ? [] : [said.seal_intact ? "yes" : "no"] });
  const charges = chargeRows(app, said.charges ?? []);
  const note = el("p", { class: "notice", role: "alert", hidden: true });
  const node = el("form", { class: "page" },
    el("h1", { class: "plate" }, nameOf(visit)), el("p", { class: "soft" }, [visit.operator, say(`desk.side.${visit.direction}`)].filter(Boolean).join(" · ")),
    visit.id ? el("p", { class: "soft" }, say("desk.newEntry")) : null,
    times, outcome, labelled(say("desk.reason"), reason, say("noteHint")),
    el("div", { class: "row" }, passengers, minors),
    el("div", { class: "row" }, labelled(say("desk.seal"), seal), intact), charges,
    note, el("button", { type: "submit", class: "big first" }, say("desk.write")));
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    const whole = {
      ...Object.fromEntries(times.map((field) => [field.name, field.isTyped ? field.value() : said[field.name] ?? null])),
      outcome: outcome.value(), reason: reason.value.trim() || null, passengers: passengers.value(), minors: minors.value(),
      seal_number: seal.value.trim() || null, seal_intact: intact.value() === null ? null : intact.value() === "yes", charges: charges.value(),
    };
    // A time that was typed has no seconds: within one minute it comes after what is known to the second.
    STEPS.forEach((name, n) => {
      const before = whole[STEPS[n - 1]] ?? whole.arrived_at;
      if (whole[name] && before && Date.parse(whole[name]) < Date.parse(before) && Date.parse(before) - Date.parse(whole[name]) < 60_000) whole[name] = before;
    });
    if (whole.released_at && !whole.outcome) whole.outcome = "released";
    if (whole.outcome === "released" && !whole.released_at) whole.released_at = new Date().toISOString();
    const problem = wrong(app, whole);
    note.hidden = !problem;
    note.textContent = problem ?? "";
    if (problem) return;
    const changed = Object.fromEntries(Object.entries(whole).filter(([name, value]) => value !== null && JSON.stringify(value) !== JSON.stringify(said[name]) && !(name === "charges" && !value.length)));
    if (!Object.keys(changed).length) { app.tell(say("desk.nothingNew")); return; }
    const typed = times.filter((field) => field.isTyped).map((field) => field.name);
    await shift.write(visit, { arrived_at: whole.arrived_at, ...changed }, typed);
    app.tell(say("kept"));
    history.back();
  });
  return node;
}

// What is wrong with what was filled in, as a sentence; null when it may be written.
function wrong(app, whole) {
  const { say } = app, times = STEPS.map((name) => (whole[name] ? Date.parse(whole[name]) : null));
  if (times[0] === null) return say("desk.wrong.noArrival");
  if (times.some((at) => at !== null && at > Date.now() + AHEAD_MS)) return say("desk.wrong.future");
  const said = times.filter((at) => at !== null);
  if (said.some((at, n) => n > 0 && at < said[n - 1])) return say("desk.wrong.order");
  if (whole.passengers > MOST_PASSENGERS || whole.minors > MOST_PASSENGERS) return say("desk.wrong.passengers", { n: app.words.number(MOST_PASSENGERS) });
  if (whole.minors !== null && whole.passengers !== null && whole.minors > whole.passengers) return say("desk.wrong.minors");
  if ((whole.outcome === "held" || whole.outcome === "refused") && !whole.reason) return say("desk.wrong.reason");
  return null;
}

function chargeRows(app, known) {
  const { say, me } = app, { currencies } = me.state(me.facts.post.country);
  const rows = el("div", { class: "page" });
  const add = (one = {}) => {
    const amount = el("input", { type: "number", inputMode: "decimal", min: 0, step: "any", value: one.amount ?? "" });
    const currency = el("select", {}, currencies.map((code) => el("option", { value: code, selected: code === one.currency }, code)));
    const basis = el("select", {}, (me.facts.codes?.payment_basis ?? []).map((code) => el("option", { value: code, selected: code === (one.basis ?? "listed_charge") }, say(`payment_basis.${code}`))));
    const receipt = el("input", { type: "text", maxLength: 40, autocomplete: "off", value: one.receipt_number ?? "" });
    const row = el("div", { class: "row charge" }, labelled(say("desk.amount"), amount), labelled(say("desk.currency"), currency), labelled(say("desk.basis"), basis), labelled(say("desk.receipt"), receipt));
    row.value = () => (amount.value === "" || Number(amount.value) <= 0 ? null : {
      amount: Number(amount.value), currency: currency.value, basis: basis.value, ...(receipt.value.trim() ? { receipt_number: receipt.value.trim() } : {}),
    });
    rows.append(row);
  };
  (known.length ? known : [{}]).forEach(add);
  const node = el("details", { open: known.length > 0 }, el("summary", {}, say("desk.charges")), rows, el("button", { type: "button", onclick: () => add() }, say("desk.addCharge")));
  node.value = () => [...rows.children].map((row) => row.value()).filter(Boolean);
  return node;
}
