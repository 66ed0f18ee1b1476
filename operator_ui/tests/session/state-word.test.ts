import { describe, expect, it } from "vitest";
import type { LinkState } from "../../src/link/bridge-link";
import { EMPTY_ROOM } from "../../src/session/room";
import { type Situation, standingOf } from "../../src/session/state-word";
import { en } from "../../src/strings/en";
import { clockTime } from "../../src/strings/figures";
import { zhCN } from "../../src/strings/zh-CN";
import type { Limit, RobotState } from "../../src/wire/messages.gen";
import { ME, OTHER, room, STAFF } from "../builders";

const OPEN: LinkState = { kind: "open" };
const LOST: LinkState = { kind: "waiting", attempt: 1, why: "lost", untilMs: 2_400 };
const STOPPED_AT = Date.UTC(2026, 10, 23, 12, 4, 31);

function situation(part: Partial<Situation> = {}): Situation {
  return {
    hasToken: true,
    link: OPEN,
    reach: "robot",
    room: room(),
    asking: false,
    stop: "idle",
    nowMs: 500,
    ...part,
  };
}

const mine = (state: RobotState, limit: Limit = "none", part: object = {}) =>
  room({ telemetry: { state, limit, driver: ME.id, ...part } });

const cases: readonly (readonly [string, Situation, string, string, string, string])[] = [
  [
    "without an invite",
    situation({ hasToken: false, link: { kind: "closed" }, room: EMPTY_ROOM }),
    "Link lost",
    "This page is not connected to the stage.",
    "链路中断",
    "本页面没有连上舞台。",
  ],
  [
    "while it dials for the first time",
    situation({ link: { kind: "dialling", attempt: 0, why: null }, room: EMPTY_ROOM }),
    "Connecting",
    "Reaching the bridge.",
    "连接中",
    "正在连接服务器。",
  ],
  [
    "when the bridge cannot be reached",
    situation({ link: { ...LOST, why: "unreachable" }, room: EMPTY_ROOM }),
    "Link lost",
    "The bridge cannot be reached. Trying again in 2 s.",
    "链路中断",
    "连不上服务器，2 秒后重试。",
  ],
  [
    "when this tab was replaced",
    situation({ link: { kind: "ended", why: "replaced" } }),
    "Link lost",
    "This page is not connected to the stage.",
    "链路中断",
    "本页面没有连上舞台。",
  ],
  [
    "in the room, before the robot's first word",
    situation({ room: room({ telemetry: null }) }),
    "Connecting",
    "In the room; waiting for the robot's first word.",
    "连接中",
    "已进入房间，等待机器人的第一条消息。",
  ],
  [
    "when the robot is away",
    situation({ room: room({ telemetry: null, online: false }) }),
    "Link lost",
    "The robot is not connected to the bridge.",
    "链路中断",
    "机器人没有连上服务器。",
  ],
  [
    "when the robot has fallen silent",
    situation({ nowMs: 3_200 }),
    "Link lost",
    "Nothing heard from the robot for 3 s. It stops by itself without its link.",
    "链路中断",
    "已有 3 秒没有机器人的消息。失去链路时它会自行停住。",
  ],
  [
    "when nobody drives",
    situation(),
    "Viewing",
    "Nobody drives. You may ask to.",
    "观看中",
    "目前无人操控，你可以请求操控。",
  ],
  [
    "when somebody else drives",
    situation({
      room: room({
        telemetry: { state: "driving", driver: OTHER.id, applied: { vx_mps: 0.42, vy_mps: 0, wz_radps: 0 } },
      }),
    }),
    "Viewing",
    "Bo drives, 0.42\u2009m/s.",
    "观看中",
    "由Bo操控，0.42\u2009m/s。",
  ],
  [
    "when this person has asked",
    situation({
      room: room({ telemetry: { state: "driving", driver: OTHER.id }, status: { requests: [ME.id] } }),
    }),
    "Asked to drive",
    "Bo drives now. The staff see your request.",
    "已请求操控",
    "目前由Bo操控，现场人员已看到你的请求。",
  ],
  [
    "while the request is on its way",
    situation({ asking: true }),
    "Asked to drive",
    "Your request is on its way.",
    "已请求操控",
    "请求已发出。",
  ],
  [
    "when the controls are offered to this person",
    situation({
      room: room({ telemetry: {}, status: { offer: { to: ME.id, by: STAFF.id, expires_in_ms: 9_000 } } }),
    }),
    "Asked to drive",
    "hall phone offers you the controls.",
    "已请求操控",
    "hall phone想把操控权交给你。",
  ],
  [
    "with the controls, standing",
    situation({ room: mine("leased", "dead_man") }),
    "You drive",
    "Hold a key, the stick or LB to move. Let go to stand still.",
    "你在操控",
    "按住按键、摇杆或手柄 LB 即可移动，松手即停。",
  ],
  [
    "with the controls, moving",
    situation({ room: mine("driving", "cap", { applied: { vx_mps: 0.3, vy_mps: 0.4, wz_radps: 0 } }) }),
    "You drive",
    "0.50\u2009m/s. Let go to stand still.",
    "你在操控",
    "0.50\u2009m/s，松手即停。",
  ],
  [
    "slowed by the loop delay",
    situation({
      room: mine("degraded", "loop_delay", {
        loop_delay_ms: 419.6,
        allowed_mps: 0.3,
        applied: { vx_mps: 0.12, vy_mps: 0, wz_radps: 0 }, // still speeding up
      }),
    }),
    "Slowed",
    "Slowed to 0.30\u2009m/s: what you see and do is 420 ms apart.",
    "已限速",
    "已降到 0.30\u2009m/s：从看到到动作相差 420 毫秒。",
  ],
  [
    "slowed by the edge",
    situation({ room: mine("driving", "edge", { allowed_mps: 0.3 }) }),
    "Slowed",
    "Slowed to 0.30\u2009m/s: the edge of the stage is near.",
    "已限速",
    "已降到 0.30\u2009m/s：离舞台边缘很近。",
  ],
  [
    "at the edge, where only turning is left",
    situation({ room: mine("driving", "edge") }),
    "Slowed",
    "No further that way: the edge of the stage. Turn, or drive away from it.",
    "已限速",
    "已到舞台边缘，不能再往前。请转向，或驶离边缘。",
  ],
  [
    "slowed by the staff's cap",
    situation({ room: mine("driving", "staff_cap", { allowed_mps: 0.3, loop_delay_ms: 90 }) }),
    "Slowed",
    "Slowed to 0.30\u2009m/s: the staff cap the speed.",
    "已限速",
    "已降到 0.30\u2009m/s：现场人员限速。",
  ],
  [
    "capped at zero by staff",
    situation({ room: mine("driving", "staff_cap") }),
    "Holding",
    "Standing still: the staff have capped the speed at zero.",
    "保持",
    "原地不动：现场人员已把限速设为零。",
  ],
  [
    "slowed to nothing by the link",
    situation({ room: mine("degraded", "loop_delay") }),
    "Holding",
    "Standing still: the link is too slow to drive by.",
    "保持",
    "原地不动：链路太慢，不能行驶。",
  ],
  [
    "slowed, and staff look at it",
    situation({
      room: room({
        me: STAFF,
        telemetry: { state: "driving", limit: "staff_cap", driver: OTHER.id, allowed_mps: 0.25 },
      }),
    }),
    "Slowed",
    "Bo drives, slowed to 0.25\u2009m/s: the staff cap the speed.",
    "已限速",
    "由Bo操控，已降到 0.25\u2009m/s：现场人员限速。",
  ],
  [
    "at the edge, and staff look at it",
    situation({
      room: room({ me: STAFF, telemetry: { state: "driving", limit: "edge", driver: OTHER.id } }),
    }),
    "Slowed",
    "Bo drives, and is at the edge of the stage.",
    "已限速",
    "由Bo操控，已到舞台边缘。",
  ],
  [
    "while the robot performs what this person asked for",
    situation({ room: mine("gesture", "gesture", { gesture: { name: "wave", progress: 0.2 } }) }),
    "Performing",
    "The robot performs: Wave.",
    "表演中",
    "机器人正在做动作：挥手。",
  ],
  [
    "while it performs for nobody who is heard any more, a gesture that no page knows",
    situation({
      room: room({ telemetry: { state: "gesture", gesture: { name: "moonwalk", progress: 0.2 } } }),
    }),
    "Performing",
    "The robot performs: moonwalk.",
    "表演中",
    "机器人正在做动作：moonwalk。",
  ],
  [
    "held as no staff watch",
    situation({ room: mine("hold", "no_staff") }),
    "Holding",
    "Standing still: no staff watch the robot. Let go, and hold again when they are back.",
    "保持",
    "原地不动：没有现场人员看护。请松手，等他们回来后再按住。",
  ],
  [
    "held as the robot does not know where it is",
    situation({ room: mine("hold", "pose_unknown") }),
    "Holding",
    "Standing still: the robot does not know where on the stage it is. Ask the staff to look at it.",
    "保持",
    "原地不动：机器人不知道自己在舞台上的位置，请现场人员查看。",
  ],
  [
    "held for want of a picture",
    situation({ room: mine("leased", "no_picture") }),
    "Holding",
    "Standing still: you have no picture yet, and nobody drives blind.",
    "保持",
    "原地不动：还没有画面，看不见就不能开。",
  ],
  [
    "held until the hand lets go",
    situation({ room: mine("hold", "not_neutral") }),
    "Holding",
    "Standing still: let go of the controls for a moment, then hold again.",
    "保持",
    "原地不动：请先松手片刻，再按住。",
  ],
  [
    "while a STOP of this page is on its way",
    situation({ room: mine("driving"), stop: "sent" }),
    "Holding",
    "STOP is sent again and again until the robot answers.",
    "保持",
    "停止指令正在不断重发，直到机器人答复。",
  ],
  [
    "stopped by staff",
    situation({
      room: room({
        telemetry: { state: "stopped", limit: "stopped", latched: true },
        status: { latch: { cause: "person", by: STAFF.id, role: "staff", at_unix_ms: STOPPED_AT } },
      }),
    }),
    "Stopped",
    `Stopped by staff (hall phone) at ${clockTime(STOPPED_AT)}. Staff must clear it.`,
    "已停止",
    `${clockTime(STOPPED_AT)}，现场人员（hall phone）按下了停止。须由现场人员解除。`,
  ],
  [
    "stopped, and staff look at it",
    situation({
      room: room({
        me: STAFF,
        telemetry: { state: "stopped", latched: true },
        status: { latch: { cause: "boot", by: null, role: null, at_unix_ms: STOPPED_AT } },
      }),
    }),
    "Stopped",
    "The robot has just started, and it starts stopped. When the stage is safe, clear it in two steps.",
    "已停止",
    "机器人刚启动，启动后一律处于停止状态。确认舞台安全后，分两步解除。",
  ],
  [
    "made limp beside the stage",
    situation({
      room: room({
        telemetry: { state: "stopped", latched: true },
        status: { latch: { cause: "local", by: null, role: null, at_unix_ms: STOPPED_AT, level: "damp" } },
      }),
    }),
    "Stopped",
    `Stopped at the robot itself at ${clockTime(STOPPED_AT)}. It is limp: release it on site, then staff can clear it.`,
    "已停止",
    `${clockTime(STOPPED_AT)}，在机器人本体上按下了停止。关节已卸力，须先在机器人旁解锁，再由现场人员解除。`,
  ],
  [
    "without power, and staff look at it",
    situation({
      room: room({
        me: STAFF,
        telemetry: { state: "stopping", latched: true },
        status: { latch: { cause: "hardware", by: null, role: null, at_unix_ms: STOPPED_AT, level: "cut" } },
      }),
    }),
    "Stopped",
    `Stopped by the hard-wired stop beside the stage at ${clockTime(STOPPED_AT)}. Its power is cut: release it on site, then staff can clear it.`,
    "已停止",
    `${clockTime(STOPPED_AT)}，舞台旁的硬接线停止开关已按下。动力已切断，须先在机器人旁解锁，再由现场人员解除。`,
  ],
  [
    "still coming to rest",
    situation({ room: mine("stopping", "stopped") }),
    "Stopped",
    "Stopped. Coming to rest.",
    "已停止",
    "已停止。正在停稳。",
  ],
];

