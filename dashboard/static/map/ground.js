// What lies under everything: land, borders and roads, drawn by Leaflet on one canvas from our own files.
export class Ground {
  constructor(map) {
    this.map = map;
    this.renderer = L.canvas({ padding: 0.4 });
    map.createPane("ground").style.zIndex = 200;
    map.createPane("roads").style.zIndex = 300;
    this.roadRenderer = L.canvas({ padding: 0.4, pane: "roads" });
    this.renderer.options.pane = "ground";
  }

  addLand(basemap, members) {
    this.members = new Set(members);
    this.land = L.geoJSON(basemap, {
      pane: "ground", renderer: this.renderer, interactive: false, style: (feature) => this.landStyle(feature),
    }).addTo(this.map);
  }

  addRoads(collection, corridors) {
    this.kinds = new Map();
    for (const corridor of corridors) {
      for (const id of corridor.sections) {
        if (this.kinds.get(id) !== "international") this.kinds.set(id, corridor.kind);
      }
    }
    const casing = (feature) => ({ ...this.roadStyle(feature), color: this.colours.halo, weight: this.roadStyle(feature).weight + 2.5, dashArray: null });
    const options = { pane: "roads", renderer: this.roadRenderer, interactive: false };
    this.casing = L.geoJSON(collection, { ...options, style: casing }).addTo(this.map);
    this.roads = L.geoJSON(collection, { ...options, style: (feature) => this.roadStyle(feature) }).addTo(this.map);
    this.casingStyle = casing;
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
    if (this.land) this.land.setStyle((feature) => this.landStyle(feature));
    if (this.roads) {
      this.casing.setStyle(this.casingStyle);
      this.roads.setStyle((feature) => this.roadStyle(feature));
    }
  }

  landStyle(feature) {
    const c = this.colours;
    if (feature.properties.kind === "border") return { color: c.border, weight: 1.2, fill: false, dashArray: "5 4" };
    return { stroke: true, weight: 0.6, color: c.border, fill: true, fillOpacity: 1, fillColor: this.members.has(feature.properties.country) ? c.land : c["land-other"] };
  }

  roadStyle(feature) {
    const c = this.colours, kind = this.kinds.get(feature.id);
    if (this.lit && !this.lit.has(feature.id)) return { color: c["road-dim"], weight: 1.5, opacity: 1 };
    const dashed = feature.properties.line_quality === "coarse" && this.map.getZoom() >= 10 ? "9 6" : null;
    return { color: kind === "domestic" ? c["road-domestic"] : c.road, weight: (kind === "domestic" ? 1.8 : 2.8) + (this.lit ? 1 : 0), opacity: 1, dashArray: dashed };
  }
}
