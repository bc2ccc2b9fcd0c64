// One canvas for everything that is a point or a label. A thousand coaches are one layer, not a thousand elements.
import { drawCoach, drawGathering, drawHub, drawPost, drawReport } from "./symbols.js";
import { placeLabels } from "./labels.js";

const GLIDE_MS = 4500; // a little less than the time between two answers
const REACH_PX = matchMedia("(pointer: coarse)").matches ? 24 : 14;

export const Scene = L.Renderer.extend({
  options: { padding: 0.3, pane: "overlayPane", interactive: false },

  setColours(colours) {
    this.colours = colours;
    this.draw();
  },

  // `content`: {coaches, posts, reports, gathered, hubs, countries, selected}; each has `key`, `at` and what its sign needs.
  setContent(content) {
    const before = this.content;
    this.content = content;
    this._glide(before ? before.coaches : [], content.coaches);
    this.draw();
  },

  _initContainer() {
    const canvas = this._container = document.createElement("canvas");
    canvas.className = "map-scene leaflet-zoom-animated";
    this._ctx = canvas.getContext("2d");
  },

  _destroyContainer() {
    cancelAnimationFrame(this._frame);
    this._container.remove();
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const ratio = Math.min(devicePixelRatio || 1, 3), size = this._bounds.getSize(), canvas = this._container;
    L.DomUtil.setPosition(canvas, this._bounds.min);
    canvas.width = Math.round(size.x * ratio);
    canvas.height = Math.round(size.y * ratio);
    canvas.style.width = `${size.x}px`;
    canvas.style.height = `${size.y}px`;
    this._ratio = ratio;
    this.draw();
  },

  // Leaflet's renderer updates the paths it holds here; this one holds none.
  _onZoomEnd() {},
  _updatePaths() {},

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
    if (!this._map || !this.content || !this.colours || !this._bounds) return;
    const ctx = this._ctx, colours = this.colours, now = performance.now(), { min, max } = this._bounds;
    const zoom = this._map.getZoom(), size = Math.max(0.58, Math.min(1.15, 0.6 + (zoom - 5) * 0.11));
    ctx.setTransform(this._ratio, 0, 0, this._ratio, -min.x * this._ratio, -min.y * this._ratio);
    ctx.clearRect(min.x, min.y, max.x - min.x, max.y - min.y);
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
    const { hubs, posts, reports, gathered, coaches } = this.content;
    for (const hub of hubs) {
      if (hub.kind !== "city" && zoom < 7.5) continue;
      put(hub, hub.at, 3, (x, y) => drawHub(ctx, colours, x, y, size, hub.kind === "city"));
    }
    for (const post of posts) {
      if (zoom < 6 && post.state === null && post.key !== this.content.selected) continue; // seventy hollow squares say nothing
      const turn = ((post.side ?? 90) * Math.PI) / 180, apart = post.side === null ? 0 : 6.5 * size;
      post.shift = [Math.sin(turn) * apart, -Math.cos(turn) * apart]; // the two sides of a border share one crossing
      put(post, post.at, 6, (x, y) => drawPost(ctx, colours, x, y, size * 0.82, post.state, post.faded), post.shift);
    }
    for (const report of reports) put(report, report.at, 0, (x, y) => drawReport(ctx, colours, x, y, size * 0.85, report.kind));
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
      const away = Math.hypot(one.x - p.x, one.y - tall - p.y) - (one.item.type === "coach" ? 3 : 0);
      if (away <= least) { best = one.item; least = away; }
    }
    return best;
  },
});
