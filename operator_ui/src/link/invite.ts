/** Who this tab is: the invite's token from the address's fragment, and an id that outlives a reload. */

const TOKEN = /^#(.{16,128})$/u;
const CLIENT_ID = /^[A-Za-z0-9_-]{8,32}$/;
const CLIENT_ID_KEY = "stagebridge.client_id";

/** Return the token in the address's fragment, or null when there is none that could be one. */
export function tokenOf(hash: string): string | null {
  const found = TOKEN.exec(hash)?.[1];
  if (found === undefined) return null;
  try {
    return decodeURIComponent(found);
  } catch {
    return null;
  }
}

/** Return this tab's id: the stored one, or a new one that is stored now. */
export function clientIdOf(store: Pick<Storage, "getItem" | "setItem">): string {
  const stored = store.getItem(CLIENT_ID_KEY);
  if (stored !== null && CLIENT_ID.test(stored)) return stored;
  const made = randomName(16);
  store.setItem(CLIENT_ID_KEY, made);
  return made;
}

/** Return `length` random hexadecimal digits. (`crypto.randomUUID` is missing on pages served over plain HTTP.) */
export function randomName(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length / 2));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return the bridge's WebSocket address beside this page. */
export function bridgeUrlOf(page: Pick<Location, "protocol" | "host">): string {
  return `${page.protocol === "https:" ? "wss" : "ws"}://${page.host}/ws`;
}
