// The end of a shift, to print on one page, and the state of the post. Figures are those of the post's agency, of nobody in person.
import { shiftOf, summary, timeAt } from "./official_shift.js";
import { big, countField, el, zoneName } from "./parts.js";

const QUEUES = [0, 5, 10, 20, 50];
const AWHILE_MS = 120_000;

export function shiftPage(app) {
  const { say, words, me } = app, shift = shiftOf(app), place = el("section", { class: "page shift" });
  const draw = () => {
    const post = me.facts.post, sum = summary(shift.visits), minutes = (n) => (n === null ? say("notKnown") : words.duration(n * 60));
    const day = (at) => words.days.format(new Date(at + post.offset * 3_600_000));
    const lines = [
      [say("desk.sum.coaches"), words.number(sum.coaches)], [say("desk.sum.done"), words.number(sum.released)],
      [say("desk.sum.passengers"), sum.passengers === null ? say("notSaid") : `${words.number(sum.passengers)} (${say("desk.sum.counted", { n: words.number(sum.counted) })})`],
      [say("desk.sum.held"), words.number(sum.held)], [say("desk.sum.refused"), words.number(sum.refused)],
      [say("desk.sum.median"), minutes(sum.median)], [say("desk.sum.longest"), minutes(sum.longest)],
      [say("desk.sum.corrections"), words.number(sum.corrections)], [say("desk.sum.waiting"), words.number(sum.waiting)],
      ...(sum.notTaken ? [[say("desk.sum.notTaken"), words.number(sum.notTaken)]] : []),
      ...sum.charges.map((one) => [`${say("desk.sum.charges")}: ${say(`payment_basis.${one.basis}`)}`, `${words.money(one.amount, one.currency)} (${words.number(one.n)})`]),
    ];
    place.replaceChildren(
      el("h1", {}, say("desk.sum.title")),
      el("p", {}, `${post.name} · ${say(`agency.${me.sender.agency}`)} · ${say(`desk.side.${shift.side ?? "both"}`)}`),
      shift.begunAt ? el("p", {}, say("desk.sum.time", { from: `${day(shift.begunAt)} ${timeAt(app, shift.begunAt)}`, to: `${day(Date.now())} ${timeAt(app, Date.now())}`, zone: zoneName(post.offset) })) : el("p", {}, say("desk.notBegun")),
      el("table", { class: "sums" }, el("tbody", {}, lines.map(([what, value]) => el("tr", {}, el("th", { scope: "row" }, what), el("td", {}, value))))),
      el("p", { class: "soft" }, say("desk.sum.note")),
      ...(shift.begunAt ? [big(say("desk.print"), () => print()),
        big(say("desk.close"), async () => {
          if (!confirm(say(sum.waiting ? "desk.closeWaiting" : "desk.closeSure", { n: words.number(sum.waiting) }))) return;
          await shift.close();
          app.tell(say("desk.closed"));
          app.go("home");
        }, "first")] : [big(say("desk.begin"), async () => { await shift.begin(); app.go("home"); }, "first")]));
  };
  shift.addEventListener("change", function again() { if (place.isConnected) draw(); else shift.removeEventListener("change", again); });
  shift.ready.then(draw);
  return place;
}

// Two taps: this page, and a state or a queue.
export function statePage(app) {
  const { say, words } = app, shift = shiftOf(app);
  // What was just said here stands until the server has had time to read it.
  const now = shift.saidState && Date.now() - shift.saidState.at < AWHILE_MS ? shift.saidState : shift.told?.status ?? null;
  const own = countField(say("desk.queueOther"), { max: 5000 });
  const send = async (status, queue) => {
    const body = { observed_at: new Date().toISOString(), status, ...(queue === null ? {} : { queue_length: queue }) };
    await app.outbox.add("post-status", body, { clocked: ["observed_at"] });
    shift.saidState = { status, queue_length: queue, at: Date.now() };
    app.tell(say("kept"));
    history.back();
  };
  const states = (app.me.facts?.codes?.post_state ?? []).map((code) => el("button", {
    type: "button", class: "big", "aria-pressed": String(now?.status === code), onclick: () => send(code, own.value()),
  }, say(`post_state.${code}`)));
  return el("section", { class: "page" }, el("h1", {}, say("desk.state")),
    el("p", { class: "soft" }, now ? say("desk.stateNow", { state: say(`post_state.${now.status}`), queue: now.queue_length === null || now.queue_length === undefined ? say("notSaid") : words.number(now.queue_length) }) : say("desk.stateNone")),
    el("h2", {}, say("desk.queue")),
    el("div", { class: "chips" }, QUEUES.map((n) => el("button", { type: "button", onclick: () => send(now?.status ?? "open", n) }, words.number(n)))),
    own, el("h2", {}, say("desk.stateSet")), states);
}
