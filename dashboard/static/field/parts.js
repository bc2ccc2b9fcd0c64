// Pieces of the pages: elements, big buttons, choices, fields with their time and zone.

export const LANGUAGES = { en: "English", fr: "Français", pt: "Português" };

// Makes an element: `el("button", { class: "big", onclick }, "Text", other)`; null children are left out.
export function el(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "class") node.className = value;
    else if (key in node && key !== "list" && key !== "form") node[key] = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function big(words, onclick, kind = "") {
  return el("button", { type: "button", class: `big ${kind}`.trim(), onclick }, words);
}

let number = 0;

export function labelled(words, input, hint = null) {
  input.id ||= `f${(number += 1)}`;
  const note = hint ? el("small", { id: `${input.id}-hint` }, hint) : null;
  if (note) input.setAttribute("aria-describedby", note.id);
  return el("div", { class: "field" }, el("label", { htmlFor: input.id }, words), input, note);
}

// Choices as chips: one (`radio`) or several (`checkbox`). `value()` gives a code or null, or a list of codes.
export function choices(legend, options, { several = false, chosen = [], onchange = null } = {}) {
  const name = `c${(number += 1)}`;
  const inputs = options.map(([code]) => el("input", {
    type: several ? "checkbox" : "radio", name, value: code, checked: chosen.includes(code), onchange,
  }));
  const node = el("fieldset", { class: "chips" }, el("legend", {}, legend),
    options.map(([, words], n) => el("label", { class: "chip" }, inputs[n], el("span", {}, words))));
  node.value = () => {
    const on = inputs.filter((input) => input.checked).map((input) => input.value);
    return several ? on : on[0] ?? null;
  };
  node.choose = (codes) => { for (const input of inputs) input.checked = codes.includes(input.value); };
  return node;
}

// The plate of a coach with its name, or its name alone.
export function coachName({ id, plate }) { return plate ? `${plate} · ${id}` : id; }

// A choice among the coaches of whoever is here, those that wait to be registered among them.
export function coachSelect(app) {
  return el("select", { required: true }, el("option", { value: "" }, "–"), app.registered.all.map((one) => el("option", { value: one.id }, coachName(one))));
}

// Day and time at a place: the zone is named, because clocks jump an hour at some borders. `value()` gives RFC 3339 or null;
// `isTyped` says whether somebody typed it, or it is the phone's clock that speaks.
export function timeField(words, say, offsetHours, at = new Date()) {
  const local = at ? new Date(at.getTime() + offsetHours * 3_600_000).toISOString().slice(0, 16) : "";
  const input = el("input", { type: "datetime-local", value: local });
  const node = labelled(words, input, say("zone", { zone: zoneName(offsetHours) }));
  node.isTyped = false;
  input.addEventListener("input", () => { node.isTyped = true; });
  node.value = () => (input.value ? `${input.value}:00${offsetText(offsetHours)}` : null);
  node.set = (moment) => { input.value = new Date(moment.getTime() + offsetHours * 3_600_000).toISOString().slice(0, 16); };
  return node;
}

export function zoneName(offset) { return offset === 0 ? "UTC" : `UTC${offset > 0 ? "+" : "−"}${Math.abs(offset)}`; }

function offsetText(offset) {
  if (offset === 0) return "Z";
  return `${offset > 0 ? "+" : "-"}${String(Math.abs(offset)).padStart(2, "0")}:00`;
}

// Why something was refused, with the name of the field that is meant where it has one here.
export function reasonText(app, { code, field, message }) {
  const name = `field.${field?.replace(/\[\d+\]/g, "").split(".").at(-1)}`, words = app.say(name);
  return words === name ? message || code : app.say("fieldSays", { field: words, message: message || code });
}

// A number of persons or things: null when nothing was typed.
export function countField(words, { value = "", max = 5000, hint = null } = {}) {
  const input = el("input", { type: "number", inputMode: "numeric", min: 0, max, step: 1, value });
  const node = labelled(words, input, hint);
  node.value = () => (input.value === "" ? null : Number(input.value));
  return node;
}

// What most people need not say, behind a line.
export function fold(words, ...nodes) { return el("details", {}, el("summary", {}, words), nodes); }
