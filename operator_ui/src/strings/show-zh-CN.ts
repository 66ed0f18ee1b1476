/** 与演出流程、合成语音和文字便条有关的每一个词，中文。 */
import type { ShowHeld, ShowNeed } from "../wire/messages.gen";
import type { notesEn, showEn, speechEn } from "./show-en";

const need: Record<ShowNeed, string> = {
  at_mark: "机器人没有站在标记处。",
  battery: "电量不足，不能执行这一步。",
  link: "链路质量不够，不能执行这一步。",
  area_clear: "现场人员还没有宣布场地已清空。",
};

const held: Record<ShowHeld, string> = {
  person: "已暂停，按“开始”继续。",
  link: "主讲人的链路曾中断，已暂停，按“开始”继续。",
  stopped: "已停止，请先解除停止，再按“开始”继续。",
  needs: "已暂停。",
  failed: "机器人没能完成，已暂停。按“开始”重试，按“跳过”略去。",
  aborted: "已中止，按“开始”从这里继续。",
};

const kind: Readonly<Record<string, string>> = {
  move: "走位",
  gesture: "动作",
  speak: "语音",
  sound: "音效",
  face: "面部",
  light: "灯光",
  slide: "幻灯片",
  pause: "停顿",
  live: "现场",
  wait_for_staff: "现场人员",
  sequence: "组合",
};

export const showZhCN: typeof showEn = {
  heading: "演出流程",
  kindOf: (name) => kind[name] ?? name,
  go: "开始",
  goTo: (number, title) => `开始：${number}. ${title}`,
  goOn: (number, title) => `继续：${number}. ${title}`,
  hold: "暂停",
  skip: "跳过",
  abort: "中止",
  standby: (title) => `预备：${title}`,
  again: "从头再来",
  over: "演出结束。",
  ready: (title) => `预备：${title}`,
  runs: (title) => `正在进行：${title}`,
  move: (mark) => `请把机器人开到标记“${mark}”。`,
  waitsForStaff: "等待现场人员按“开始”。",
  live: "现场环节，轮到你了。按“开始”进入下一步。",
  interlude: "链路中断：观众看到等候画面，机器人原地等待。",
  held,
  need,
  follows: "自动接续",
  clock: (shown, cue) => `演出 ${shown} · 本步 ${cue}`,
  planned: (length) => `计划 ${length}`,
  problems: "这台机器人做不到其中几项：",
  list: "步骤",
  state: { done: "完成", running: "进行中", held: "暂停", next: "下一步", waiting: "未到" },
  markDrive: (mark) => `按住：开往标记“${mark}”`,
  markHome: "起点",
  markNote: "按住时机器人自行转向前往，松手即停。",
  markKey: "开往标记",
  prompter: "提词器",
  prompterNow: "当前",
  prompterNext: "接下来",
  prompterEmpty: "这一步没有台词。",
  prompterLarger: "放大",
  prompterSmaller: "缩小",
  key: "下一步",
  area: "机器人周围的场地",
  areaClear: "宣布已清空",
  areaNot: "未清空",
  areaNote: {
    clear: "已宣布清空；一旦停止，需重新宣布。",
    not: "尚未宣布清空，演出不会做大幅动作。",
    unknown: "没有机器人的消息。",
  },
  cueEvent: (detail) => `步骤 ${detail}`,
  heldEvent: (detail) => `演出暂停于 ${detail}`,
  endedEvent: "演出结束",
  spokeEvent: (by, text) => `${by}让机器人说：“${text}”`,
  areaClearEvent: (by) => `${by}宣布场地已清空`,
  areaNotClearEvent: "场地不再视为已清空",
};

export const speechZhCN: typeof speechEn = {
  heading: "机器人自己的声音",
  text: "让机器人说的话",
  say: "说出来",
  hush: "停下",
  language: "语言",
  languageOf: { en: "英文", zh: "中文" },
  quiet: "你的声音传不过去时，由它说出这里写下的话。",
  says: (text) => `正在说：“${text}”`,
  missing: (why) => `它不能自己说话：${why}`,
};

export const notesZhCN: typeof notesEn = {
  heading: "便条",
  text: "写给主讲人和现场人员的便条",
  send: "发送",
  none: "还没有便条。观众看不到便条。",
  from: (name, time) => `${name}，${time}`,
  fresh: (name, text) => `${name}：${text}`,
};
