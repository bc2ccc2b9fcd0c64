// Violence: before anything else it is asked whether somebody is in danger now. These pages call nobody, and say so.
import { choices, el } from "./parts.js";

const VIOLENT = ["physical_violence", "sexual_harassment", "detention", "threat_of_unloading", "insecurity", "harassment"];

// Puts the question first on `form` when one of the codes of `said()` tells of violence.
export function askDanger(app, form, said) {
  const { say } = app;
  const advice = el("p", { class: "notice", role: "alert", hidden: true }, say("danger.advice"));
  const question = choices(say("danger"), [["yes", say("yes")], ["no", say("no")]], {
    onchange: () => { advice.hidden = question.value() !== "yes"; },
  });
  const node = el("div", { class: "page danger", hidden: true }, question, advice);
  form.querySelector("h1").after(node);
  form.addEventListener("change", (event) => {
    const isViolent = said().some((code) => VIOLENT.includes(code));
    if (isViolent && node.hidden && !node.contains(event.target)) {
      node.hidden = false;
      node.scrollIntoView({ block: "nearest" });
      question.querySelector("input").focus();
    }
    node.hidden = !isViolent;
  });
}
