// What was entered on this phone and what became of it. Of what a crew reported nothing legible is left once it was accepted.
import { big, el, reasonText } from "./parts.js";
import { unsealed } from "./seal.js";

export function outboxPage(app) {
  const { say, words } = app;
  const list = el("ol", { class: "entries" }), note = el("p", { class: "soft" });
  const draw = async () => {
    const entries = (await app.outbox.list()).reverse();
    const done = entries.filter((one) => one.state === "accepted");
    note.textContent = say("acceptedOf", { n: words.number(done.length) });
    const shown = entries.filter((one) => one.state !== "accepted");
    const kept = await Promise.all(shown.map((one) => unsealed(one.keep)));
    list.replaceChildren(...shown.map((one, n) => row(app, one, kept[n]?.plate ?? kept[n]?.vehicle_id)));
    if (!list.children.length) list.append(el("li", { class: "soft" }, say("nothingWaits")));
  };
  app.outbox.addEventListener("change", function again() {
    if (list.isConnected) draw(); else app.outbox.removeEventListener("change", again);
  });
  draw();
  return el("section", { class: "page" },
    el("h1", {}, say("outbox")), note, list,
    big(say("sendNow"), async () => {
      await app.outbox.send();
      app.tell(app.outbox.problem ? say(`problem.${app.outbox.problem}`) : say("sent"));
    }),
    app.me.token ? null : big(say("signIn"), () => { location.href = `${app.me.root}/sign-in?next=/field/`; }, "quiet"));
}

// `coach`: the one that an official wrote about.
function row(app, entry, coach) {
  const { say, words } = app;
  const state = entry.state === "refused" ? "refused" : entry.state;
  return el("li", { class: `entry ${state}` },
    el("strong", {}, [say(`about.${entry.about ?? entry.path}`), coach].filter(Boolean).join(" · ")),
    el("span", {}, words.moment(Date.parse(entry.at ?? new Date(entry.madeAt).toISOString()) / 1000)),
    el("em", {}, say(`state.${state}`)),
    state === "refused" ? el("ul", {}, entry.reasons.map((reason) => el("li", {}, reasonText(app, reason)))) : null,
    state === "refused" ? el("div", { class: "row" },
      entry.path.startsWith("fleet/") ? el("button", { type: "button", onclick: () => app.go("register", entry.path.slice(6), entry.id) }, say("correct")) : null,
      app.pages[entry.about] || entry.path === "controls" || entry.path === "incidents"
        ? el("button", { type: "button", onclick: async () => app.go("report", entry.path === "controls" ? "control" : "incident", entry.id) }, say("correct"))
        : null,
      el("button", { type: "button", onclick: () => { if (confirm(say("dropSure"))) app.outbox.drop(entry.id); } }, say("drop"))) : null);
}
