// What was paid: amount and money; on what basis, by whom, how, with which receipt, and whether the company may see it.
import { choices, countField, el, fold, labelled } from "./parts.js";

const ANYWHERE = ["XOF", "GHS", "NGN", "GMD", "GNF", "LRD", "SLE", "USD"];

export function paymentField(app, where) {
  const { say, me } = app;
  const amount = el("input", { type: "number", inputMode: "decimal", min: 0, step: "any" });
  const currency = el("select");
  const fill = () => {
    const before = currency.value;
    const known = where.country() ? me.state(where.country()).currencies : ANYWHERE;
    currency.replaceChildren(...known.map((code) => el("option", { value: code }, code)));
    if (known.includes(before)) currency.value = before;
  };
  fill();
  where.addEventListener("change", fill);
  const of = (kind) => (me.facts?.codes?.[kind] ?? []).map((code) => [code, say(`${kind}.${code}`)]);
  const basis = choices(say("basis"), of("payment_basis"), { chosen: ["unknown"] });
  const payer = choices(say("payer"), of("payer"), { chosen: ["crew"] });
  const count = countField(say("payment.count"), { max: 500 });
  const channel = choices(say("payment.channel"), ["cash", "mobile_money", "goods"].map((code) => [code, say(`channel.${code}`)]));
  const receipt = el("input", { maxLength: 40, pattern: "[A-Za-z0-9 ._\\/\\-]+", autocapitalize: "characters" });
  const hidden = choices(say("payment.whoSees"), [["observatory", say("payment.observatory")]], { several: true });
  const node = el("div", { class: "page" }, el("div", { class: "row" }, labelled(say("amount"), amount), labelled(say("currency"), currency)),
    fold(say("paymentMore"), basis, payer, count, channel, labelled(say("payment.receipt"), receipt), hidden));
  node.body = () => (!(Number(amount.value) > 0) ? {} : {
    payments: [{
      amount: Number(amount.value), currency: currency.value, basis: basis.value() ?? "unknown", payer: payer.value() ?? "crew",
      ...(count.value() ? { count: count.value() } : {}), ...(channel.value() ? { channel: channel.value() } : {}),
      ...(receipt.value.trim() ? { receipt_number: receipt.value.trim() } : {}),
      ...(hidden.value().length ? { observatory_only: true } : {}),
    }],
  });
  node.refill = ([first] = []) => {
    if (!first) return;
    amount.value = first.amount;
    if (![...currency.options].some((one) => one.value === first.currency)) currency.append(el("option", { value: first.currency }, first.currency));
    currency.value = first.currency;
    basis.choose([first.basis]);
    payer.choose([first.payer]);
    count.querySelector("input").value = first.count ?? "";
    channel.choose([first.channel]);
    receipt.value = first.receipt_number ?? "";
    hidden.choose(first.observatory_only ? ["observatory"] : []);
  };
  return node;
}
