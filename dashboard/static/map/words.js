// Words, numbers, times and ages in the reader's language. Times always name their zone.
const LOCALES = { en: "en-GB", fr: "fr-FR", pt: "pt-PT" };
const THIN = "\u202f";

export class Words {
  constructor(texts, language) {
    this.texts = texts;
    this.locale = LOCALES[language] || "en-GB";
    this.zones = {};
    this.relative = new Intl.RelativeTimeFormat(this.locale, { numeric: "always", style: "short" });
    this.decimals = new Intl.NumberFormat(this.locale, { maximumFractionDigits: 1 });
    this.shares = new Intl.NumberFormat(this.locale, { style: "percent" });
    this.days = new Intl.DateTimeFormat(this.locale, { day: "numeric", month: "short", timeZone: "UTC" });
    this.collator = new Intl.Collator(this.locale, { numeric: true });
  }

  // The sentence of a key, with {values} filled in; an unknown key is shown as it is, never nothing.
  say(key, values = {}) {
    return (this.texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  code(prefix, code) { return code ? this.say(`${prefix}.${code}`) : this.say("notSaid"); }

  country(code) { return code ? this.say(`country.${code}`) : this.say("notKnown"); }

  percent(share) { return this.shares.format(share); }

  // A window in words: {window}, {day} or {day, hour}.
  span(span) {
    if (!span.day) return this.say(`window.${span.window}`);
    return `${this.day(span.day)} ${span.day.slice(0, 4)}${span.hour === undefined ? "" : `, ${span.hour.padStart(2, "0")}–${String(Number(span.hour) + 1).padStart(2, "0")} h UTC`}`;
  }

  number(value) { return this.decimals.format(value); }

  money(amount, currency) { return `${this.decimals.format(amount)}\u00a0${currency}`; }

  speed(mps) { return mps === null ? this.say("speedNotSaid") : `${Math.round(mps * 3.6)}${THIN}km/h`; }

  ago(seconds) {
    const s = Math.max(0, Math.round(seconds));
    if (s < 60) return this.relative.format(-s, "second");
    if (s < 3600) return this.relative.format(-Math.round(s / 60), "minute");
    if (s < 48 * 3600) return this.relative.format(-Math.round(s / 3600), "hour");
    return this.relative.format(-Math.round(s / 86400), "day");
  }

  duration(seconds) {
    const minutes = Math.round(seconds / 60);
    if (seconds < 60) return `${Math.round(seconds)}${THIN}s`;
    if (minutes < 60) return `${minutes}${THIN}min`;
    return `${Math.floor(minutes / 60)}${THIN}h ${String(minutes % 60).padStart(2, "0")}${THIN}min`;
  }

  // Time of day at a place: Benin, Niger and Nigeria are an hour ahead, and a coach crosses that line.
  clock(seconds, country = null, withSeconds = false) {
    const offset = this.zones[country] ?? 0;
    const iso = new Date((seconds + offset * 3600) * 1000).toISOString();
    const zone = offset === 0 ? "UTC" : `UTC${offset > 0 ? "+" : "−"}${Math.abs(offset)}`;
    return `${iso.slice(11, withSeconds ? 19 : 16)} ${zone}`;
  }

  moment(seconds, country = null) {
    const offset = this.zones[country] ?? 0;
    return `${this.days.format(new Date((seconds + offset * 3600) * 1000))}, ${this.clock(seconds, country)}`;
  }

  day(iso) { return this.days.format(new Date(`${iso}T00:00:00Z`)); }
}
