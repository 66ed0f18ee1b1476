import { signal } from "@preact/signals";
import { expect, it, vi } from "vitest";
import { NEUTRAL } from "../../src/drive/hand";
import type { Lease } from "../../src/drive/stream";
import { GestureDesk } from "../../src/session/gesture-desk";
import { attachGestureKeys } from "../../src/session/gesture-keys";
import { type GestureSituation, gesturesOf } from "../../src/session/gesture-view";
import type { Wish } from "../../src/session/requests";
import { type Room, robotWord } from "../../src/session/room";
import { en } from "../../src/strings/en";
import { zhCN } from "../../src/strings/zh-CN";
import { ME, OTHER, PROFILE, room } from "../builders";

const LEASE: Lease = { epoch: "e1", fence: 7 };
const GESTURES = [
  { name: "wave", lasts_ms: 3000 },
  { name: "bow", lasts_ms: 4000, is_large: true },
];

function able(part: Parameters<typeof room>[0] = {}, gestures = GESTURES): Room {
  return { ...room(part), profile: { ...PROFILE, gestures } };
}

function situation(part: Partial<GestureSituation> & { room: Room }): GestureSituation {
  return { robot: robotWord(part.room, 0), lease: LEASE, handOn: false, ...part };
}

it("shows nothing of a robot that knows no gesture", () => {
  expect(gesturesOf(situation({ room: room({ telemetry: {} }) }))).toBeNull();
});

it("offers each with its digit, and none from the tenth on", () => {
  const many = Array.from({ length: 11 }, (_, number) => ({ name: `g${number}`, lasts_ms: 100 }));
  const view = gesturesOf(situation({ room: able({ telemetry: { state: "leased" } }, many) }));

  expect(view?.gestures.map((each) => each.digit)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, null, null]);
  expect(view?.blocked).toBeNull();
});

it.each([
  ["no_robot", { robot: null }, {}],
  ["stopped", {}, { telemetry: { state: "stopping" } }],
  ["stopped", {}, { telemetry: { state: "boot" } }],
  ["not_allowed", {}, { telemetry: { state: "leased" }, status: { gestures_allowed: false } }],
  ["not_holder", { lease: null }, { telemetry: { state: "ready" } }],
  ["gesture", {}, { telemetry: { state: "gesture" } }],
  ["no_staff", {}, { telemetry: { state: "hold", limit: "no_staff" } }],
  ["moving", {}, { telemetry: { state: "degraded" } }],
  ["hand_on", { handOn: true }, { telemetry: { state: "leased" } }],
] as const)("says %s where none may begin", (why, part, inRoom) => {
  const view = gesturesOf(situation({ room: able(inRoom), ...part }));

  expect(view?.blocked).toBe(why);
  expect(en.refusal[why]).not.toBe("");
  expect(zhCN.refusal[why]).toMatch(/\p{Script=Han}/u);
});

it("tells what runs, and how far it is", () => {
  const view = gesturesOf(
    situation({
      room: able({ telemetry: { state: "gesture", gesture: { name: "wave", progress: 0.254 } } }),
    }),
  );

  expect(view?.running).toEqual({ name: "wave", percent: 25 });
});

it("takes up only the offer that was made to this page", () => {
  const offer = { name: "bow", by: ME.id, code: "g7-1", expires_in_ms: 4_980 };
  const mine = able({ telemetry: { state: "leased" }, status: { gesture_offer: offer } });
  const theirs = able({
    telemetry: { state: "leased" },
    status: { gesture_offer: { ...offer, by: OTHER.id } },
  });

  expect(gesturesOf(situation({ room: mine }))?.offer).toEqual({ name: "bow", code: "g7-1", leftS: 5 });
  expect(gesturesOf(situation({ room: theirs }))?.offer).toBeNull();
});

function desk(now: Room, lease: Lease | null = LEASE): { desk: GestureDesk; asked: Wish[] } {
  const asked: Wish[] = [];
  const source = {
    room: signal(now),
    robot: signal(robotWord(now, 0)),
    lease: signal(lease),
    hand: signal(NEUTRAL),
  };
  return { desk: new GestureDesk(source, (wish) => asked.push(wish)), asked };
}

it("asks with the token in force, and quotes the code of what is on offer", () => {
  const offer = { name: "bow", by: ME.id, code: "g7-1", expires_in_ms: 4_000 };
  const made = desk(able({ telemetry: { state: "leased" }, status: { gesture_offer: offer } }));
  made.desk.press(1);
  made.desk.press(2);
  made.desk.press(3);

  const token = { type: "gesture_begin", epoch: "e1", fence: 7 };
  expect(made.asked).toEqual([
    { ...token, name: "wave", code: null },
    { ...token, name: "bow", code: "g7-1" },
  ]);
});

it("asks for nothing that would be refused", () => {
  const moving = desk(able({ telemetry: { state: "driving" } }));
  const watching = desk(able({ telemetry: { state: "ready" } }), null);
  for (const made of [moving, watching]) {
    made.desk.begin("wave");
    expect(made.asked).toEqual([]);
  }
});

it("cancels, allows and bars", () => {
  const made = desk(able({ telemetry: { state: "gesture" } }));
  made.desk.cancel();
  made.desk.allow(false);

  expect(made.asked).toEqual([{ type: "gesture_cancel" }, { type: "allow_gestures", allowed: false }]);
});

it("listens to digits until it is told to stop, and never to a shortcut or a repeat", () => {
  vi.stubGlobal("HTMLElement", class {});
  const page = new EventTarget();
  const made = desk(able({ telemetry: { state: "leased" } }));
  const detach = attachGestureKeys(page as unknown as Window, made.desk);
  const press = (code: string, more: object = {}) =>
    page.dispatchEvent(Object.assign(new Event("keydown"), { code, ...more }));
  press("Digit1");
  press("Numpad1", { ctrlKey: true });
  press("Digit1", { repeat: true });
  press("Digit0");
  press("KeyW");
  expect(made.asked).toHaveLength(1);
  detach();
  press("Digit1");

  expect(made.asked).toHaveLength(1);
});

it("calls gestures by their names in both languages, and others by the robot's own word", () => {
  expect(en.gesture.nameOf("idle-alive")).toBe("Idle, alive");
  expect(zhCN.gesture.nameOf("wave")).toBe("挥手");
  expect(en.gesture.nameOf("moonwalk")).toBe("moonwalk");
});
