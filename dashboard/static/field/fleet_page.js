// Coaches, crews and devices, registered with or without a network, and the links that are handed over.
import { codeOf } from "./code.js";
import { big, choices, coachName, coachSelect, countField, el, LANGUAGES, labelled, reasonText } from "./parts.js";
import { plateKey } from "./official_shift.js";
import { newToken } from "./registered.js";

const NAME = "[A-Za-z0-9_\\-]{1,40}";

export function fleetPage(app) {
  const { say, registered } = app;
  const list = el("ol", { class: "entries" });
  const own = el("details", {});
  const draw = () => {
    list.replaceChildren(...[...registered.items].reverse().map((one) => card(app, one)));
    const coaches = app.me.facts?.coaches ?? [];
    own.replaceChildren(el("summary", {}, say("fleet.coaches", { n: app.words.number(coaches.length) })),
      el("ul", {}, coaches.map((one) => el("li", {}, coachName(one)))));
  };
  registered.addEventListener("change", function again() { if (list.isConnected) draw(); else registered.removeEventListener("change", again); });
  draw();
  return el("section", { class: "page" },
    el("h1", {}, say("fleet.manage")),
    ["coaches", "crews", "devices"].map((what, n) => big(say(`fleet.add.${what}`), () => app.go("register", what), n ? "" : "first")),
    list, own,
    big(say("fleet.all"), () => { location.href = `${app.me.root}/fleet`; }, "quiet"));
}

function card(app, { id, what, body, link, state, reasons }) {
  const { say, registered } = app;
  const title = { coaches: body.license_plate ?? body.vehicle_id, crews: body.display_name, devices: body.device_id }[what];
  const more = { coaches: body.license_plate ? body.vehicle_id : null, crews: body.username, devices: body.vehicle_id }[what];
  return el("li", { class: `entry ${state}` },
    el("strong", {}, title), el("span", {}, [say(`about.fleet/${what}`), more].filter(Boolean).join(" · ")), el("em", {}, say(`state.${state}`)),
    state === "refused" ? el("ul", {}, reasons.map((reason) => el("li", {}, reasonText(app, reason)))) : null,
    link && state !== "refused" ? el("details", {}, el("summary", {}, say(`fleet.hand.${what}`)),
      state === "accepted" ? null : el("p", { class: "notice" }, say("fleet.handLater")), codeOf(app, link)) : null,
    el("div", { class: "row" },
      state === "refused" ? el("button", { type: "button", onclick: () => app.go("register", what, id) }, say("correct")) : null,
      state === "accepted" || state === "refused" ? el("button", { type: "button", onclick: () => registered.drop(id) }, say(state === "refused" ? "drop" : link ? "fleet.handed" : "fleet.off")) : null));
}

// One form for each door; `fixes`: the refused entry that this one replaces.
export function registerPage(app, what, fixes = null) {
  const { say, registered } = app;
  const before = registered.items.find((one) => one.id === fixes)?.body ?? {};
  const fields = { coaches: coachFields, crews: crewFields, devices: deviceFields }[what](app, before);
  const problem = el("p", { class: "notice", role: "alert", hidden: true });
  const form = el("form", { class: "page" }, el("h1", {}, say(`fleet.add.${what}`)), ...fields.nodes, problem,
    el("button", { type: "submit", class: "big first" }, say("fleet.register")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { body, link = null, wrong = null } = fields.said();
    problem.hidden = !wrong;
    problem.textContent = wrong ?? "";
    if (wrong) return;
    form.querySelector("[type=submit]").disabled = true; // a second tap says nothing new
    if (fixes) await registered.drop(fixes);
    await registered.add(what, body, link);
    app.tell(say("kept"));
    app.go("fleet");
  });
  return form;
}

