// How the roads flow: each section twice, side by side, as people drive there (on the right), coloured by delay and as wide
// as its trips. A direction of which nothing is known is a grey dashed line, never a thin or a green one.
import { CanvasLayer } from "./canvas.js";
import { beside, distance, project, trace } from "./lines.js";

const REACH_PX = matchMedia("(pointer: coarse)").matches ? 16 : 7;

export function widthOf(trips, most) { return 2.2 + 6.3 * Math.sqrt(trips / Math.max(most, 1)); }

export const Flow = CanvasLayer.extend({
  // `content`: {sections: [{key, line, kind, up, down, dim}], most, selected}; up and down are readings or null.
  setContent(content) {
    this.content = content;
    this.draw();
  },

  draw() {
    const ctx = this.content && this._blank();
    if (!ctx) return;
    const colours = this.colours, zoom = this._map.getZoom(), grow = Math.max(0.62, Math.min(1.25, 0.62 + (zoom - 5) * 0.13));
    const view = this._bounds, hits = this._hits = [], strokes = [];
    ctx.lineJoin = ctx.lineCap = "round";
    for (const section of this.content.sections) {
      const points = project(this._map, section.line);
      if (points.length < 2 || !points.some(([x, y]) => x > view.min.x && x < view.max.x && y > view.min.y && y < view.max.y)) {
        if (points.length < 2 || !view.overlaps(L.bounds(points.map((p) => L.point(p))))) continue;
      }
      const readings = { up: section.up, down: section.down }, thin = section.kind === "domestic" ? 1.2 : 1.8;
      hits.push({ section, points, reach: 4 });
      if (!readings.up && !readings.down) {
        strokes.push({ points, width: thin, level: -2, dim: section.dim });
        if (section.key === this.content.selected) strokes.push({ points, width: 6, level: -3, mark: true });
        continue;
      }
      for (const [direction, along] of [["up", points], ["down", [...points].reverse()]]) {
        const reading = readings[direction];
        const width = reading ? widthOf(reading.trips, this.content.most) * grow : thin;
        const line = beside(along, width / 2 + 0.7);
        strokes.push({ points: line, width, level: reading ? reading.delayClass ?? -1 : -2, dim: section.dim });
        hits[hits.length - 1].reach = Math.max(hits[hits.length - 1].reach, width + 2);
        if (section.key === this.content.selected) strokes.push({ points: line, width: width + 6, level: -3, mark: true });
      }
    }
    strokes.sort((a, b) => Number(Boolean(b.dim)) - Number(Boolean(a.dim)) || a.level - b.level);
    for (const one of strokes) this._stroke(ctx, colours, one);
    ctx.globalAlpha = 1;
    ctx.setLineDash([]);
  },

  _stroke(ctx, colours, { points, width, level, dim, mark }) {
    ctx.globalAlpha = dim ? 0.3 : 1;
    trace(ctx, points);
    ctx.setLineDash([]);
    if (mark) {
      ctx.lineWidth = width;
      ctx.strokeStyle = colours.select;
    } else if (level === -2) {
      ctx.lineCap = "butt";
      ctx.setLineDash([5, 4]);
      ctx.lineWidth = width;
      ctx.strokeStyle = colours["no-data"];
    } else {
      ctx.lineWidth = width + 1.6;
      ctx.strokeStyle = colours.casing;
      if (!dim) ctx.stroke();
      ctx.lineWidth = width;
      ctx.strokeStyle = level === -1 ? colours["no-data"] : colours[`flow-${level}`];
    }
    ctx.stroke();
    ctx.lineCap = "round";
  },

  // The section under a point of the map's container, or null.
  hit(containerPoint) {
    if (!this._map || !this.content) return null;
    const p = this._map.containerPointToLayerPoint(containerPoint);
    let best = null, least = Infinity;
    for (const { section, points, reach } of this._hits || []) {
      if (section.dim) continue;
      const away = distance(points, p.x, p.y);
      if (away <= reach + REACH_PX && away < least) { best = section; least = away; }
    }
    return best;
  },
});
