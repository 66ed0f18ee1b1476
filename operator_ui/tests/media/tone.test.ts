import { expect, it } from "vitest";
import { pitchDbfs } from "../../src/media/tone";

const sine = (hz: number, amplitude: number) =>
  Float32Array.from(
    { length: 2048 },
    (_, index) => amplitude * Math.sin((2 * Math.PI * hz * index) / 48_000),
  );

it("one pitch is told from others", () => {
  expect(pitchDbfs(sine(997, 0.1), 48_000, 997)).toBeCloseTo(-20, 0);
  expect(pitchDbfs(sine(400, 0.1), 48_000, 997)).toBeLessThan(-45);
  expect(pitchDbfs(new Float32Array(2048), 48_000, 997)).toBe(-90);
});
