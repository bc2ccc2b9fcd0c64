// The field pages: start, who is here, which page is shown, what stands in the bar. Pages are functions `(app, ...words) => node`
// in `pages`, shown by `app.go(name)`.
import { Words } from "../map/words.js";
import { borderPage } from "./border_page.js";
import { Driving } from "./driving.js";
import { fleetHome } from "./fleet_home.js";
import { FleetList } from "./fleet_list.js";
import { fleetPage, registerPage } from "./fleet_page.js";
import { Lock } from "./lock.js";
import { Me } from "./me.js";
import { deskPage, officialPages } from "./official.js";
import { Outbox } from "./outbox.js";
import { outboxPage } from "./outbox_page.js";
import { big, el, LANGUAGES } from "./parts.js";
import { Registered } from "./registered.js";
import { reportPage } from "./report_page.js";
import { hasPin, isSecure } from "./seal.js";
import { roadHome } from "./road_home.js";
import { stopsPage } from "./stops_page.js";
import * as store from "./store.js";
import { Training } from "./training.js";
import { tripPage } from "./trip_page.js";

const CALM_MS = 700;
const root = document.documentElement.dataset.root;

class App {
  constructor() {
    this.me = new Me(root);
    this.outbox = new Outbox(root, { headers: () => this.me.headers(), skewMs: () => this.me.skew() });
    this.lock = new Lock(this);
    this.driving = new Driving(this);
    this.training = new Training(this);
    this.fleet = new FleetList(this);
    this.registered = new Registered(this);
    this.pages = { home, outbox: outboxPage, report: reportPage, trip: tripPage, border: borderPage, stops: stopsPage, fleet: fleetPage, register: registerPage, ...officialPages };
    this.at = ["home"];
    this.say = (key, values) => this.words.say(key, values);
  }

  async start() {
    // The second tap of a double tap belongs to the page that is gone: on the one that came it would press another button.
    addEventListener("click", (event) => {
      if (event.detail > 1 && Date.now() - this.drawnAt < CALM_MS) { event.preventDefault(); event.stopPropagation(); }
    }, true);
    addEventListener("hashchange", () => { if (location.hash.startsWith("#pair=")) location.reload(); });
    await this.speak((await store.get("kept", "language")) ?? guess());
    await this.me.load();
    const pairing = new URLSearchParams(location.hash.slice(1)).get("pair");
    if (pairing) {
      history.replaceState(null, "", location.pathname);
      await this.me.pair(pairing);
      if (this.me.isKnown && !(await store.get("kept", "language"))) await this.speak(this.me.sender.language);
    } else if (!this.me.isKnown && !(await store.get("kept", "training"))) await this.me.refresh();
    await this.training.load();
    await this.fleet.load();
    await this.registered.load();
    await this.driving.load(); // before the digits: a trip is recorded on a locked phone too
    if (this.me.isKnown && this.me.needsPin && isSecure) {
      if (await hasPin()) await this.lock.ask();
      else await this.lock.choose();
    }
    this.outbox.addEventListener("change", () => this.bar());
    addEventListener("online", () => this.bar());
    addEventListener("offline", () => this.bar());
    addEventListener("popstate", (event) => { this.at = event.state ?? ["home"]; this.draw(); });
    this.draw();
    this.outbox.start();
    if (!this.training.isOn) this.me.refresh().then(() => { this.bar(); this.driving.ask(); this.fleet.ask(); });
    navigator.storage?.persist?.();
    if (isSecure && navigator.serviceWorker) {
      await navigator.serviceWorker.register(`${root}/field/worker.js`, { scope: `${root}/field/` });
    }
  }

  async speak(language) {
    this.language = LANGUAGES[language] ? language : "en";
    const answer = await fetch(`${root}/field/words/${this.language}`);
    this.words = new Words(await answer.json(), this.language);
    document.documentElement.lang = this.language;
    document.title = this.say("name");
    document.querySelector("link[rel=manifest]").href = `${root}/field/manifest/${this.language}`;
  }

  go(...at) {
    this.at = at;
    history.pushState(at, "");
    this.draw();
  }

  draw() {
    if (!this.lock.isOpen) return;
    this.drawnAt = Date.now();
    const [name, ...more] = this.at;
    this.words.zones = this.me.zones;
    const page = this.me.isKnown || name === "outbox" ? this.pages[name] ?? home : welcome;
    this.fill(page(this, ...more));
  }

  fill(node, { bare = false } = {}) {
    const main = document.getElementById("main");
    main.replaceChildren(node);
    this.isBare = bare;
    this.bar();
    if (!bare) { scrollTo(0, 0); main.focus({ preventScroll: true }); }
  }

  // Says something once, to eyes and screen readers.
  tell(words) {
    const note = document.getElementById("say");
    note.textContent = words;
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => { note.textContent = ""; }, 6000);
  }

  async bar() {
    const bar = document.getElementById("bar"), foot = document.getElementById("foot");
    const banner = document.getElementById("training");
    banner.hidden = !this.training.isOn || this.isBare;
    banner.textContent = this.say("training.banner");
    if (this.isBare) { bar.replaceChildren(); foot.replaceChildren(); return; }
    const waiting = await this.outbox.waiting();
    const problem = navigator.onLine ? this.outbox.problem : "offline";
    const words = waiting ? this.say("waiting", { n: waiting }) : this.say("nothingWaits");
    bar.replaceChildren(
      this.at[0] === "home" ? el("strong", {}, this.say("name")) : el("button", { type: "button", class: "back", onclick: () => history.back() }, this.say("back")),
      el("button", { type: "button", class: `state ${waiting ? "open" : ""}`, onclick: () => this.go("outbox") },
        problem ? `${this.say(`problem.${problem}`)} · ${words}` : words),
      (await hasPin()) ? el("button", { type: "button", class: "leave", onclick: () => this.lock.leave(), "aria-label": this.say("leave") }, "✕") : "",
    );
    foot.replaceChildren(...Object.entries(LANGUAGES).map(([code, name]) => el("button", {
      type: "button", lang: code, "aria-pressed": String(code === this.language), onclick: async () => {
        await store.put("kept", code, "language");
        if (code === this.language) return; // what stands half typed on the page stays
        await this.speak(code);
        this.draw();
      },
    }, name)));
  }
}

function guess() {
  return (navigator.languages ?? [navigator.language]).map((one) => one.slice(0, 2)).find((one) => LANGUAGES[one]) ?? "en";
}

// Nobody is known here yet: pair, or sign in.
function welcome(app) {
  const { say } = app;
  return el("section", { class: "page" },
    el("h1", {}, say("welcome")),
    el("p", {}, app.me.problem === "offline" ? say("welcomeOffline") : say("welcomePair")),
    big(say("signIn"), () => { location.href = `${root}/sign-in?next=/field/`; }),
    big(say("tryAgain"), async () => { await app.me.refresh(); app.draw(); }, "quiet"),
    big(say("training.crew"), () => app.training.begin("crew"), "quiet"),
    big(say("training.post"), () => app.training.begin("post"), "quiet"));
}

function home(app) {
  const { say, me } = app;
  if (me.isPost) return deskPage(app);
  return el("section", { class: "page" },
    el("h1", { class: "unseen" }, say("name")),
    isSecure ? null : el("p", { class: "notice" }, say("notSecure")),
    me.isDispatcher && !app.training.isOn ? fleetHome(app) : roadHome(app),
    big(say("outbox"), () => app.go("outbox"), "quiet"),
    app.training.isOn ? big(say("training.end"), () => app.training.end(), "quiet") : big(say("training.begin"), () => app.training.begin(), "quiet"));
}

const app = new App();
app.start();
