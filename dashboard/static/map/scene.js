// One canvas for everything that is a point or a label. A thousand coaches are one layer, not a thousand elements.
import { CanvasLayer } from "./canvas.js";
import { project } from "./lines.js";
import { drawCoach, drawFlag, drawGathering, drawHub, drawPost, drawReport, drawSlow, drawStretch } from "./symbols.js";
import { placeLabels } from "./labels.js";

const GLIDE_MS = 4500; // a little less than the time between two answers
const REACH_PX = matchMedia("(pointer: coarse)").matches ? 24 : 14;

export const Scene = CanvasLayer.extend({
  // `content`: {coaches, posts, reports, flags, gathered, hubs, countries, selected}; each has `key`, `at` and what its sign needs.
  setContent(content) {
    const before = this.content;
    this.content = content;
    this._glide(before ? before.coaches : [], content.coaches);
    this.draw();
  },

  _glide(before, after) {
    const known = new Map(before.map((coach) => [coach.key, coach]));
    const now = performance.now(), calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let moves = false;
    for (const coach of after) {
      const old = known.get(coach.key);
      coach.from = old ? this._where(old, now) : coach.at;
      coach.since = now;
      if (old && !calm && this._map) {
        const a = this._map.latLngToLayerPoint(coach.from), b = this._map.latLngToLayerPoint(coach.at);
        const pixels = a.distanceTo(b);
        coach.glides = pixels > 0.7 && pixels < 3000;
        moves ||= coach.glides;
      } else coach.glides = false;
    }
    if (moves && !document.hidden) this._animate();
  },

  _where(coach, now) {
    if (!coach.glides) return coach.at;
    const share = Math.min(1, (now - coach.since) / GLIDE_MS);
    return [coach.from[0] + (coach.at[0] - coach.from[0]) * share, coach.from[1] + (coach.at[1] - coach.from[1]) * share];
  },

  _animate() {
    cancelAnimationFrame(this._frame);
    let last = 0;
    const step = (now) => {
      if (now - last > 60) { // sixteen frames a second look smooth on a map and spare a cheap phone
        last = now;
        this.draw();
      }
      if (this.content.coaches.some((coach) => coach.glides && now - coach.since < GLIDE_MS + 80)) {
        this._frame = requestAnimationFrame(step);
      }
    };
    this._frame = requestAnimationFrame(step);
  },

  draw() {
    const ctx = this.content && this._blank();
    if (!ctx) return;
    const colours = this.colours, now = performance.now(), { min, max } = this._bounds;
    const zoom = this._map.getZoom(), size = Math.max(0.58, Math.min(1.15, 0.6 + (zoom - 5) * 0.11));
    const hits = this._hits = [];
    const taken = [];
    const put = (item, at, reach, paint, offset = [0, 0]) => {
      const p = this._map.latLngToLayerPoint(at);
      const x = p.x + offset[0], y = p.y + offset[1];
      if (x < min.x - 20 || x > max.x + 20 || y < min.y - 20 || y > max.y + 20) return;
      paint(x, y);
      if (item.key) hits.push({ item, x, y });
      if (reach) taken.push([x - reach, y - reach, x + reach, y + reach]);
      if (item.key && item.key === this.content.selected) this._ring = [x, y];
    };
    this._ring = null;
    const { hubs, posts, reports, flags, gathered, coaches, pair } = this.content;
    if (pair) { // two hubs: an arc from one to the other, bent to the right of the way
      const [a, b] = pair.map((hub) => this._map.latLngToLayerPoint(hub.at));
      ctx.beginPath();
      ctx.moveTo(a.x, a.y);
      ctx.quadraticCurveTo((a.x + b.x) / 2 - (b.y - a.y) / 6, (a.y + b.y) / 2 + (b.x - a.x) / 6, b.x, b.y);
      for (const [width, colour] of [[5, colours.halo], [2.5, colours.select]]) { ctx.lineWidth = width; ctx.strokeStyle = colour; ctx.stroke(); }
      for (const end of [a, b]) { ctx.beginPath(); ctx.arc(end.x, end.y, 9, 0, Math.PI * 2); ctx.stroke(); }
    }
    for (const hub of hubs) {
      if (hub.kind !== "city" && zoom < 7.5) continue;
      put(hub, hub.at, 3, (x, y) => drawHub(ctx, colours, x, y, size, hub.kind === "city"));
    }
    for (const post of posts) {
      if (zoom < 6 && post.state === null && post.key !== this.content.selected) continue; // seventy hollow squares say nothing
      const turn = ((post.side ?? 90) * Math.PI) / 180, apart = post.side === null ? 0 : 6.5 * size;
      post.shift = [Math.sin(turn) * apart, -Math.cos(turn) * apart]; // the two sides of a border share one crossing
      put(post, post.at, 6, (x, y) => {
        drawPost(ctx, colours, x, y, size * 0.82, post.state, post.faded);
        if (post.slow) drawSlow(ctx, colours, x, y, size * 0.82);
      }, post.shift);
    }
    for (const report of reports) put(report, report.at, 0, (x, y) => drawReport(ctx, colours, x, y, size * 0.85, report.kind));
    for (const { stretch } of flags) if (stretch) drawStretch(ctx, colours, project(this._map, stretch), size);
    for (const flag of flags) put(flag, flag.at, 5, (x, y) => drawFlag(ctx, colours, x, y, size, flag.sign));
    for (const coach of coaches) {
      put(coach, this._where(coach, now), 5, (x, y) => drawCoach(ctx, colours, x, y, size, coach.state, coach.bearing));
    }
    for (const one of gathered) put(one, one.at, 0, (x, y) => drawGathering(ctx, colours, x, y, Math.max(size, 0.85), one.count), [0, -3]);
    if (this._ring) {
      ctx.beginPath();
      ctx.arc(...this._ring, 15, 0, Math.PI * 2);
      ctx.lineWidth = 3;
      ctx.strokeStyle = colours.select;
      ctx.stroke();
    }
    placeLabels(ctx, colours, this._map, this.content, zoom, this._bounds, taken);
  },

  // What lies nearest to a point of the map's container; coaches before posts before places.
  hit(containerPoint) {
    const p = this._map.containerPointToLayerPoint(containerPoint);
    let best = null, least = REACH_PX;
    for (const one of this._hits || []) {
      const tall = one.item.type === "gathering" ? 12 : 0;
      const away = Math.hypot(one.x - p.x, one.y - tall - p.y) - (one.item.type === "coach" ? 3 : one.item.type === "hub" ? -4 : 0);
      if (away <= least) { best = one.item; least = away; }
    }
    return best;
  },
});
