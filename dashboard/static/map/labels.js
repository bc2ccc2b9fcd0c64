// Names on the map: the most important first, each only where it covers no other name.
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";

function overlaps(a, b) { return a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1]; }

export function placeLabels(ctx, colours, map, content, zoom, bounds, signs) {
  const placed = [];
  const free = (box) => box[0] > bounds.min.x && box[2] < bounds.max.x && !placed.some((other) => overlaps(box, other));
  const write = (text, x, y, align, colour, font) => {
    ctx.font = font;
    ctx.textAlign = align;
    ctx.textBaseline = "middle";
    ctx.lineJoin = "round";
    ctx.lineWidth = 3.5;
    ctx.strokeStyle = colours.halo;
    ctx.strokeText(text, x, y);
    ctx.fillStyle = colour;
    ctx.fillText(text, x, y);
  };

  const beside = (text, at, font, height, colour, gap, avoidSigns, shift = [0, 0]) => {
    const p = map.latLngToLayerPoint(at).add(shift);
    if (!bounds.contains(p)) return;
    ctx.font = font;
    const w = ctx.measureText(text).width, h = height / 2;
    const choices = [
      [p.x + gap, p.y, "left", [p.x + gap, p.y - h, p.x + gap + w, p.y + h]],
      [p.x, p.y - gap - h, "center", [p.x - w / 2, p.y - gap - 2 * h, p.x + w / 2, p.y - gap]],
      [p.x, p.y + gap + h, "center", [p.x - w / 2, p.y + gap, p.x + w / 2, p.y + gap + 2 * h]],
      [p.x - gap, p.y, "right", [p.x - gap - w, p.y - h, p.x - gap, p.y + h]],
    ].filter(([, , , box]) => free(box));
    if (shift[0] < 0) choices.reverse(); // the post on the left has its name on the left
    // Best where no sign lies under it, else (for the important ones) the first that covers no other name.
    const clean = choices.find(([, , , box]) => !signs.some((sign) => overlaps(box, sign)));
    const choice = clean || (avoidSigns ? null : choices[0]);
    if (!choice) return;
    placed.push(choice[3]);
    write(text, choice[0], choice[1], choice[2], colour, font);
  };

  const hubs = content.hubNames.filter((hub) => hub.kind === "city" || zoom >= 8);
  const big = hubs.filter((hub) => hub.rank >= 6);
  for (const hub of big) beside(hub.name, hub.at, `600 13px ${FONT}`, 15, colours.ink, 8, false);
  if (zoom < 9) {
    for (const land of content.countries) {
      const p = map.latLngToLayerPoint(land.at), size = land.member ? 12 : 11;
      if (!land.member && zoom < 4.5) continue;
      const text = land.name.toLocaleUpperCase();
      ctx.font = `600 ${size}px ${FONT}`;
      ctx.letterSpacing = "2px";
      const w = ctx.measureText(text).width / 2;
      const box = [p.x - w - 2, p.y - 9, p.x + w + 2, p.y + 9];
      const isFree = free(box) && bounds.contains(p);
      if (isFree) {
        placed.push(box);
        write(text, p.x, p.y, "center", colours["ink-soft"], ctx.font);
      }
      ctx.letterSpacing = "0px";
    }
  }
  for (const hub of hubs) {
    if (hub.rank >= 6) continue;
    beside(hub.name, hub.at, `500 12px ${FONT}`, 14, colours.ink, 7, zoom < 8);
  }
  if (zoom >= 8.5) {
    for (const post of content.posts) beside([post.name, content.dwell(post)].filter(Boolean).join(" · "), post.at, `500 11.5px ${FONT}`, 13, colours["ink-soft"], 9, false, post.shift);
  }
  if (zoom >= 11) {
    for (const coach of content.coaches) beside(coach.name, coach.at, `600 11px ${FONT}`, 13, colours.coach, 12, false);
  }
}
