// Stops that were noticed: one by one, asked far away from where they were. Every answer may be left out.
import { el } from "./parts.js";
import { nearest } from "./place.js";

export function stopsPage(app) {
  const { say, driving } = app;
  const list = el("ol", { class: "entries" });
  const draw = () => {
    list.replaceChildren(...driving.stops().map((stop) => row(app, stop)));
    if (!list.children.length) list.append(el("li", { class: "soft" }, say("stops.none")));
  };
  driving.addEventListener("change", function again() {
    if (list.isConnected) draw(); else driving.removeEventListener("change", again);
  });
  draw();
  return el("section", { class: "page" }, el("h1", {}, say("stops")), el("p", { class: "soft" }, say("stops.why")), list);
}

function row(app, stop) {
  const { say, words } = app;
  const near = nearest(app.me.facts?.roads, stop.at), minutes = Math.round((stop.until - stop.from) / 60);
  const where = near ? say("place.near", { km: words.number(near.km), place: near.place.name }) : say("place.unknown");
  return el("li", { class: "entry" },
    el("strong", {}, where),
    el("span", {}, `${words.moment(stop.from, near?.place.country)} · ${words.duration(stop.until - stop.from)}`),
    el("div", { class: "row" },
      el("button", { type: "button", class: "answer", onclick: () => app.go("report", "control", null, { stop: stop.id, at: stop.at, from: new Date(stop.from * 1000), minutes }) }, say("stops.answer")),
      el("button", { type: "button", onclick: async () => { await app.driving.settle({ id: stop.id }); app.tell(say("stops.noControlNoted")); } }, say("stops.noControl"))));
}