describe("the state word", () => {
  it.each(cases)("%s", (_when, given, word, reason, zhWord, zhReason) => {
    const standing = standingOf(given);

    expect(en.stateWord[standing.word]).toBe(word);
    expect(en.reasonText(standing.reason)).toBe(reason);
    expect(zhCN.stateWord[standing.word]).toBe(zhWord);
    expect(zhCN.reasonText(standing.reason)).toBe(zhReason);
  });

  it("holds through a lost bridge while the direct road brings the robot's word", () => {
    expect(standingOf(situation({ link: LOST, room: mine("driving") })).word).toBe("you_drive");
    expect(standingOf(situation({ link: LOST, room: mine("driving"), nowMs: 1_001 })).word).toBe("link_lost");
  });

  it("puts a STOP that has not worked before the reason, with what to do", () => {
    const trouble = (part: Partial<Situation>) => standingOf(situation(part)).stopTrouble;

    expect(trouble({})).toBeNull();
    expect(trouble({ stop: "sent" })).toBeNull();
    expect(trouble({ stop: "unsent" })).toBeNull(); // it goes out in this very moment
    expect(trouble({ stop: "unconfirmed", reach: "no_link" })).toBe("unconfirmed");
    for (const reach of ["ended", "no_link", "robot_away"] as const) {
      expect(trouble({ stop: "cut_off", reach })).toBeNull();
      expect(trouble({ stop: "unsent", reach })).toBe(reach);
      expect(en.stopTrouble[reach]).toMatch(/button .* or call the staff\.$/);
      expect(zhCN.stopTrouble[reach]).toMatch(/按钮，或呼叫现场人员。$/);
    }
  });

  it("says to somebody muted that their STOP does not reach the robot, before they press it", () => {
    for (const stop of ["muted", "idle"] as const) {
      expect(standingOf(situation({ reach: "muted", stop })).stopTrouble).toBe("muted");
    }
    expect(en.stopTrouble.muted).toMatch(/does not reach the robot.*muted this page\. Call them/);
    expect(zhCN.stopTrouble.muted).toMatch(/到不了机器人.*屏蔽本页面.*呼叫现场人员。$/);
  });

  it("never says that one drives while the STOP is latched", () => {
    for (const state of ["stopped", "stopping", "boot"] as const) {
      expect(standingOf(situation({ room: mine(state) })).word).toBe("stopped");
    }
  });

  it("shows staff a slowed or holding robot whoever drives it, and a waiting presenter only that somebody does", () => {
    const held = { telemetry: { state: "hold", limit: "silence", driver: OTHER.id } } as const;
    const slowed = { telemetry: { state: "degraded", limit: "loop_delay", driver: OTHER.id } } as const;

    expect(standingOf(situation({ room: room({ me: STAFF, ...held }) })).word).toBe("holding");
    expect(standingOf(situation({ room: room({ me: STAFF, ...slowed }) })).word).toBe("slowed");
    expect(standingOf(situation({ room: room(held) })).word).toBe("viewing");
    expect(standingOf(situation({ room: room(slowed) })).word).toBe("viewing");
  });

  it("tells an observer no way to ask", () => {
    const observer = { id: "inv.wall", role: "observer", name: "wall" } as const;

    expect(en.reasonText(standingOf(situation({ room: room({ me: observer }) })).reason)).toBe(
      "Nobody drives.",
    );
  });

  it("has a sentence in both languages for every state and limit that a driver can meet", () => {
    const states: RobotState[] = [
      "boot",
      "stopping",
      "stopped",
      "ready",
      "leased",
      "driving",
      "degraded",
      "hold",
    ];
    for (const state of states) {
      for (const limit of Object.keys(en.limit) as Limit[]) {
        for (const driver of [ME.id, OTHER.id, "inv.gone", null]) {
          for (const [me, allowed_mps] of [
            [ME, 0],
            [ME, 0.3],
            [STAFF, 0],
            [STAFF, 0.3],
          ] as const) {
            const { reason } = standingOf(
              situation({ room: room({ me, telemetry: { state, limit, driver, allowed_mps } }) }),
            );

            expect(en.reasonText(reason)).toMatch(/^[A-Za-z0-9].*\.$/);
            expect(zhCN.reasonText(reason)).toMatch(/。$/);
          }
        }
      }
    }
  });
});
