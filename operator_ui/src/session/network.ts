/** Tells when it is worth looking for the network anew: it changed, it came back, or somebody opened the lid. */

/** Call `look` at every such moment. Returns how to stop. */
export function watchNetwork(page: Window, look: () => void): () => void {
  const connection = (page.navigator as Navigator & { readonly connection?: EventTarget }).connection;
  const seen = () => page.document.visibilityState === "visible" && look();
  page.addEventListener("online", look);
  page.document.addEventListener("visibilitychange", seen);
  connection?.addEventListener("change", look);
  return () => {
    page.removeEventListener("online", look);
    page.document.removeEventListener("visibilitychange", seen);
    connection?.removeEventListener("change", look);
  };
}
