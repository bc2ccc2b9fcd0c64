// Stands that nobody has to report: what positions show of them, and when it may be asked what they were. Pure.
// A fix is `{at: [latitude, longitude], t, accuracy}`, `t` in seconds; a place `{id, kind, at, radius_km}`. A stop is
// `{id, at, from, until, isDue}`. A question comes far away or at the next hub, never where the coach stands or stood.
import { distanceKm } from "./place.js";

export const STAND_KM = 0.08;
export const STAND_S = 180;
export const AGAIN_S = 300; // a jump of the receiver cuts a stand in two: within this they are one
export const BEHIND_KM = 15;
export const LEFT_KM = 3; // at a hub that is nearer than this to the stop nothing is asked
const WORST_M = 100;
const MOST = 60;

export const fresh = () => ({ stand: null, stops: [] });

// Returns what is known after one more fix; gives back the same memory where nothing changed.
export function step(memory, fix, places) {
  if ((fix.accuracy ?? 0) > WORST_M || (memory.stand && fix.t <= memory.stand.until)) return memory;
  const { stand } = memory;
  if (stand && distanceKm(stand.at, fix.at) <= STAND_KM) return { ...memory, stand: { ...stand, until: fix.t } };
  const stops = due(stand && stand.until - stand.from >= STAND_S ? added(memory.stops, stand, places) : memory.stops, fix, places);
  return { stand: { at: fix.at, from: fix.t, until: fix.t }, stops };
}

function added(stops, stand, places) {
  if (placeAt(stand.at, places)) return stops; // formalities and stations are told elsewhere
  const last = stops.at(-1);
  if (last && !last.isDue && stand.from - last.until <= AGAIN_S && distanceKm(last.at, stand.at) <= STAND_KM) {
    return [...stops.slice(0, -1), { ...last, until: stand.until }];
  }
  return [...stops, { id: `seen-${Math.round(stand.from)}`, ...stand, isDue: false }].slice(-MOST);
}

// Marks the stops that may be asked about now.
function due(stops, fix, places) {
  const hub = placeAt(fix.at, places.filter((place) => place.kind === "hub"));
  return stops.map((stop) => {
    if (stop.isDue) return stop;
    const km = distanceKm(stop.at, fix.at);
    return km >= BEHIND_KM || (hub && km >= LEFT_KM) ? { ...stop, isDue: true } : stop;
  });
}

export function placeAt(at, places) {
  return places.find((place) => distanceKm(place.at, at) <= place.radius_km) ?? null;
}
