// What this phone keeps, in one IndexedDB database: `outbox` (entries by id), `kept` (anything by a name), `fixes` (positions).
// Nothing expires by itself.
const STORES = { outbox: { keyPath: "id" }, kept: {}, fixes: { autoIncrement: true } };
let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const wish = indexedDB.open("field", 1);
    wish.onupgradeneeded = () => { for (const [name, how] of Object.entries(STORES)) wish.result.createObjectStore(name, how); };
    wish.onsuccess = () => resolve(wish.result);
    wish.onerror = () => { opened = null; reject(wish.error); };
  });
  return opened;
}

// Runs `work(store)` in one transaction; resolves with what its request gave, when that is on disk.
async function run(name, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, mode, { durability: "strict" });
    const request = work(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export const get = (name, key) => run(name, "readonly", (store) => store.get(key));
export const all = (name, limit) => run(name, "readonly", (store) => store.getAll(null, limit));
export const keys = (name, limit) => run(name, "readonly", (store) => store.getAllKeys(null, limit));
export const put = (name, value, key) => run(name, "readwrite", (store) => store.put(value, key));
export const remove = (name, key) => run(name, "readwrite", (store) => store.delete(key));
export const clear = (name) => run(name, "readwrite", (store) => store.clear());

// Reads a value, gives it to `change`, and writes what that returns (undefined: leaves it), so that two tabs lose nothing.
export async function change(name, key, alter) {
  return run(name, "readwrite", (store) => {
    const request = store.get(key);
    request.onsuccess = () => {
      const after = alter(request.result);
      if (after !== undefined) store.put(after, ...(STORES[name].keyPath ? [] : [key]));
    };
    return request;
  });
}
