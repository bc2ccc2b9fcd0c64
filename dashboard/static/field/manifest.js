// How many passengers the manifest lists; the sums are checked here, with a sentence.
import { countField, el } from "./parts.js";

const MOST = 120;
const GROUPS = ["own", "ecowas_aes", "other"];

// Returns the key of what does not add up, or null. Counts are numbers, or null where nothing was said.
export function wrong({ passengers, minors, groups }) {
  const said = Object.values(groups).filter((one) => one !== null);
  if (passengers === null) return minors !== null || said.length ? "manifest.noTotal" : null;
  if (minors !== null && minors > passengers) return "manifest.minorsMany";
  const sum = said.reduce((a, b) => a + b, 0);
  if (sum > passengers || (said.length === GROUPS.length && sum !== passengers)) return "manifest.sumDiffers";
  return null;
}

// `value()` gives the wire's `manifest` or null; `check()` says whether it adds up, and shows why not.
export function manifestField(say, given) {
  const total = countField(say("manifest.total"), { max: MOST, value: given?.passengers ?? "" });
  const minors = countField(say("manifest.minors"), { max: MOST, value: given?.minors ?? "" });
  const groups = GROUPS.map((name) => countField(say(`manifest.${name}`), { max: MOST, value: given?.by_nationality?.[name] ?? "" }));
  const note = el("p", { class: "notice", role: "alert", hidden: true });
  const said = () => ({ passengers: total.value(), minors: minors.value(), groups: Object.fromEntries(GROUPS.map((name, n) => [name, groups[n].value()])) });
  const node = el("fieldset", { class: "sheet" }, el("legend", {}, say("manifest")), el("div", { class: "row" }, total, minors), el("div", { class: "row" }, groups), note);
  node.check = () => {
    const { passengers, groups: by } = said(), why = wrong(said());
    note.hidden = !why;
    const sum = Object.values(by).reduce((a, b) => a + (b ?? 0), 0);
    note.textContent = why ? say(why, { total: passengers ?? "–", sum }) : "";
    return !why;
  };
  node.addEventListener("change", node.check);
  node.value = () => {
    const { passengers, minors: young, groups: by } = said();
    if (passengers === null) return null;
    const known = Object.fromEntries(Object.entries(by).filter(([, count]) => count !== null));
    return { passengers, ...(young === null ? {} : { minors: young }), ...(Object.keys(known).length ? { by_nationality: known } : {}) };
  };
  return node;
}
