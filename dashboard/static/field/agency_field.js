// Who it was: the agencies that are common on the country's roads, the rest behind *others*; *unknown* always first.
import { choices, el, fold } from "./parts.js";

const COMMON = ["police", "gendarmerie", "customs", "immigration", "military"];

// `value()` gives a code; `choose(code)` sets it. What was chosen stays when the country becomes known.
export function agencyField(app, where) {
  const { say, me } = app;
  let common = null, others = null;
  const safety = el("p", { class: "notice", role: "status", hidden: true }, say("agency.alert"));
  const spot = el("div", { class: "page" });
  const node = el("div", { class: "page" }, spot, safety);
  node.value = () => others?.value() ?? common?.value() ?? "unknown";
  const show = () => { safety.hidden = node.value() !== "armed_group"; };
  // Two groups of one question: choosing in one clears the other.
  const clear = (other) => () => { other()?.choose([]); show(); };
  const draw = (chosen = node.value()) => {
    const here = me.state(where.country()).agencies.filter((code) => code !== "unknown");
    const known = where.country() ? here : [...COMMON, "armed_group", "impostor"];
    const first = ["unknown", ...COMMON.filter((code) => known.includes(code))];
    const rest = known.filter((code) => !first.includes(code));
    if (![...first, ...rest].includes(chosen)) rest.push(chosen);
    const named = (codes) => codes.map((code) => [code, say(`agency.${code}`)]);
    common = choices(say("who"), named(first), { chosen: [chosen], onchange: clear(() => others) });
    others = choices(say("who.others"), named(rest), { chosen: [chosen], onchange: clear(() => common) });
    const more = fold(say("who.others"), others);
    more.open = rest.includes(chosen);
    const isHere = spot.contains(document.activeElement); // whoever is choosing goes on choosing
    spot.replaceChildren(common, more);
    if (isHere) spot.querySelector("input:checked")?.focus();
    show();
  };
  draw("unknown");
  where.addEventListener("change", () => draw());
  node.choose = (code) => draw(code ?? "unknown");
  return node;
}
