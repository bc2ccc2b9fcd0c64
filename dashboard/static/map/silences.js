// Where the network is silent: stretches of ten kilometres; what was lost is solid, what came late is dotted beside it.
import { CanvasLayer } from "./canvas.js";
import { beside, decodeLine, distance, project, trace } from "./lines.js";

export const Silences = CanvasLayer.extend({
  // `body`: the answer of /map/silence.json.
  setBody(body, steps) {
    this.stretches = body.rows.map((row) => {
      const one = Object.fromEntries(body.columns.map((name, i) => [name, row[i]]));
      const trips = Math.max(one.passes, one.lost + one.late, 1);
      return { ...one, type: "silence", key: `silence:${one.corridor}:${one.fromKm}`, points: decodeLine(one.line, steps), lostShare: one.lost / trips, lateShare: one.late / trips };
    });
    for (const one of this.stretches) one.at = one.points[one.points.length >> 1];
    this.draw();
  },

  setContent({ sections, corridor, selected }) {
    Object.assign(this, { corridor, selected, all: !sections });
    this.draw();
  },

  draw() {
    const ctx = this.stretches && this._blank();
    if (!ctx) return;
    const colours = this.colours, hits = this._hits = [];
    ctx.lineJoin = "round";
    for (const one of this.stretches) {
      if (!this.all && this.corridor && one.corridor !== this.corridor) continue;
      const points = project(this._map, one.points);
      if (points.length < 2) continue;
      hits.push({ one, points });
      ctx.lineCap = "butt";
      for (const [share, side, dash] of [[one.lostShare, 1, []], [one.lateShare, -1, [2.5, 3.5]]]) {
        if (!share) continue;
        const width = 2.5 + 6 * Math.min(1, share);
        trace(ctx, beside(points, side * (7 + width / 2)));
        ctx.setLineDash(dash);
        ctx.lineWidth = width;
        ctx.strokeStyle = colours["silence"];
        ctx.stroke();
      }
      ctx.setLineDash([]);
      if (one.key === this.selected) { trace(ctx, points); ctx.lineWidth = 3; ctx.strokeStyle = colours.select; ctx.stroke(); }
    }
  },

  find(key) { return (this.stretches || []).find((one) => one.key === key) || null; },

  hit(containerPoint) {
    const p = this._map && this._map.containerPointToLayerPoint(containerPoint);
    const found = p && (this._hits || []).find(({ points }) => distance(points, p.x, p.y) < 16);
    return found ? found.one : null;
  },
});
