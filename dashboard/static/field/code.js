// A QR code of a link, drawn on the phone, and the link itself to be copied or sent on.
import { encode } from "../vendor/uqr/uqr.js";
import { el } from "./parts.js";

const SVG = "http://www.w3.org/2000/svg";

// Dark squares on white in any colour scheme: cameras expect that.
function drawn(link) {
  const { data, size } = encode(link, { ecc: "L", border: 2 });
  const dark = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  const made = (name, how, ...inner) => {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(how)) node.setAttribute(key, value);
    node.append(...inner);
    return node;
  };
  return made("svg", { viewBox: `0 0 ${size} ${size}`, class: "qr", role: "img", "shape-rendering": "crispEdges" },
    made("rect", { width: size, height: size, fill: "#fff" }), made("path", { d: dark.join(""), fill: "#000" }));
}

export function codeOf(app, link) {
  const { say } = app;
  const picture = drawn(link);
  picture.setAttribute("aria-label", say("code.picture"));
  const copied = async () => {
    await navigator.clipboard.writeText(link);
    app.tell(say("code.copied"));
  };
  return el("div", { class: "sheet" }, picture, el("code", { class: "link" }, link), el("div", { class: "row" },
    navigator.clipboard ? el("button", { type: "button", onclick: copied }, say("code.copy")) : null,
    navigator.share ? el("button", { type: "button", onclick: () => navigator.share({ text: link }).catch(() => {}) }, say("code.share")) : null));
}
