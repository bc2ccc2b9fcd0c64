// The lists beside the map: the same coaches, posts and reports, for the keyboard and for people who cannot see the map.
import { make, retext } from "./dom.js";
import { paintSign } from "./symbols.js";

const FIRST = 80;

export class Lists {
  constructor(root, words, choose) {
    Object.assign(this, { root, words, choose });
    this.limit = FIRST;
    this.rows = new Map();
    this.list = make("ul", { class: "map-list" });
    this.empty = make("p", { class: "map-empty", hidden: true });
    this.more = make("button", { class: "button slim wide", type: "button", hidden: true, onclick: () => { this.limit += 200; this.show(this.items); } });
    this.more.textContent = words.say("showMore");
    root.replaceChildren(this.list, this.empty, this.more);
  }

  setColours(colours) {
    this.colours = colours;
    for (const row of this.rows.values()) row.sign = null;
    if (this.items) this.show(this.items);
  }

  // `items`: {key, name, facts, aside, sign, detail, quiet}, in the order to be shown.
  show(items, emptyText = this.emptyText) {
    this.items = items;
    this.emptyText = emptyText;
    const shown = items.slice(0, this.limit), wanted = new Set(shown.map((item) => item.key));
    for (const [key, row] of this.rows) {
      if (!wanted.has(key)) { row.element.remove(); this.rows.delete(key); }
    }
    shown.forEach((item, index) => {
      const row = this.rows.get(item.key) || this.addRow(item.key);
      this.fill(row, item);
      if (this.list.children[index] !== row.element) this.list.insertBefore(row.element, this.list.children[index] || null);
    });
    this.more.hidden = items.length <= this.limit;
    this.empty.hidden = items.length > 0;
    retext(this.empty, emptyText || "");
  }

  addRow(key) {
    const row = {
      canvas: make("canvas", { class: "sign", "aria-hidden": "true" }),
      name: make("strong"), facts: make("span", { class: "facts-line" }), aside: make("span", { class: "aside num" }),
    };
    row.button = make("button", { type: "button", class: "map-row", onclick: () => this.choose(key) },
      row.canvas, make("span", { class: "words" }, row.name, row.facts), row.aside);
    row.element = make("li", {}, row.button);
    this.rows.set(key, row);
    return row;
  }

  fill(row, item) {
    retext(row.name, item.name);
    retext(row.facts, item.facts);
    retext(row.aside, item.aside);
    row.button.classList.toggle("quiet", Boolean(item.quiet));
    const sign = `${item.sign} ${item.detail}`;
    if (row.sign !== sign && this.colours) {
      paintSign(row.canvas, this.colours, item.sign, item.detail);
      row.sign = sign;
    }
  }

  mark(key) {
    for (const [own, row] of this.rows) row.button.setAttribute("aria-pressed", String(own === key));
  }
}
