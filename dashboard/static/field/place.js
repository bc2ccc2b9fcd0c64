// Where something happened: from the phone when it is allowed to say, from a list of places along the road when not.
import { el, labelled } from "./parts.js";

const EARTH_KM = 6371;

export function distanceKm([lat1, lon1], [lat2, lon2]) {
  const rad = Math.PI / 180;
  const a = Math.sin(((lat2 - lat1) * rad) / 2) ** 2
    + Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(((lon2 - lon1) * rad) / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.sqrt(a));
}

// The nearest place of any road: `{place, road, km}`; null without roads.
export function nearest(roads, at) {
  let best = null;
  for (const road of roads ?? []) {
    for (const place of road.places) {
      const km = distanceKm(at, place.at);
      if (!best || km < best.km) best = { place, road, km };
    }
  }
  return best;
}

// Asks the phone once: `{at: [latitude, longitude], accuracy}`, or null when it may not or cannot say.
export function ask(timeoutMs = 20_000) {
  return new Promise((resolve) => {
    if (!navigator.geolocation) { resolve(null); return; }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ at: [coords.latitude, coords.longitude], accuracy: coords.accuracy }),
      () => resolve(null), { enableHighAccuracy: true, maximumAge: 60_000, timeout: timeoutMs });
  });
}

// A field that says where: `value()` gives `{latitude, longitude}` or nothing; `country()` the country, as far as is known.
export function placeField(app, given = null) {
  const { say, words, me } = app;
  let at = given;
  const note = el("p", { class: "soft", role: "status" }, say("place.asking"));
  const options = [el("option", { value: "" }, say("place.unknown"))];
  const known = new Map();
  for (const road of me.facts?.roads ?? []) {
    const group = el("optgroup", { label: road.name });
    for (const place of road.places) {
      known.set(place.id, place);
      group.append(el("option", { value: place.id }, place.name));
    }
    options.push(group);
  }
  const select = el("select", {}, options);
  const list = labelled(say("place.choose"), select);
  const show = () => {
    const near = at && nearest(me.facts?.roads, at);
    note.textContent = near ? say("place.near", { km: words.number(near.km), place: near.place.name }) : say("place.none");
    list.hidden = Boolean(at);
    node.dispatchEvent(new Event("change"));
  };
  const node = el("div", { class: "field" }, el("span", { class: "label" }, say("place.label")), note, list);
  select.addEventListener("change", () => node.dispatchEvent(new Event("change")));
  node.value = () => {
    const chosen = at ?? known.get(select.value)?.at;
    return chosen ? { latitude: Number(chosen[0].toFixed(6)), longitude: Number(chosen[1].toFixed(6)) } : {};
  };
  node.country = () => (at ? nearest(me.facts?.roads, at)?.place.country : known.get(select.value)?.country) ?? null;
  if (at) queueMicrotask(show);
  else ask().then((found) => { at = found?.at ?? null; show(); });
  return node;
}