function coachFields(app, before) {
  const { say } = app;
  const plate = el("input", { maxLength: 20, autocapitalize: "characters", autocomplete: "off", spellcheck: false, value: before.license_plate ?? "" });
  const name = nameInput(before.vehicle_id);
  const seats = countField(say("fleet.seats"), { value: before.seats ?? "", max: 120 });
  follow(plate, name, (words) => named(words));
  return {
    nodes: [labelled(say("desk.plate"), plate), labelled(say("fleet.name"), name, say("fleet.nameHint")), seats],
    said: () => {
      const key = plateKey(plate.value);
      // A coach that there is already is changed on the fleet's page, where one sees what is changed.
      const twin = app.registered.all.find((one) => one.id === name.value.trim() || (key && one.plate && plateKey(one.plate) === key));
      if (twin) return { wrong: say("fleet.twin", { coach: coachName(twin) }) };
      return { body: { vehicle_id: name.value.trim(), ...(key ? { license_plate: plate.value.trim() } : {}), ...(seats.value() === null ? {} : { seats: seats.value() }) } };
    },
  };
}

function crewFields(app, before) {
  const { say, me } = app;
  const name = el("input", { required: true, maxLength: 80, autocomplete: "off", value: before.display_name ?? "" });
  const user = el("input", { required: true, maxLength: 40, autocapitalize: "none", autocomplete: "off", spellcheck: false, value: before.username ?? "" });
  const language = languageSelect(before.language ?? app.language);
  follow(name, user, (words) => named(words, "."));
  return {
    nodes: [labelled(say("fleet.person"), name), labelled(say("fleet.user"), user), labelled(say("fleet.language"), language)],
    said: () => {
      const token = newToken();
      return {
        body: { username: user.value.trim().toLowerCase(), display_name: name.value.trim(), language: language.value, token },
        link: `${me.facts.address}/welcome/${token}`,
      };
    },
  };
}

function deviceFields(app, before) {
  const { say, me } = app;
  const coach = coachSelect(app);
  coach.value = before.vehicle_id ?? "";
  const kind = choices(say("fleet.kind"), ["personal", "fitted"].map((code) => [code, say(`fleet.kind.${code}`)]), { chosen: [before.kind ?? "personal"], onchange: () => suggest() });
  const name = nameInput(before.device_id);
  const language = languageSelect(before.language ?? app.language);
  const suggest = follow(coach, name, (id) => (id ? `${id}-${kind.value() === "fitted" ? "unit" : "phone"}`.slice(0, 40) : ""));
  return {
    nodes: [labelled(say("coach"), coach), kind, labelled(say("fleet.deviceName"), name, say("fleet.nameHint")), labelled(say("fleet.language"), language)],
    said: () => {
      const token = `cdt_${newToken()}`;
      return {
        body: { device_id: name.value.trim(), kind: kind.value(), vehicle_id: coach.value, language: language.value, token },
        // What stands behind # is sent to nobody; a fitted unit is told the address of its door.
        link: kind.value() === "fitted" ? `${me.facts.address}/osmand?key=${token}` : `${me.facts.address}/field/#pair=${token}`,
      };
    },
  };
}

function nameInput(value = "") {
  return el("input", { required: true, pattern: NAME, maxLength: 40, autocapitalize: "none", autocomplete: "off", spellcheck: false, value });
}

function languageSelect(chosen) {
  const select = el("select", {}, Object.entries(LANGUAGES).map(([code, words]) => el("option", { value: code, lang: code }, words)));
  select.value = chosen;
  return select;
}

// Fills a name in from what it comes from, until somebody writes one. Returns what does so again.
function follow(from, to, made) {
  const again = () => { if (!to.dataset.written) to.value = made(from.value); };
  if (to.value) to.dataset.written = "1";
  to.addEventListener("input", () => { to.dataset.written = to.value ? "1" : ""; });
  from.addEventListener("input", again);
  return again;
}

// "1234 AB 01" becomes "1234-ab-01", "Awa Koné" becomes "awa.kone".
function named(words, between = "-") {
  return words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, between).slice(0, 40)
    .split(between).filter(Boolean).join(between);
}
