import { describe, expect, it } from "vitest";
import { decodeToPerson, encode } from "../../src/wire/codec";
import { MAX_FRAME_BYTES } from "../../src/wire/messages.gen";

describe("decoding", () => {
  it.each([
    ["a binary frame", new ArrayBuffer(4), "not_json"],
    ["no JSON", "{", "not_json"],
    ["an array", "[]", "bad_field"],
    ["a number", "7", "bad_field"],
    ["null", "null", "bad_field"],
    ["no type", "{}", "unknown_type"],
    ["a type from the prototype", '{"type":"constructor"}', "unknown_type"],
    ["a field from the prototype", '{"type":"pong","id":"a","toString":1}', "bad_field"],
    ["too long a frame", `"${"x".repeat(MAX_FRAME_BYTES)}"`, "too_large"],
    ["too long a frame in bytes, not in characters", `"${"停".repeat(MAX_FRAME_BYTES / 3)}"`, "too_large"],
    ["a pattern that only matches in part", '{"type":"pong","id":"a b"}', "bad_field"],
  ])("refuses %s", (_what, frame, fault) => {
    expect(decodeToPerson(frame)).toMatchObject({ ok: false, fault });
  });

  it("takes a message as it is", () => {
    expect(decodeToPerson('{"type":"pong","id":"a"}')).toEqual({
      ok: true,
      message: { type: "pong", id: "a" },
    });
  });

  it("says what was expected and what was seen", () => {
    expect(decodeToPerson('{"type":"pong","id":7}')).toMatchObject({
      detail: "pong.id: expected a text, got 7",
    });
  });
});

it("encodes one JSON object", () => {
  expect(encode({ type: "stop", id: "a-1" })).toBe('{"type":"stop","id":"a-1"}');
});
