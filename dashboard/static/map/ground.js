// What lies under everything: land, borders and roads, drawn by Leaflet on one canvas from our own files.
import { decodeLine } from "./lines.js";

export class Ground {
  constructor(map) {
    this.map = map;
    this.renderer = L.canvas({ padding: 0.4 });
    map.createPane("ground").style.zIndex = 200;
    map.createPane("roads").style.zIndex = 300;
    this.roadRenderer = L.canvas({ padding: 0.4, pane: "roads" });
    this.renderer.options.pane = "ground";
  }

  // `ground`: the answer of /map/ground.json.
  addLand(ground, members) {
    const options = { pane: "ground", renderer: this.renderer, interactive: false }, read = (text) => decodeLine(text, ground.steps);
    this.members = new Set(members);
    this.land = L.layerGroup([
      ...ground.land.map(([country, parts]) => L.polygon(parts.map((part) => part.map(read)), { ...options, country })),
      L.polyline(ground.borders.map(read), { ...options, border: true }),
    ]);
    this.land.eachLayer((shape) => shape.setStyle(this.landStyle(shape.options)));
    this.land.addTo(this.map);
  }

  // Roads are drawn here until the flow is known, which then draws them itself.
  addRoads(sections) {
    const options = { pane: "roads", renderer: this.roadRenderer, interactive: false };
    const draw = (section) => L.polyline(section.points, { ...options, section });
    this.casing = L.layerGroup(sections.map(draw));
    this.roads = L.layerGroup(sections.map(draw));
    this.restyle();
    this.showRoads(true);
  }

  showRoads(on) {
    for (const layer of [this.casing, this.roads]) if (on !== this.map.hasLayer(layer)) layer[on ? "addTo" : "removeFrom"](this.map);
  }

  setColours(colours) {
    this.colours = colours;
    this.map.getContainer().style.backgroundColor = colours.sea;
    this.restyle();
  }

  // Lights up the sections of one corridor; null: all alike.
  light(sections) {
    this.lit = sections;
    this.restyle();
  }

  restyle() {
    if (this.land) this.land.eachLayer((shape) => shape.setStyle(this.landStyle(shape.options)));
    if (!this.roads) return;
    this.roads.eachLayer((road) => road.setStyle(this.roadStyle(road.options.section)));
    this.casing.eachLayer((road) => { const style = this.roadStyle(road.options.section); road.setStyle({ ...style, color: this.colours.halo, weight: style.weight + 2.5, dashArray: null }); });
  }

  landStyle({ border, country }) {
    const c = this.colours;
    if (border) return { color: c.border, weight: 1.2, fill: false, dashArray: "5 4" };
    return { stroke: true, weight: 0.6, color: c.border, fill: true, fillOpacity: 1, fillColor: this.members.has(country) ? c.land : c["land-other"] };
  }

  roadStyle(section) {
    const c = this.colours;
    if (this.lit && !this.lit.has(section.id)) return { color: c["road-dim"], weight: 1.5, opacity: 1 };
    const dashed = section.line_quality === "coarse" && this.map.getZoom() >= 10 ? "9 6" : null;
    return { color: section.kind === "domestic" ? c["road-domestic"] : c.road, weight: (section.kind === "domestic" ? 1.8 : 2.8) + (this.lit ? 1 : 0), opacity: 1, dashArray: dashed };
  }
}
