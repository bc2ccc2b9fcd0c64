import { trace } from "./lines.js";

// The signs on the map. Shape says what it is, colour repeats it: nobody needs to tell red from green.
const TAU = Math.PI * 2;

export function readColours(element) {
  const style = getComputedStyle(element);
  const names = ["sea", "land", "land-other", "border", "road", "road-domestic", "road-dim", "ink", "ink-soft", "halo", "coach",
    "standing", "silent", "silence", "casing", "no-data", "flow-0", "flow-1", "flow-2", "flow-3", "flow-4", "open", "restricted", "suspended", "closed", "unknown", "control", "incident", "flag", "harassment", "select"];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--map-${name}`).trim()]));
}

function outlined(ctx, colours, fill, width = 1.5) {
  ctx.lineJoin = "round";
  ctx.lineWidth = width + 2;
  ctx.strokeStyle = colours.halo;
  ctx.stroke();
  ctx.fillStyle = fill;
  ctx.fill();
}

// A moving coach is an arrow, a standing one a disc, a silent one a hollow ring with a stroke through it.
export function drawCoach(ctx, colours, x, y, size, kind, bearing) {
  const r = 6.5 * size;
  ctx.save();
  ctx.translate(x, y);
  ctx.beginPath();
  if (kind === "moving" && bearing !== null) {
    ctx.rotate((bearing * Math.PI) / 180);
    ctx.moveTo(0, -r * 1.45);
    ctx.lineTo(r, r * 1.05);
    ctx.lineTo(0, r * 0.5);
    ctx.lineTo(-r, r * 1.05);
    ctx.closePath();
    outlined(ctx, colours, colours.coach);
  } else if (kind === "silent") {
    ctx.arc(0, 0, r * 0.85, 0, TAU);
    outlined(ctx, colours, colours.halo);
    ctx.lineWidth = 2;
    ctx.strokeStyle = colours.silent;
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(-r * 1.1, r * 1.1);
    ctx.lineTo(r * 1.1, -r * 1.1);
    ctx.stroke();
  } else {
    ctx.arc(0, 0, r * 0.9, 0, TAU);
    outlined(ctx, colours, kind === "standing" ? colours.standing : colours.coach);
    if (kind === "standing") {
      ctx.beginPath();
      ctx.arc(0, 0, r * 0.3, 0, TAU);
      ctx.fillStyle = colours.halo;
      ctx.fill();
    }
  }
  ctx.restore();
}

// Posts are squares: full = open, half = restricted, two bars = suspended, cross = closed. An old word is the same sign, dashed and
// pale; of what nobody reported there is a small ring with a question mark, which is no state at all.
export function drawPost(ctx, colours, x, y, size, state, faded) {
  const r = 6 * size;
  ctx.save();
  ctx.translate(x, y);
  ctx.beginPath();
  if (!state) {
    ctx.arc(0, 0, r * 0.95, 0, TAU);
    outlined(ctx, colours, colours.halo);
    ctx.lineWidth = 1.4;
    ctx.strokeStyle = colours.unknown;
    ctx.stroke();
    if (size > 0.6) {
      ctx.font = `700 ${Math.round(10 * size)}px system-ui, sans-serif`;
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      ctx.fillStyle = colours.unknown;
      ctx.fillText("?", 0, 0.5);
    }
    ctx.restore();
    return;
  }
  ctx.rect(-r, -r, 2 * r, 2 * r);
  const colour = colours[state];
  outlined(ctx, colours, state === "open" && !faded ? colour : colours.halo);
  ctx.lineWidth = 2;
  ctx.strokeStyle = colour;
  if (faded) ctx.setLineDash([2.5, 2.5]);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.fillStyle = colour;
  if (faded) ctx.globalAlpha = 0.55;
  if (state === "open" && faded) ctx.fillRect(-r * 0.45, -r * 0.45, r * 0.9, r * 0.9);
  if (state === "restricted") {
    ctx.beginPath();
    ctx.moveTo(-r, r);
    ctx.lineTo(r, r);
    ctx.lineTo(r, -r);
    ctx.closePath();
    ctx.fill();
  } else if (state === "suspended") {
    ctx.fillRect(-r * 0.55, -r * 0.6, r * 0.38, r * 1.2);
    ctx.fillRect(r * 0.17, -r * 0.6, r * 0.38, r * 1.2);
  } else if (state === "closed") {
    ctx.beginPath();
    ctx.moveTo(-r * 0.6, -r * 0.6);
    ctx.lineTo(r * 0.6, r * 0.6);
    ctx.moveTo(r * 0.6, -r * 0.6);
    ctx.lineTo(-r * 0.6, r * 0.6);
    ctx.stroke();
  }
  ctx.restore();
}

// Above a post where coaches stand half as long again as they usually do: an hourglass.
export function drawSlow(ctx, colours, x, y, size) {
  const r = 5 * size, top = y - 11 * size;
  x -= 11 * size;
  ctx.beginPath();
  ctx.moveTo(x - r, top - r);
  ctx.lineTo(x + r, top - r);
  ctx.lineTo(x - r, top + r);
  ctx.lineTo(x + r, top + r);
  ctx.closePath();
  outlined(ctx, colours, colours.suspended);
}

// A piece of road in one class of delay, or in none.
export function drawRoad(ctx, colours, detail) {
  const level = Number(detail);
  ctx.lineCap = "butt";
  const line = (y, width, colour, dash = []) => {
    ctx.beginPath();
    ctx.setLineDash(dash);
    ctx.moveTo(1, y);
    ctx.lineTo(23, y);
    ctx.lineWidth = width;
    ctx.strokeStyle = colour;
    ctx.stroke();
  };
  if (detail === "none") line(12, 2, colours["no-data"], [5, 4]);
  else if (detail === "lost") line(12, 6, colours.silence);
  else if (detail === "late") line(12, 6, colours.silence, [2.5, 3.5]);
  else if (detail.startsWith("w")) { line(12, Number(detail.slice(1)) + 1.6, colours.casing); line(12, Number(detail.slice(1)), colours["flow-1"]); } else {
    line(12, 9, colours.casing);
    line(12, 7.4, level < 0 ? colours["no-data"] : colours[`flow-${level}`]);
  }
  ctx.setLineDash([]);
}

// A reported control is a triangle, another incident a diamond.
export function drawReport(ctx, colours, x, y, size, kind) {
  const r = 6 * size;
  ctx.beginPath();
  ctx.moveTo(x, y - r * 1.15);
  if (kind === "control") {
    ctx.lineTo(x + r * 1.15, y + r * 0.9);
    ctx.lineTo(x - r * 1.15, y + r * 0.9);
  } else {
    ctx.lineTo(x + r * 1.05, y);
    ctx.lineTo(x, y + r * 1.15);
    ctx.lineTo(x - r * 1.05, y);
  }
  ctx.closePath();
  outlined(ctx, colours, kind === "control" ? colours.control : colours.incident);
}

// The stretch that a flag names where posts stand too close together: a band in its colour along the road.
export function drawStretch(ctx, colours, points, size) {
  if (points.length < 2) return;
  ctx.lineCap = ctx.lineJoin = "round";
  for (const [width, colour] of [[9 * size, colours.flag], [4 * size, colours.halo]]) {
    trace(ctx, points);
    ctx.lineWidth = width;
    ctx.strokeStyle = colour;
    ctx.stroke();
  }
}

// A flag is the eight corners of a stop sign: hollow until somebody has corroborated it, then full.
export function drawFlag(ctx, colours, x, y, size, sign) {
  const r = 7.5 * size, full = sign === "corroborated";
  ctx.beginPath();
  for (let corner = 0; corner < 8; corner += 1) ctx.lineTo(x + r * Math.cos((corner + 0.5) * TAU / 8), y + r * Math.sin((corner + 0.5) * TAU / 8));
  ctx.closePath();
  outlined(ctx, colours, full ? colours.flag : colours.halo);
  ctx.lineWidth = 2;
  ctx.strokeStyle = colours.flag;
  ctx.stroke();
  ctx.fillStyle = full ? colours.halo : colours.flag;
  ctx.fillRect(x - r * 0.5, y - r * 0.16, r, r * 0.32);
}

// Harassment is gathered: a speech bubble with the number of reports.
export function drawGathering(ctx, colours, x, y, size, count) {
  const text = count > 99 ? "99+" : String(count);
  const h = 8 * size;
  ctx.font = `700 ${Math.round(11 * size)}px system-ui, sans-serif`;
  const w = Math.max(h, ctx.measureText(text).width / 2 + 5 * size);
  ctx.beginPath();
  ctx.roundRect(x - w, y - 2 * h - 5 * size, 2 * w, 2 * h, 4 * size);
  ctx.moveTo(x - 4 * size, y - 5.5 * size);
  ctx.lineTo(x, y);
  ctx.lineTo(x + 4 * size, y - 5.5 * size);
  outlined(ctx, colours, colours.harassment);
  ctx.fillStyle = "#fff";
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(text, x, y - h - 5 * size + 0.5);
}

export function drawHub(ctx, colours, x, y, size, isCity) {
  ctx.beginPath();
  ctx.arc(x, y, (isCity ? 3.6 : 2.4) * size, 0, TAU);
  ctx.lineWidth = 1.6;
  ctx.fillStyle = colours.halo;
  ctx.fill();
  ctx.strokeStyle = colours.ink;
  ctx.stroke();
}

// The same signs beside words: legend, layer switches, lists.
export function paintSign(canvas, colours, sign, detail = null) {
  const ratio = devicePixelRatio || 1, side = 24;
  canvas.width = canvas.height = side * ratio;
  const ctx = canvas.getContext("2d");
  ctx.scale(ratio, ratio);
  ctx.clearRect(0, 0, side, side);
  if (sign === "coach") drawCoach(ctx, colours, 12, 12, 1, detail, 45);
  if (sign === "post") drawPost(ctx, colours, 12, 12, 1, detail === "unknown" ? null : detail.replace("-stale", ""), detail.endsWith("-stale"));
  if (sign === "slow") drawSlow(ctx, colours, 23, 23, 1);
  if (sign === "road") drawRoad(ctx, colours, detail);
  if (sign === "report") drawReport(ctx, colours, 12, 12, 1, detail);
  if (sign === "flag") drawFlag(ctx, colours, 12, 12, 1.1, detail);
  if (sign === "gathering") drawGathering(ctx, colours, 12, 22, 0.85, detail ?? 3);
  if (sign === "hub") drawHub(ctx, colours, 12, 12, 1.3, true);
}
