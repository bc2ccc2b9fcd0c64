// The home page of a crew: the trip under way with its big buttons, trips to take over, stops to answer.
import { big, el } from "./parts.js";

export function roadHome(app) {
  const { say, driving } = app;
  const node = el("div", { class: "page" });
  const draw = () => {
    const { trip } = app, stops = driving.stops().length;
    node.replaceChildren(...[
      trip ? card(app) : null,
      stops ? el("button", { type: "button", class: "big open", onclick: () => app.go("stops") }, say("stops.toAnswer", { n: stops })) : null,
      ...(trip?.state === "departed" ? [] : offered(app)),
      trip?.state === "declared" ? big(say("trip.open"), () => app.go("trip"), "first") : null,
      trip ? null : big(say("trip.start"), () => app.go("trip"), "first"),
      big(say("report.control"), () => app.go("report", "control"), trip?.state === "departed" ? "first" : ""),
      trip?.state === "departed" ? big(trip.border ? say("border.here", { post: trip.border.name }) : say("border"), () => app.go("border")) : null,
      big(say("report.incident"), () => app.go("report", "incident")),
      trip?.state === "departed" ? big(say("trip.arrived"), () => over(app, "arrived")) : null,
      trip ? big(say("trip.cancel"), () => over(app, "cancelled"), "quiet") : null,
    ].filter(Boolean));
  };
  driving.addEventListener("change", function again() {
    if (node.isConnected) draw(); else driving.removeEventListener("change", again);
  });
  draw();
  return node;
}

function card(app) {
  const { say, words, trip } = app;
  const place = (id) => app.driving.name(id);
  const waiting = el("span", {});
  app.driving.recorder.waiting().then((n) => { waiting.textContent = n ? ` ${say("recording.waiting", { n: words.number(n) })}` : ""; });
  const state = app.training?.isOn ? "training" : app.driving.recorder.state;
  return el("section", { class: "entry", "aria-labelledby": "trip-now" },
    el("h2", { id: "trip-now" }, `${place(trip.origin)} → ${place(trip.destination)}`),
    trip.departed_at ? el("span", {}, say("trip.since", { time: words.moment(Date.parse(trip.departed_at) / 1000, app.driving.countryOf(trip.origin)) })) : el("span", {}, say("trip.notLeft")),
    trip.departed_at ? el("p", { role: "status", class: `recording ${state}` }, say(`recording.${state}`), waiting) : null);
}

// Trips that the dispatcher declared for this coach.
function offered(app) {
  return app.driving.offered.filter((one) => one.trip_id !== app.trip?.trip_id).map((one) => el("button", {
    type: "button", class: "big", onclick: () => app.go("trip", one),
  }, app.say("trip.takeOver", {
    from: app.driving.name(one.origin), to: app.driving.name(one.destination), coach: one.vehicle_id,
    time: one.scheduled_departure ? app.words.moment(Date.parse(one.scheduled_departure) / 1000, app.driving.countryOf(one.origin)) : "",
  })));
}

async function over(app, event) {
  if (!confirm(app.say(event === "arrived" ? "trip.arrivedSure" : "trip.cancelSure"))) return;
  await app.driving.say(event);
  app.tell(app.say("kept"));
  app.draw();
}
