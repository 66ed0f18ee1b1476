/**
 * Text to messages and back, with limits: the only place where something from outside becomes anything.
 * The shapes come from the same source as the robot's own decoder, so both refuse the same frames.
 */
import {
  type AtBridge,
  FROM_PERSON,
  type FromPerson,
  type Hello,
  MAX_FRAME_BYTES,
  type ObjectShape,
  type PictureArrivals,
  SHAPES,
  type Shape,
  TO_PERSON,
  type ToPerson,
} from "./messages.gen";

/** Which rule of the wire a frame breaks; also the name under which it is counted. */
export type WireFault = "too_large" | "not_json" | "unknown_type" | "bad_field";

export type Decoded<M> =
  | { readonly ok: true; readonly message: M }
  | { readonly ok: false; readonly fault: WireFault; readonly detail: string };

/** Decode what a person receives. */
export function decodeToPerson(frame: unknown): Decoded<ToPerson> {
  return decode(frame, TO_PERSON) as Decoded<ToPerson>;
}

/** Decode what a person sends after `Hello`; the page itself needs it only to test what it encodes. */
export function decodeFromPerson(frame: unknown): Decoded<FromPerson> {
  return decode(frame, FROM_PERSON) as Decoded<FromPerson>;
}

/** Decode a person's first frame. */
export function decodeHello(frame: unknown): Decoded<Hello> {
  return decode(frame, ["hello"]) as Decoded<Hello>;
}

/** Return the JSON text of a message. */
export function encode(message: Hello | AtBridge | PictureArrivals): string {
  return JSON.stringify(message);
}

function decode(frame: unknown, types: readonly string[]): Decoded<unknown> {
  if (typeof frame !== "string") return fault("not_json", "expected a text frame");
  if (byteLength(frame) > MAX_FRAME_BYTES)
    return fault("too_large", `expected at most ${MAX_FRAME_BYTES} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    return fault("not_json", "expected one JSON object");
  }
  if (!isObject(value)) return fault("bad_field", "expected one JSON object");
  const { type, ...fields } = value;
  if (typeof type !== "string" || !types.includes(type))
    return fault("unknown_type", `got type ${seen(type)}`);
  const wrong = faultOfObject(fields, type, type);
  return wrong === null ? { ok: true, message: value } : fault("bad_field", wrong);
}

function fault(rule: WireFault, detail: string): Decoded<never> {
  return { ok: false, fault: rule, detail };
}

function byteLength(frame: string): number {
  // A UTF-16 unit is at least one byte and at most three: most frames need no counting.
  if (frame.length * 3 <= MAX_FRAME_BYTES) return frame.length;
  return new TextEncoder().encode(frame).length;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function seen(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 60);
}

const NO_SHAPE: ObjectShape = { required: [], fields: {} };

function faultOfObject(fields: Record<string, unknown>, name: string, path: string): string | null {
  const shape = SHAPES[name] ?? NO_SHAPE;
  for (const key of shape.required) {
    if (!Object.hasOwn(fields, key)) return `${path} lacks ${key}`;
  }
  for (const [key, value] of Object.entries(fields)) {
    const of = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
    if (of === undefined) return `${path} has an unknown field ${seen(key)}`;
    const wrong = faultOfValue(value, of, `${path}.${key}`);
    if (wrong !== null) return wrong;
  }
  return null;
}

function faultOfValue(value: unknown, shape: Shape, path: string): string | null {
  if (value === null) return shape.null === true || shape.k === "any" ? null : `${path} is null`;
  switch (shape.k) {
    case "any":
      return null;
    case "bool":
      return typeof value === "boolean" ? null : expected("a Boolean", value, path);
    case "str":
      return faultOfText(value, shape, path);
    case "int":
      return Number.isInteger(value)
        ? faultOfRange(value as number, shape, path)
        : expected("an integer", value, path);
    case "num":
      return typeof value === "number" && Number.isFinite(value)
        ? faultOfRange(value, shape, path)
        : expected("a number", value, path);
    case "enum":
      return typeof value === "string" && shape.of.includes(value)
        ? null
        : expected("a known word", value, path);
    case "obj":
      return isObject(value) ? faultOfObject(value, shape.of, path) : expected("an object", value, path);
    case "list":
      return Array.isArray(value) ? first(value.entries(), shape.of, path) : expected("a list", value, path);
    case "map":
      return isObject(value)
        ? first(Object.entries(value), shape.of, path)
        : expected("an object", value, path);
    default:
      throw new Error(`no such shape: ${seen(shape satisfies never)}`);
  }
}

function first(entries: Iterable<[string | number, unknown]>, shape: Shape, path: string): string | null {
  for (const [key, value] of entries) {
    const wrong = faultOfValue(value, shape, `${path}[${key}]`);
    if (wrong !== null) return wrong;
  }
  return null;
}

function faultOfText(value: unknown, shape: Shape & { k: "str" }, path: string): string | null {
  if (typeof value !== "string") return expected("a text", value, path);
  // Lengths are counted in characters, as the robot counts them, not in UTF-16 units.
  const length =
    value.length <= (shape.min ?? 0) || value.length > (shape.max ?? Infinity)
      ? [...value].length
      : value.length;
  if (length < (shape.min ?? 0) || length > (shape.max ?? Infinity))
    return expected("a text of another length", value, path);
  if (shape.pattern !== undefined && !new RegExp(shape.pattern, "u").test(value))
    return expected(shape.pattern, value, path);
  return null;
}

function faultOfRange(value: number, shape: { min?: number; max?: number }, path: string): string | null {
  if (value < (shape.min ?? -Infinity)) return expected(`at least ${shape.min}`, value, path);
  if (value > (shape.max ?? Infinity)) return expected(`at most ${shape.max}`, value, path);
  return null;
}

function expected(what: string, value: unknown, path: string): string {
  return `${path}: expected ${what}, got ${seen(value)}`;
}
