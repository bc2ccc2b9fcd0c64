// A border as the crew meets it: come, let go. Kept on the phone between the two taps, sent as one control at that post.
import { big, choices, el, labelled } from "./parts.js";
import { ask, distanceKm } from "./place.js";
import { paymentField } from "./payment.js";

export function borderPage(app) {
  return app.trip?.border ? leaving(app) : coming(app);
}

function coming(app) {
  const { say, me, trip } = app;
  const road = me.facts?.roads.find((one) => one.id === trip?.corridor_id) ?? { places: [] };
  const posts = road.places.filter((place) => place.kind === "border");
  const select = el("select", {}, posts.map((post) => el("option", { value: post.id }, `${post.name} (${post.country})`)));
  ask(8000).then((found) => {
    const near = found && posts.map((post) => [distanceKm(found.at, post.at), post]).sort((a, b) => a[0] - b[0])[0];
    if (near && near[0] < 30) select.value = near[1].id;
    draw();
  });
  const spot = el("div");
  let agency = null;
  const post = () => posts.find((one) => one.id === select.value);
  const draw = () => {
    const here = me.state(post()?.country).at_post.filter((code) => code !== "unknown");
    agency = choices(say("who"), ["unknown", ...here].map((code) => [code, say(`agency.${code}`)]), { chosen: ["unknown"] });
    spot.replaceChildren(agency);
  };
  select.addEventListener("change", draw);
  draw();
  return el("section", { class: "page" }, el("h1", {}, say("border")), el("p", { class: "soft" }, say("border.each")),
    posts.length ? labelled(say("border.post"), select) : el("p", {}, say("border.none")), spot,
    posts.length ? big(say("border.come"), async (event) => {
      event.target.disabled = true;
      await app.driving.arriveAt(post(), agency.value());
      app.tell(say("border.noted"));
      app.go("home");
    }, "first") : null);
}

function leaving(app) {
  const { say, words, trip } = app;
  const { border } = trip;
  const where = { country: () => border.country, addEventListener() {} };
  const paid = paymentField(app, where);
  const finish = (isReleased) => async (event) => {
    event.target.disabled = true;
    await app.driving.release(isReleased, paid.body());
    app.tell(say("kept"));
    app.go("home");
  };
  return el("section", { class: "page" }, el("h1", {}, say("border.here", { post: border.name })),
    el("p", {}, say("border.since", { time: words.moment(Date.parse(border.arrived_at) / 1000, border.country) })),
    paid, big(say("border.released"), finish(true), "first"), big(say("border.forgot"), finish(false), "quiet"));
}
