// Reads encoded polylines (dashboard/map_lines.py), and does with lines on the screen what drawing them needs.
export function decodeLine(text, steps) {
  const points = [];
  let at = 0, lat = 0, lng = 0;
  const number = () => {
    let rest = 0, shift = 0, five;
    do { five = text.charCodeAt(at++) - 63; rest |= (five & 31) << shift; shift += 5; } while (five >= 32);
    return rest & 1 ? ~(rest >> 1) : rest >> 1;
  };
  while (at < text.length) { lat += number(); lng += number(); points.push([lat / steps, lng / steps]); }
  return points;
}

// Points in pixels, without those that lie nearer than `least` to the one before.
export function project(map, line, least = 2.5) {
  const out = [];
  for (const [index, at] of line.entries()) {
    const p = map.latLngToLayerPoint(at), last = out[out.length - 1];
    if (last && Math.hypot(p.x - last[0], p.y - last[1]) < least) {
      if (index === line.length - 1 && out.length > 1) out[out.length - 1] = [p.x, p.y];
      else if (index < line.length - 1) continue;
    }
    if (out.length === 0 || index < line.length - 1 || out[out.length - 1][0] !== p.x) out.push([p.x, p.y]);
  }
  return out;
}

// The same line `by` pixels to the right of its own direction; corners are cut where they would grow into spikes.
export function beside(points, by) {
  const normals = points.slice(1).map((p, i) => {
    const dx = p[0] - points[i][0], dy = p[1] - points[i][1], long = Math.hypot(dx, dy) || 1;
    return [-dy / long, dx / long];
  });
  return points.map((p, i) => {
    const a = normals[Math.max(0, i - 1)], b = normals[Math.min(normals.length - 1, i)];
    const x = a[0] + b[0], y = a[1] + b[1], square = x * x + y * y, grow = square < 0.4 ? 1 : 2 / square;
    return [p[0] + x * grow * by, p[1] + y * grow * by];
  });
}

export function trace(ctx, points) {
  ctx.beginPath();
  points.forEach((p, i) => (i ? ctx.lineTo(p[0], p[1]) : ctx.moveTo(p[0], p[1])));
}

// How far a point lies from a line, in pixels.
export function distance(points, x, y) {
  let least = Infinity;
  for (let i = 1; i < points.length; i += 1) {
    const [ax, ay] = points[i - 1], [bx, by] = points[i], dx = bx - ax, dy = by - ay;
    const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
    least = Math.min(least, Math.hypot(ax + t * dx - x, ay + t * dy - y));
  }
  return least;
}
