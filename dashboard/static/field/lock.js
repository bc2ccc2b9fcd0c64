// The lock: a neutral page of keys. It shows nothing of what the pages are for, and one press leaves for it.
import { el } from "./parts.js";
import { hasPin, isPin, setPin } from "./seal.js";

const AFTER_MS = 60_000;
const LENGTH = 4;

export class Lock {
  constructor(app) {
    Object.assign(this, { app, isOpen: true, hiddenAt: null, wrong: 0 });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.hiddenAt = Date.now();
      else if (this.hiddenAt && Date.now() - this.hiddenAt > AFTER_MS) this.leave();
    });
    addEventListener("keydown", (event) => { if (event.key === "Escape" && this.isOpen) this.leave(); });
  }

  // Locks at once, where there is a PIN.
  async leave() {
    if (!(await hasPin())) return;
    await this.ask();
    this.app.draw();
  }

  // Resolves when the right PIN was typed.
  ask() {
    this.isOpen = false;
    const { say } = this.app;
    return new Promise((resolve) => {
      const opened = async (typed) => {
        if (await isPin(typed)) { this.isOpen = true; this.wrong = 0; resolve(); return null; }
        this.wrong += 1;
        await new Promise((wait) => setTimeout(wait, Math.min(30_000, 250 * 2 ** this.wrong)));
        return say("pinWrong");
      };
      this._keys(say("pin"), opened);
    });
  }

  // Lets somebody choose a PIN; asks twice.
  choose() {
    const { say } = this.app;
    this.isOpen = false;
    return new Promise((resolve) => {
      let first = null;
      this._keys(say("pinChoose"), async (typed) => {
        if (first === null) { first = typed; return say("pinAgain"); }
        if (typed !== first) { first = null; return say("pinDiffers"); }
        await setPin(typed);
        this.isOpen = true;
        resolve();
        return null;
      });
    });
  }

  _keys(title, done) {
    const typed = [], dots = el("p", { class: "dots", role: "img" }), note = el("p", { class: "soft", role: "status" }, title);
    const show = () => {
      dots.textContent = "●".repeat(typed.length) + "○".repeat(LENGTH - typed.length);
      dots.setAttribute("aria-label", `${typed.length} / ${LENGTH}`);
    };
    const press = async (key) => {
      if (key === "⌫") typed.pop();
      else if (typed.length < LENGTH) typed.push(key);
      show();
      if (typed.length < LENGTH) return;
      const words = await done(typed.splice(0).join(""));
      show();
      if (words) note.textContent = words;
    };
    const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "⌫"].map((key) => (key
      ? el("button", { type: "button", class: "key", onclick: () => press(key), "aria-label": key === "⌫" ? this.app.say("erase") : null }, key)
      : el("span")));
    const pad = el("section", { class: "lock", tabindex: "-1", onkeydown: (event) => {
      if (/^\d$/.test(event.key)) press(event.key);
      if (event.key === "Backspace") press("⌫");
    } }, note, dots, el("div", { class: "keys" }, keys));
    show();
    this.app.fill(pad, { bare: true });
    pad.focus();
  }
}
