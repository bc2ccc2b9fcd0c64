// The panel: beside the map on a desk, a sheet that is pulled up from below on a phone.
const STEPS = ["peek", "half", "full"];

export class Sheet {
  constructor(panel, grip, moved) {
    Object.assign(this, { panel, grip, moved });
    this.narrow = matchMedia("(max-width: 59.99rem)");
    this.to("peek");
    this.ready = true;
    grip.addEventListener("click", () => { if (!this.dragged) this.to(this.step === "peek" ? "half" : "peek"); });
    grip.addEventListener("keydown", (event) => {
      const turn = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (turn) { event.preventDefault(); this.by(turn); }
    });
    grip.addEventListener("pointerdown", (event) => this.drag(event));
    this.narrow.addEventListener("change", () => this.moved(this.covers));
  }

  to(step) {
    this.step = step;
    this.panel.dataset.step = step;
    this.grip.setAttribute("aria-expanded", String(step !== "peek"));
    if (this.ready) this.moved(this.covers);
  }

  by(turn) { this.to(STEPS[Math.max(0, Math.min(STEPS.length - 1, STEPS.indexOf(this.step) + turn))]); }

  open() { if (this.narrow.matches && this.step === "peek") this.to("half"); }

  // How many pixels of the map lie under the sheet.
  get covers() { return this.narrow.matches ? this.panel.getBoundingClientRect().height : 0; }

  drag(start) {
    if (!this.narrow.matches) return;
    this.dragged = false;
    this.grip.setPointerCapture(start.pointerId);
    const move = (event) => { if (Math.abs(event.clientY - start.clientY) > 8) this.dragged = true; };
    const end = (event) => {
      this.grip.removeEventListener("pointermove", move);
      const way = start.clientY - event.clientY;
      if (this.dragged && Math.abs(way) > 24) this.by(way > 0 ? (way > 260 ? 2 : 1) : way < -260 ? -2 : -1);
      setTimeout(() => { this.dragged = false; });
    };
    this.grip.addEventListener("pointermove", move);
    this.grip.addEventListener("pointerup", end, { once: true });
    this.grip.addEventListener("pointercancel", end, { once: true });
  }
}
