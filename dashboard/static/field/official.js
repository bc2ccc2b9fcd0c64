// The page of a border official: who is expected, who is here, who is done in this shift; one line of entry for plates.
// Three taps per coach: arrived, processing, released. With a keyboard: plate and Enter.
import { coachPage } from "./official_coach.js";
import { shiftPage, statePage } from "./official_close.js";
import { isDone, lists, nameOf, plateKey, shiftOf, timeAt } from "./official_shift.js";
import { big, choices, el, reasonText, zoneName } from "./parts.js";

export const officialPages = { coach: coachPage, shift: shiftPage, postState: statePage };
const CALM_MS = 600; // after a tap the next button stands where the last one was: a second tap does nothing
const STEP_OF = { arrived: "arrived_at", processing: "processing_started_at", released: "released_at" };

// Whether a step may be written now: the sentence that says what is missing, or null.
function missing(app, visit, step) {
  if (step !== "arrived" && !visit?.said.arrived_at) return app.say("desk.notArrived", { plate: visit ? nameOf(visit) : "" });
  return null;
}

export function deskPage(app) {
  const { say, words } = app, shift = shiftOf(app), post = app.me.facts.post;
  const page = el("section", { class: "page desk" });
  const columns = el("div", { class: "columns" }), age = el("p", { class: "soft age", role: "status" });
  const side = el("div");
  const entry = entryLine(app, shift);
  let before = "";
  const draw = () => {
    if (!page.isConnected) return;
    const agency = app.me.sender.agency, now = lists(shift.visits, shift.told, shift.side ?? "both", agency);
    entry.know(now, shift.told?.plates ?? []);
    const old = shift.heardAt ? Math.round((Date.now() - shift.heardAt) / 60_000) : null;
    age.textContent = shift.heardAt === null ? say("desk.noList")
      : old < 2 ? say("desk.listNow", { time: timeAt(app, shift.heardAt), zone: zoneName(post.offset) })
        : say("desk.listOld", { time: timeAt(app, shift.heardAt), n: words.number(old), zone: zoneName(post.offset) });
    age.classList.toggle("notice", old === null || old >= 5);
    // Not drawn anew while nothing changed: who tabs through it keeps the place.
    const shown = JSON.stringify([now.expected, now.here, now.done, Math.floor(Date.now() / 60_000), app.language]);
    if (shown === before) return;
    before = shown;
    const focus = document.activeElement?.dataset?.focus;
    columns.replaceChildren(
      column(app, "expected", now.expected, (one) => expectedCard(app, one)),
      column(app, "here", now.here, (one) => hereCard(app, one)),
      column(app, "done", now.done, (one) => doneCard(app, one)));
    if (focus) keepPlace(columns, focus);
  };
  const sides = () => {
    const chosen = choices(say("desk.side"), ["exit", "entry", "both"].map((code) => [code, say(`desk.side.${code}`)]), {
      chosen: shift.side ? [shift.side] : [], onchange: async () => { await shift.choose(chosen.value()); sides(); },
    });
    // Asked once, then folded away.
    side.replaceChildren(el("details", { open: shift.side === null }, el("summary", {}, say("desk.sideNow", { side: say(`desk.side.${shift.side ?? "both"}`) })), chosen));
  };
  page.append(
    el("div", { class: "row head" },
      el("h1", {}, post.name, el("small", {}, `${say(`agency.${app.me.sender.agency}`)} · ${say("zone", { zone: zoneName(post.offset) })}`)),
      el("button", { type: "button", onclick: () => app.go("postState") }, say("desk.state")),
      el("button", { type: "button", onclick: () => app.go("shift") }, say("desk.shift"))),
    side, entry, age, columns,
    app.training.isOn ? big(say("training.end"), () => app.training.end(), "quiet") : big(say("training.begin"), () => app.training.begin(), "quiet"));
  shift.addEventListener("change", function again() { if (page.isConnected) draw(); else shift.removeEventListener("change", again); });
  const ticking = setInterval(() => { if (page.isConnected) draw(); else clearInterval(ticking); }, 15_000);
  shift.ready.then(() => { sides(); draw(); shift.keepAsking(() => page.isConnected); if (matchMedia("(min-width: 60rem)").matches) entry.input.focus(); });
  return page;
}

// Who pressed a button by keyboard stays at its coach: on the button, or on the coach's card where the step is done. There a key
// that is held down does nothing.
function keepPlace(columns, focus) {
  const same = columns.querySelector(`[data-focus="${CSS.escape(focus)}"]`);
  if (same) { same.focus(); return; }
  const [key, direction] = focus.split(" ");
  const card = columns.querySelector(`[data-focus^="${CSS.escape(`${key} ${direction} `)}"]`)?.closest(".entry");
  if (!card) return;
  card.tabIndex = -1;
  card.focus();
}

