// The home page of a dispatcher: coaches under way and trips that have not left, as last heard of, and trips to declare.
import { big, el } from "./parts.js";

export function fleetHome(app) {
  const { say, fleet } = app;
  const age = el("p", { class: "soft age" }), list = el("div", { class: "page" });
  const tellAge = () => {
    age.textContent = fleet.heardAt === null ? say("fleet.noList") : say("fleet.asOf", { time: app.words.ago((Date.now() - fleet.heardAt) / 1000) });
  };
  const draw = () => {
    tellAge();
    list.replaceChildren(...fleet.trips.map((trip) => card(app, trip)));
    if (fleet.heardAt !== null && !fleet.trips.length) list.append(el("p", { class: "soft" }, say("fleet.none")));
  };
  const node = el("div", { class: "page" },
    big(say("fleet.declare"), () => app.go("trip"), "first"),
    el("h2", {}, say("fleet.now")), age, list,
    big(say("report.control"), () => app.go("report", "control")),
    big(say("report.incident"), () => app.go("report", "incident")),
    big(say("fleet.manage"), () => app.go("fleet")));
  fleet.addEventListener("change", function again() {
    if (node.isConnected) draw(); else fleet.removeEventListener("change", again);
  });
  const ticking = setInterval(() => { if (node.isConnected) tellAge(); else clearInterval(ticking); }, 15_000);
  draw();
  fleet.ask();
  return node;
}

function card(app, trip) {
  const { say, words, driving } = app;
  const moment = (iso, country) => words.moment(Date.parse(iso) / 1000, country);
  const isRunning = trip.state === "running";
  return el("section", { class: "entry" },
    el("strong", {}, trip.license_plate ?? trip.vehicle_id),
    el("span", {}, `${driving.name(trip.origin)} → ${driving.name(trip.destination)}`),
    el("span", {}, isRunning ? where(app, trip) : say("fleet.leaves", { time: moment(trip.started_at, driving.countryOf(trip.origin)) })),
    trip.standing_since && isRunning ? el("span", {}, say("fleet.standing", { length: words.duration((app.fleet.heardAt - Date.parse(trip.standing_since)) / 1000) })) : null,
    trip.next_post_id ? el("span", {}, say("fleet.ahead", {
      place: driving.name(trip.next_post_id), low: moment(trip.next_eta_from, trip.country), high: moment(trip.next_eta_to, trip.country),
    }), trip.next_usual_stay_s === null ? "" : ` · ${say("fleet.stay", { length: words.duration(trip.next_usual_stay_s) })}`) : null,
    trip.is_silent && trip.heard_at ? el("span", { class: "notice" }, say("desk.silent", { time: moment(trip.heard_at, trip.country) })) : null,
    isRunning ? null : el("button", { type: "button", onclick: (event) => cancel(app, trip, event.target) }, say("trip.cancel")));
}

function where(app, trip) {
  if (trip.km === null) return app.say("fleet.away");
  const places = app.me.facts?.roads.find((road) => road.id === trip.corridor_id)?.places ?? [];
  const near = [...places].sort((a, b) => Math.abs(a.km - trip.km) - Math.abs(b.km - trip.km))[0];
  return near ? app.say("place.near", { km: app.words.number(Math.abs(near.km - trip.km)), place: near.name }) : trip.corridor_id;
}

async function cancel(app, trip, button) {
  if (!confirm(app.say("trip.cancelSure"))) return;
  button.disabled = true;
  await app.driving.say("cancelled", { trip_id: trip.trip_id, corridor_id: trip.corridor_id, vehicle_id: trip.vehicle_id });
  app.tell(app.say("kept"));
}
