// What waits on the phone is not legible in its files: each entry is encrypted with a key that the browser keeps and gives to
// nobody. Entries are sent without the PIN; the PIN opens the pages. Without a secure address there is no key: nothing is sealed.
import * as store from "./store.js";

const isSecure = Boolean(globalThis.crypto?.subtle);
const ROUNDS = 210_000; // PBKDF2-HMAC-SHA-512, OWASP's figure of 2023

async function key() {
  let found = await store.get("kept", "key");
  if (!found) {
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    await store.change("kept", "key", (before) => before ?? made);
    found = await store.get("kept", "key");
  }
  return found;
}

export async function sealed(value) {
  if (!isSecure) return { plain: value };
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return { iv, bytes: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(), bytes) };
}

export async function unsealed(box) {
  if (!box || "plain" in box) return box?.plain;
  const bytes = await crypto.subtle.decrypt({ name: "AES-GCM", iv: box.iv }, await key(), box.bytes);
  return JSON.parse(new TextDecoder().decode(bytes));
}

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

async function digest(pin, salt) {
  const material = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-512", salt, iterations: ROUNDS }, material, 256);
  return [...new Uint8Array(bits)].join();
}

export async function setPin(pin) {
  if (!isSecure) return;
  const salt = crypto.getRandomValues(new Uint8Array(16));
  await store.put("kept", { salt, hash: await digest(pin, salt) }, "pin");
}

export async function hasPin() { return Boolean(await store.get("kept", "pin")); }

export async function isPin(pin) {
  const kept = await store.get("kept", "pin");
  return !kept || (await digest(pin, kept.salt)) === kept.hash;
}

export { isSecure };