function column(app, name, items, card) {
  return el("section", { class: `column ${name}` },
    el("h2", {}, `${app.say(`desk.${name}`)} `, el("span", { class: "soft" }, app.words.number(items.length))),
    items.length ? el("ol", { class: "entries" }, items.map(card)) : el("p", { class: "soft" }, app.say(`desk.${name}None`)));
}

// Writes a step of a coach. Taps that follow at once do nothing.
async function write(app, visit, step, at = null) {
  const shift = shiftOf(app);
  if (Date.now() < (shift.calmUntil ?? 0)) return false;
  const problem = missing(app, visit, step);
  if (problem) { app.tell(problem); return false; }
  if (visit.said[STEP_OF[step]]) { app.tell(app.say(`desk.already.${step}`, { plate: nameOf(visit), time: timeAt(app, visit.said[STEP_OF[step]]) })); return false; }
  shift.calmUntil = Date.now() + CALM_MS;
  const now = new Date().toISOString();
  const said = step === "arrived" ? { arrived_at: at ?? now } : { arrived_at: visit.said.arrived_at, [STEP_OF[step]]: at ?? now };
  if (step === "released") said.outcome = "released";
  // A time that positions or the server gave is no reading of the phone's clock.
  await shift.write(visit, said, [...(at ? [STEP_OF[step]] : []), ...(step !== "arrived" && visit.seenAt === visit.said.arrived_at ? ["arrived_at"] : [])]);
  shift.last = { key: visit.key, direction: visit.direction };
  app.tell(app.say(`desk.wrote.${step}`, { plate: nameOf(visit), time: timeAt(app, at ?? now) }));
  return true;
}

function title(app, one) {
  return [el("strong", { class: "plate" }, nameOf(one) ?? app.say("notKnown")), el("span", { class: "soft" }, [
    one.operator ?? app.say("desk.operatorUnknown"), (shiftOf(app).side ?? "both") === "both" ? app.say(`desk.side.${one.direction}`) : null,
  ].filter(Boolean).join(" · "))];
}

function action(app, words, one, step, { at = null, kind = "" } = {}) {
  return el("button", { type: "button", class: kind, "data-focus": `${one.key} ${one.direction} ${step} ${at ?? ""}`, onclick: () => write(app, one, step, at) }, words);
}

function expectedCard(app, one) {
  const { say, words } = app;
  const visit = { id: null, said: {}, ...one };
  return el("li", { class: "entry" }, title(app, one),
    el("span", {}, el("b", {}, `${timeAt(app, one.eta_from)}–${timeAt(app, one.eta_to)}`),
      one.passengers === null ? null : ` · ${say("desk.people", { n: words.number(one.passengers) })}`),
    one.is_planned ? el("em", {}, say("desk.planned")) : one.silent_since ? el("em", {}, say("desk.silent", { time: timeAt(app, one.silent_since) })) : null,
    el("div", { class: "row" }, action(app, say("desk.arrived"), visit, "arrived", { kind: "act" })));
}

function hereCard(app, one) {
  const { say } = app, { said } = one;
  const since = said.arrived_at ?? one.seenAt;
  const minutes = since ? Math.max(0, Math.round((Date.now() - Date.parse(since)) / 60_000)) : null;
  const state = !said.arrived_at ? null : said.outcome === "held" ? "held" : said.processing_started_at ? "processing" : "arrived";
  const next = !said.arrived_at ? null : said.processing_started_at ? "released" : "processing";
  return el("li", { class: `entry ${one.refused.length ? "refused" : ""}` }, title(app, one),
    state ? el("span", {}, el("b", {}, say(`desk.is.${state}`)), ` · ${say("desk.since", { time: timeAt(app, since), n: app.words.number(minutes) })}`) : null,
    said.arrived_at || !one.seenAt ? null : el("span", {}, say("desk.seen", { time: timeAt(app, one.seenAt) })),
    one.others.map((desk) => el("em", {}, otherDesk(app, desk))),
    entryState(app, one),
    one.refused.map((reason) => el("em", {}, reasonText(app, reason))),
    el("div", { class: "row" },
      said.arrived_at ? null : [one.seenAt ? action(app, say("desk.takeSeen", { time: timeAt(app, one.seenAt) }), one, "arrived", { at: one.seenAt, kind: "act" }) : null,
        action(app, say("desk.arrivedNow"), one, "arrived", { kind: one.seenAt ? "" : "act" })],
      next ? action(app, say(`desk.${next}`), one, next, { kind: "act" }) : null,
      next === "processing" ? action(app, say("desk.released"), one, "released") : null,
      said.arrived_at ? el("button", { type: "button", "data-focus": `${one.key} ${one.direction} more`, onclick: () => app.go("coach", one.key, one.direction) }, say("more")) : null));
}

