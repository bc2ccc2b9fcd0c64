// A layer that is one canvas, redrawn as a whole: what the moving and the flowing layers share.
export const CanvasLayer = L.Renderer.extend({
  options: { padding: 0.3, pane: "overlayPane", interactive: false },

  setColours(colours) {
    this.colours = colours;
    this.draw();
  },

  _initContainer() {
    const canvas = this._container = document.createElement("canvas");
    canvas.className = "map-scene leaflet-zoom-animated";
    if (this.options.name) canvas.dataset.name = this.options.name;
    this._ctx = canvas.getContext("2d");
  },

  _destroyContainer() {
    cancelAnimationFrame(this._frame);
    this._container.remove();
    this._container = this._bounds = null;
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

  // Empties the canvas and lets everything be drawn in the pixels of the map's layers; null when there is nothing to draw on.
  _blank() {
    if (!this._map || !this.colours || !this._bounds) return null;
    const ctx = this._ctx, { min, max } = this._bounds, r = this._ratio;
    ctx.setTransform(r, 0, 0, r, -min.x * r, -min.y * r);
    ctx.clearRect(min.x, min.y, max.x - min.x, max.y - min.y);
    return ctx;
  },
});
