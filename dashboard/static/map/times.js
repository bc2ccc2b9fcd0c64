// Which stretch of time the roads' flow and the posts' dwell are of: now, a day, a week, a month, or one day of the calendar,
// hour by hour. A slider that plays is stopped by any other choice, and by whoever wants less motion never started at once.
const STEP_MS = 1400;
const DAY_MS = 86_400_000;

export class Times {
  constructor(root, view, words, nowS) {
    Object.assign(this, { root, view, words, nowS, timer: null });
    this.get = (name) => root.querySelector(`[data-time=${name}]`);
    for (const button of root.querySelectorAll("[data-window]")) button.addEventListener("click", () => this.choose(button.dataset.window));
    this.slider = this.get("hour");
    this.day = this.get("day");
    this.day.addEventListener("change", () => { if (this.day.value) { this.stop(); view.set({ day: this.day.value }); } });
    this.get("before").addEventListener("click", () => this.move(-1));
    this.get("after").addEventListener("click", () => this.move(1));
    this.slider.addEventListener("input", () => { this.stop(); this.to(Number(this.slider.value), true); });
    this.get("play").addEventListener("click", () => (this.timer ? this.stop() : this.play()));
  }

  get today() { return new Date(this.nowS() * 1000).toISOString().slice(0, 10); }

  choose(code) {
    this.stop();
    if (code === "day") this.view.set({ day: this.view.day || this.today, hour: this.view.hour });
    else this.view.set({ window: code, day: "", hour: null });
  }

  move(days) {
    this.stop();
    const moved = new Date(Date.parse(this.view.day) + days * DAY_MS).toISOString().slice(0, 10);
    if (moved <= this.today) this.view.set({ day: moved });
  }

  to(hour, quietly = false) { this.view.set({ hour: hour < 0 ? null : hour }, quietly); }

  play() {
    this.to(this.view.hour === null || this.view.hour === 23 ? 0 : this.view.hour, true);
    this.timer = setInterval(() => (this.view.hour >= 23 ? this.stop() : this.to(this.view.hour + 1, true)), STEP_MS);
    this.show();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.show();
  }

  show() {
    const { view, words } = this, code = view.day ? "day" : view.window;
    for (const button of this.root.querySelectorAll("[data-window]")) button.setAttribute("aria-pressed", String(button.dataset.window === code));
    this.get("calendar").hidden = code !== "day";
    if (code !== "day") return;
    this.day.max = this.today;
    this.day.value = view.day;
    this.get("after").disabled = view.day >= this.today;
    this.slider.value = String(view.hour ?? -1);
    const told = view.hour === null ? words.say("wholeDay") : `${String(view.hour).padStart(2, "0")}:00–${String(view.hour + 1).padStart(2, "0")}:00 UTC`;
    this.slider.setAttribute("aria-valuetext", told);
    this.get("told").textContent = told;
    const play = this.get("play");
    play.setAttribute("aria-pressed", String(Boolean(this.timer)));
    play.setAttribute("aria-label", words.say(this.timer ? "pause" : "play"));
    play.dataset.playing = String(Boolean(this.timer));
  }
}