function otherDesk(app, desk) {
  const { say } = app;
  const last = desk.outcome === "held" || desk.outcome === "refused" ? [desk.outcome, desk.released_at ?? desk.processing_started_at ?? desk.arrived_at]
    : desk.released_at ? ["released", desk.released_at] : desk.processing_started_at ? ["processing", desk.processing_started_at] : ["arrived", desk.arrived_at];
  return `${say(`agency.${desk.agency}`)}: ${say(`desk.is.${last[0]}`)} ${timeAt(app, last[1])}`;
}

// What became of what this device wrote down of a coach; null when it wrote nothing.
function entryState(app, one) {
  if (!one.id) return null;
  const state = one.waiting ? "waiting" : one.refused.length ? null : "accepted";
  const words = [one.corrections ? app.say("desk.corrected") : null, state ? app.say(`desk.entry.${state}`) : null].filter(Boolean);
  return words.length ? el("em", {}, words.join(" · ")) : null;
}

function doneCard(app, one) {
  const { say, words } = app, { said } = one;
  const stay = said.released_at && said.arrived_at ? Date.parse(said.released_at) - Date.parse(said.arrived_at) : null;
  return el("li", { class: `entry ${one.refused.length ? "refused" : ""}` }, title(app, one),
    el("span", {}, `${timeAt(app, said.arrived_at)}–${said.released_at ? timeAt(app, said.released_at) : ""} `, el("b", {}, say(`desk.is.${said.outcome ?? "released"}`)),
      stay === null ? null : ` · ${words.duration(stay / 1000)}`),
    entryState(app, one),
    one.refused.map((reason) => el("em", {}, reasonText(app, reason))),
    el("div", { class: "row" }, el("button", { type: "button", "data-focus": `${one.key} ${one.direction} more`, onclick: () => app.go("coach", one.key, one.direction) }, say("desk.correct"))));
}

// One line: a plate, written in any style. Enter: arrived; Shift and Enter: processing; Ctrl and Enter: released. An empty line is
// the coach that was entered last.
function entryLine(app, shift) {
  const { say } = app;
  let known = { known: [], expected: [] }, plates = [];
  const input = el("input", { type: "text", autocomplete: "off", autocapitalize: "characters", spellcheck: false, maxLength: 20, placeholder: say("desk.plateHint"), "aria-label": say("desk.plate"), class: "plate" });
  const found = el("div", { class: "chips", role: "group", "aria-label": say("desk.found") });
  const form = el("form", { class: "entry-line" },
    el("div", { class: "row" }, input, el("button", { type: "submit", class: "act" }, say("desk.arrived"))), found,
    el("p", { class: "soft keys-hint" }, say("desk.keys")));
  const all = () => [...known.known.filter((one) => one.id ? !isDone(one) : true), ...known.expected.map((one) => ({ id: null, said: {}, ...one }))];
  const find = (key) => all().find((one) => one.key === key);
  const offer = () => {
    const key = plateKey(input.value);
    const like = key.length < 2 ? [] : [...all(), ...plates.filter((plate) => !find(plateKey(plate))).map((plate) => fresh(plate))].filter((one) => one.key.includes(key) && one.key !== key).slice(0, 4);
    const names = like.map(nameOf);
    if (names.join() === [...found.children].map((chip) => chip.textContent).join()) return; // who tabs through them keeps the place
    found.replaceChildren(...names.map((name) => el("button", { type: "button", class: "plate", onclick: () => { input.value = name; offer(); input.focus(); } }, name)));
  };
  const fresh = (plate) => ({ id: null, said: {}, plate, key: plateKey(plate), direction: shift.side === "entry" ? "entry" : "exit" });
  const go = async (step) => {
    const key = plateKey(input.value);
    if (!key && input.value.trim()) { app.tell(say("desk.noPlate")); return; }
    const last = shift.last;
    const one = key ? find(key) ?? fresh(plates.find((plate) => plateKey(plate) === key) ?? input.value.trim()) : last && known.known.find((visit) => visit.key === last.key && visit.direction === last.direction);
    if (!one) return;
    const again = !one.id && step === "arrived" && known.known.find((visit) => visit.key === one.key && visit.id && isDone(visit) && Date.now() - Date.parse(visit.said.released_at ?? visit.said.arrived_at) < 600_000);
    if (again) { app.tell(say("desk.justDone", { plate: nameOf(again), time: timeAt(app, again.said.released_at ?? again.said.arrived_at) })); return; }
    const typed = input.value;
    input.value = ""; // at once: who is quick types the next plate meanwhile
    if (!(await write(app, one, step)) && !input.value) input.value = typed;
    offer();
    input.focus();
  };
  input.addEventListener("input", offer);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.shiftKey || event.ctrlKey)) return;
    event.preventDefault();
    go(event.ctrlKey ? "released" : "processing");
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); go("arrived"); });
  form.know = (lists, declared) => { known = lists; plates = declared; offer(); }; // a plate may be half typed when the list comes
  form.input = input;
  return form;
}
