import { computed, signal } from "@preact/signals";
import { expect, it } from "vitest";
import { sameBut, settled } from "../../src/session/settled";

it("stays the same object while it says the same", () => {
  const source = signal(1);
  const parity = settled(() => ({ odd: source.value % 2 === 1 }));
  let renders = 0;
  const view = computed(() => {
    renders += 1;
    return parity.value.odd;
  });

  for (const value of [1, 3, 5, 6, 8]) {
    source.value = value;
    view.value;
  }

  expect(view.value).toBe(false);
  expect(renders).toBe(2);
});

it("may leave fields out of account", () => {
  const same = sameBut<{ a: number; b: number }>("b");

  expect(same({ a: 1, b: 1 }, { a: 1, b: 2 })).toBe(true);
  expect(same({ a: 1, b: 1 }, { a: 2, b: 1 })).toBe(false);
});
