/** Derived values that stay the same object while they say the same thing, so that views rest when nothing changed. */
import { computed, type ReadonlySignal } from "@preact/signals";

/** Return a computed signal that changes only when `same` says that the new value differs. */
export function settled<T>(compute: () => T, same: (a: T, b: T) => boolean = sameText): ReadonlySignal<T> {
  let last: { readonly value: T } | null = null;
  return computed(() => {
    const next = compute();
    if (last !== null && same(last.value, next)) return last.value;
    last = { value: next };
    return next;
  });
}

/** Whether all fields but the ones left out are identical. */
export function sameBut<T extends object>(...leftOut: readonly (keyof T)[]): (a: T, b: T) => boolean {
  return (a, b) => (Object.keys(a) as (keyof T)[]).every((key) => leftOut.includes(key) || a[key] === b[key]);
}

function sameText(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
