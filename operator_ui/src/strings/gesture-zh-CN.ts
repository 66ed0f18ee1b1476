/** 与动作表演有关的每一个词，中文。 */
import type { GestureEnd } from "../wire/messages.gen";
import type { gestureEn } from "./gesture-en";

const known: Readonly<Record<string, string>> = {
  wave: "挥手",
  bow: "鞠躬",
  handshake: "握手",
  point: "指引",
  applause: "鼓掌",
  "idle-alive": "待机微动",
};

const nameOf = (name: string) => known[name] ?? name;

const quoted = (name: string | null | undefined) =>
  name === null || name === undefined ? "动作" : `动作“${nameOf(name)}”`;

const ended: Record<GestureEnd, (by: string, detail: string) => string> = {
  cancelled: (by) => `${by}取消了它`,
  stopped: () => "已停止",
  lease: () => "操控权正在变更",
  no_staff: () => "没有现场人员看护",
  not_allowed: (by) => `${by}关闭了动作`,
  failed: (_by, detail) => (detail === "" ? "机器人未能完成" : `机器人说明：${detail}`),
  overran: () => "远远超过机器人所说的时长",
};

export const gestureZhCN: typeof gestureEn = {
  nameOf,
  heading: "动作",
  none: "这个机器人没有可做的动作。",
  large: "需按两次",
  again: "再按开始",
  ready: "停稳并松手后才能开始。",
  runs: (name) => `正在做：${name}。期间不能行驶。`,
  offered: (name, leftS) => `${name}需要周围有空间，请在 ${leftS} 秒内再按一次。`,
  progress: "动作完成了多少",
  cancel: "取消",
  lookKey: "转头",
  look: "视线",
  lookAhead: "正前方",
  lookLeft: "向左看",
  lookRight: "向右看",
  lookUp: "向上看",
  lookDown: "向下看",
  lookNow: (degrees) => `偏离正前方 ${degrees}。画面随之转动，行驶方向不变。`,
  coSpeech: "随声音而动",
  coSpeechNote: { on: "有人声时，手臂和头部会轻微动作。", off: "说话时保持不动。" },
  key: "动作",
  allow: "允许",
  bar: "关闭",
  allowedNote: "操控者可以在停稳后开始动作。",
  barredNote: "现场人员重新允许之前，谁也不能开始动作。",
  performing: (name) => `机器人正在做动作${name === null ? "" : `：${nameOf(name)}`}。`,
  begun: (by, name) => `${by}开始了${quoted(name)}`,
  done: (name) => `${quoted(name)}已完成`,
  aborted: (name, end, by, detail) => `${quoted(name)}已中断：${ended[end](by, detail)}`,
  switchedOn: (by) => `${by}允许了动作`,
  switchedOff: (by) => `${by}关闭了动作`,
};
