// For requesters' HTML in a frame that has no storage: what throws there works in memory instead, until the page is left. Where
// storage works, nothing is changed. IndexedDB is not imitated: opening a database fails by its error event, as in a private window.
"use strict";
(function () {
  function works(use) {
    try {
      use();
      return true;
    } catch (error) {
      return false;
    }
  }

  function makeStorage() {
    const items = new Map();
    const methods = {
      getItem: (name) => (items.has(String(name)) ? items.get(String(name)) : null),
      setItem: (name, value) => void items.set(String(name), String(value)),
      removeItem: (name) => void items.delete(String(name)),
      clear: () => items.clear(),
      key: (index) => Array.from(items.keys())[index] ?? null,
    };
    return new Proxy(Object.create(Storage.prototype), {
      get: (target, name) =>
        name === "length" ? items.size : methods[name] || (items.has(name) ? items.get(name) : Reflect.get(target, name)),
      set: (target, name, value) => (items.set(String(name), String(value)), true),
      has: (target, name) => items.has(name) || name in target,
      deleteProperty: (target, name) => (items.delete(name), true),
      ownKeys: () => Array.from(items.keys()),
      getOwnPropertyDescriptor: (target, name) =>
        items.has(name) ? { value: items.get(name), writable: true, enumerable: true, configurable: true } : undefined,
    });
  }

  const stored = works(() => window.localStorage.length);
  for (const name of ["localStorage", "sessionStorage"]) {
    if (!works(() => window[name].length)) {
      Object.defineProperty(window, name, { value: makeStorage(), configurable: true, enumerable: true });
    }
  }

  // a frame of another site may be refused cookies without a word
  const asked = function () {
    document.cookie = "storage_works=1";
    if (!document.cookie.includes("storage_works=1")) {
      throw new Error("refused");
    }
    document.cookie = "storage_works=; max-age=0";
  };
  if (!works(asked)) {
    const cookies = new Map();
    const set = function (text) {
      const [pair, ...attributes] = String(text).split(";");
      const at = pair.indexOf("=");
      const name = pair.slice(0, Math.max(at, 0)).trim();
      const over = attributes.some(function (each) {
        const [key, value] = each.trim().split("=");
        const age = /^max-age$/i.test(key) ? Number(value) : /^expires$/i.test(key) ? Date.parse(value) - Date.now() : 1;
        return age <= 0;
      });
      if (over) {
        cookies.delete(name);
      } else {
        cookies.set(name, pair.slice(at + 1).trim());
      }
    };
    const get = () => Array.from(cookies, ([name, value]) => (name ? name + "=" + value : value)).join("; ");
    Object.defineProperty(document, "cookie", { get: get, set: set, configurable: true });
  }

  if (!stored) {
    const refuse = function () {
      const request = new EventTarget();
      const state = { readyState: "pending", result: undefined, error: null, source: null, transaction: null };
      const handlers = { onerror: null, onsuccess: null, onupgradeneeded: null, onblocked: null };
      // libraries ask what kind of object this is; its kind's own properties work for real ones only
      Object.setPrototypeOf(request, IDBOpenDBRequest.prototype);
      for (const [name, value] of Object.entries({ ...state, ...handlers })) {
        Object.defineProperty(request, name, { value: value, writable: true });
      }
      setTimeout(function () {
        request.readyState = "done";
        request.error = new DOMException("There is no database in this frame.", "InvalidStateError");
        request.addEventListener("error", (event) => request.onerror && request.onerror(event));
        request.dispatchEvent(new Event("error", { bubbles: true, cancelable: true }));
      });
      return request;
    };
    const factory = {
      open: refuse,
      deleteDatabase: refuse,
      databases: () => Promise.resolve([]),
      cmp: window.indexedDB.cmp.bind(window.indexedDB),
    };
    Object.defineProperty(window, "indexedDB", { value: factory, configurable: true, enumerable: true });
  }
})();
