import { describe, expect, it } from "vitest";
import vectors from "../../../tests/vectors/messages.json";
import { type Decoded, decodeFromPerson, decodeHello, decodeToPerson } from "../../src/wire/codec";

interface Vector {
  readonly name: string;
  readonly direction: string;
  readonly text: string;
  readonly valid: boolean;
  readonly fault: string | null;
}

const DECODERS: Readonly<Record<string, (frame: string) => Decoded<unknown>>> = {
  hello: decodeHello,
  from_person: decodeFromPerson,
  to_person: decodeToPerson,
};

/** A page decodes no robot's hello and no envelopes. */
const ours = (vectors as readonly Vector[]).filter(
  (each) => each.direction in DECODERS && !(each.direction === "hello" && each.text.includes("robot_hello")),
);

describe("the golden vectors", () => {
  it("are there for every direction that a page knows", () => {
    expect(new Set(ours.map((each) => each.direction))).toEqual(new Set(Object.keys(DECODERS)));
    expect(ours.length).toBeGreaterThan(100);
  });

  it.each(ours.map((each) => [each.name, each] as const))("%s", (_name, vector) => {
    const decoded = DECODERS[vector.direction]?.(vector.text);

    expect(decoded).toMatchObject(vector.valid ? { ok: true } : { ok: false, fault: vector.fault });
  });

  it.each(ours.filter((each) => each.valid).map((each) => [each.name, each] as const))(
    "%s survives the way out and back",
    (_name, vector) => {
      const decoded = DECODERS[vector.direction]?.(vector.text);
      if (!decoded?.ok) throw new Error("expected a message");

      expect(DECODERS[vector.direction]?.(JSON.stringify(decoded.message))).toEqual(decoded);
    },
  );
});
