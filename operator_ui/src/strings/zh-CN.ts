/** 页面上的每一个词，中文。键与英文一一对应，由类型保证。 */
import type { Event, Limit, Role, StopCause, StopLevel } from "../wire/messages.gen";
import type { EventNames, Words } from "./en";
import { faceZhCN } from "./face-zh-CN";
import { clockTime, speed, speedIn } from "./figures";
import { gestureZhCN } from "./gesture-zh-CN";
import { linkZhCN } from "./link-zh-CN";
import { preflightZhCN } from "./preflight-zh-CN";
import { readinessZhCN } from "./readiness-zh-CN";
import { notesZhCN, showZhCN, speechZhCN } from "./show-zh-CN";
import { voiceZhCN } from "./voice-zh-CN";
import { watchZhCN } from "./watch-zh-CN";

const role: Record<Role, string> = { presenter: "主讲人", staff: "现场人员", observer: "旁观者" };

const person = (name: string | null, fallback = "有人") => name ?? fallback;

const stoppedBy: Record<StopCause, (who: string) => string> = {
  person: (who) => `${who}按下了停止`,
  boot: () => "机器人刚启动，启动后一律处于停止状态",
  hardware: () => "舞台旁的硬接线停止开关已按下",
  driver_fault: () => "机器人报告故障，已停止",
  agent_silent: () => "机器人端的链路程序没有响应，已停止",
  edge: () => "到达舞台边缘，已停止",
  tilt: () => "机器人倾斜，已停止",
  odometry: () => "机器人的实际动作与指令不符，已停止",
  staff_silent: () => "没有现场人员看护，已停止",
  suspend: () => "机器人的计算机曾经暂停，已停止",
  motion_died: () => "机器人的运动程序退出，正在重启，已停止",
  local: () => "在机器人本体上按下了停止",
};

const holding: Partial<Record<Limit, string>> = {
  driver_fault: "原地不动：机器人报告故障，请现场人员查看。",
  agent_silent: "原地不动：机器人端的链路程序没有响应。请松手，等它恢复后再按住。",
  no_staff: "原地不动：没有现场人员看护。请松手，等他们回来后再按住。",
  pose_unknown: "原地不动：机器人不知道自己在舞台上的位置，请现场人员查看。",
  staff_cap: "原地不动：现场人员已把限速设为零。",
  loop_delay: "原地不动：链路太慢，不能行驶。",
  handover: "正在交接操控权，机器人原地不动。",
  silence: "原地不动：收不到你的指令。请松手，等链路恢复后再按住。",
  echo_age: "原地不动：你掌握的机器人状态太旧。请松手，等链路恢复后再按住。",
  picture_age: "原地不动：画面太旧，不能凭它行驶。请松手，等画面恢复。",
  no_picture: "原地不动：还没有画面，看不见就不能开。",
  not_neutral: "原地不动：请先松手片刻，再按住。",
};

const slowedBy = (limit: Limit, loopMs: number | null): string => {
  if (limit === "edge") return "离舞台边缘很近";
  if (limit === "staff_cap") return "现场人员限速";
  if (loopMs !== null) return `从看到到动作相差 ${Math.round(loopMs)} 毫秒`;
  return "链路较慢";
};

/** 停止程度高于普通停止时，须先在现场解锁。 */
const onSite: Record<Exclude<StopLevel, "settle">, string> = {
  damp: "关节已卸力，须先在机器人旁解锁，再由现场人员解除。",
  cut: "动力已切断，须先在机器人旁解锁，再由现场人员解除。",
};

const passing: Parameters<Words["reasonText"]>[0] extends infer R
  ? R extends { kind: "redialling"; why: infer W extends string }
    ? Record<W, string>
    : never
  : never = {
  unreachable: "连不上服务器",
  lost: "与服务器的连接断开了",
  silent: "服务器没有回应",
  draining: "服务器正在重启",
  too_slow: "这条连接太慢，被服务器断开",
  crowded: "服务器连接数已满",
  offline: "本设备没有联网",
};

const limit: Words["limit"] = {
  stopped: "停止",
  driver_fault: "机器人故障",
  agent_silent: "链路无响应",
  no_staff: "无人看护",
  pose_unknown: "位置未知",
  gesture: "动作中",
  no_lease: "无人操控",
  handover: "交接中",
  silence: "无指令",
  echo_age: "状态太旧",
  picture_age: "画面太旧",
  no_picture: "无画面",
  not_neutral: "请先松手",
  dead_man: "已松手",
  loop_delay: "环路延迟",
  edge: "舞台边缘",
  staff_cap: "现场限速",
  cap: "最高速",
  slew: "平稳过渡",
  none: "无",
};

const reasonText: Words["reasonText"] = (reason) => {
  switch (reason.kind) {
    case "no_token":
    case "ended":
      return "本页面没有连上舞台。";
    case "dialling":
      return "正在连接服务器。";
    case "redialling":
      return `${passing[reason.why]}，${reason.inS === null ? "正在重试。" : `${reason.inS} 秒后重试。`}`;
    case "robot_away":
      return "机器人没有连上服务器。";
    case "robot_awaited":
      return "已进入房间，等待机器人的第一条消息。";
    case "robot_silent":
      return `已有 ${reason.forS} 秒没有机器人的消息。失去链路时它会自行停住。`;
    case "stopped": {
      const who =
        reason.role === null ? "有人" : `${role[reason.role]}${reason.name ? `（${reason.name}）` : ""}`;
      const what = reason.cause === null ? "已停止" : stoppedBy[reason.cause](who);
      const when =
        reason.atUnixMs === null || reason.cause === "boot" ? "" : `${clockTime(reason.atUnixMs)}，`;
      let next = reason.staff ? "确认舞台安全后，分两步解除。" : "须由现场人员解除。";
      if (reason.level !== "settle") next = onSite[reason.level];
      else if (reason.moving) next = "正在停稳。";
      return `${when}${what}。${next}`;
    }
    case "stop_sent":
      return "停止指令正在不断重发，直到机器人答复。";
    case "drive_ready":
      return "按住按键、摇杆或手柄 LB 即可移动，松手即停。";
    case "drive_moving":
      return reason.speedMps < 0.005 ? "正在原地转动。" : `${speed(reason.speedMps)}，松手即停。`;
    case "drive_slowed":
      return `已降到 ${speed(reason.allowedMps)}：${slowedBy(reason.limit, reason.loopMs)}。`;
    case "performing":
      return gestureZhCN.performing(reason.gesture);
    case "drive_at_edge":
      return "已到舞台边缘，不能再往前。请转向，或驶离边缘。";
    case "drive_holding":
      return holding[reason.limit] ?? "原地不动：请先松手片刻，再按住。";
    case "offered":
      return `${person(reason.by, "现场人员")}想把操控权交给你。`;
    case "asked":
      return reason.driven
        ? `目前由${person(reason.driver, "他人")}操控，现场人员已看到你的请求。`
        : "请求已发出。";
    case "free":
      return reason.mayAsk ? "目前无人操控，你可以请求操控。" : "目前无人操控。";
    case "driven":
      return `由${person(reason.driver, "他人")}操控，${reason.moving ? speed(reason.speedMps) : "原地不动"}。`;
    case "driven_slowed":
      return `由${person(reason.driver, "他人")}操控，已降到 ${speed(reason.allowedMps)}：${slowedBy(reason.limit, reason.loopMs)}。`;
    case "driven_at_edge":
      return `由${person(reason.driver, "他人")}操控，已到舞台边缘。`;
    case "driven_holding":
      return `由${person(reason.driver, "他人")}操控，机器人在等待：${limit[reason.limit]}。`;
    default:
      return reason satisfies never;
  }
};

const eventText = (event: Event, names: EventNames): string => {
  const by = person(event.name ?? names.by, event.role ? role[event.role] : "有人");
  const to = person(names.to, "他人");
  switch (event.kind) {
    case "joined":
      return `${by}${event.role ? `以${role[event.role]}身份` : ""}进入房间`;
    case "left":
      return `${by}离开`;
    case "robot_online":
      return "机器人已连接";
    case "robot_offline":
      return "机器人已断开";
    case "stopped":
      return stoppedBy[event.cause ?? "person"](by);
    case "reset":
      return `${by}解除了停止`;
    case "asked":
      return `${by}请求操控`;
    case "granted":
      return `${event.to ? to : by}取得操控权`;
    case "offered":
      return `${by}向${to}移交操控权`;
    case "offer_lapsed":
      return "移交超时，已作废";
    case "taken":
      return `${by}接管了操控`;
    case "returned":
      return `${by}交还了操控权`;
    case "revoked":
      return `${by}收回了操控权`;
    case "lease_expired":
      return `${by === "有人" ? "操控者" : by}失去联系，操控权已失效`;
    case "hold":
      return `机器人在等待：${limit[event.limit ?? "none"]}`;
    case "fault":
      return `故障：${event.detail || "机器人没有更多说明"}`;
    case "capped": {
      const cap = speedIn(event.detail ?? "");
      return cap === null ? `${by}取消了限速` : `${by}把限速设为 ${cap}`;
    }
    case "muted":
      return `${by}屏蔽了${to}（含停止）`;
    case "unmuted":
      return `${by}解除了对${to}的屏蔽`;
    case "gesture_begun":
      return gestureZhCN.begun(by, event.gesture);
    case "gesture_done":
      return gestureZhCN.done(event.gesture);
    case "gesture_aborted":
      return gestureZhCN.aborted(event.gesture, event.ended ?? "failed", by, event.detail ?? "");
    case "gestures_on":
      return gestureZhCN.switchedOn(by);
    case "gestures_off":
      return gestureZhCN.switchedOff(by);
    case "area_clear":
      return showZhCN.areaClearEvent(by);
    case "area_not_clear":
      return showZhCN.areaNotClearEvent;
    case "cue":
      return showZhCN.cueEvent(event.detail ?? "");
    case "show_held":
      return showZhCN.heldEvent(event.detail ?? "");
    case "show_ended":
      return showZhCN.endedEvent;
    case "spoke":
      return showZhCN.spokeEvent(by, event.detail ?? "");
    case "uplink_up":
      return `机器人的线路“${event.detail || "未命名"}”已接通`;
    case "uplink_down":
      return `机器人的线路“${event.detail || "未命名"}”已中断，其余线路继续工作`;
    default:
      return event.kind satisfies never;
  }
};

const refusal: Words["refusal"] = {
  malformed: "机器人看不懂本页面的请求，请刷新。",
  role: "你的身份不能这样做。",
  no_robot: "机器人没有连接，等它回来再试。",
  fault: "引起停止的原因还在，须先排除。",
  no_bridge: "服务器不在线，恢复之前不能换人操控。",
  stopped: "处于停止状态，须先由现场人员解除。",
  not_stopped: "没有停止，无须解除。",
  moving: "机器人还在动，等它停稳。",
  held: "操控权在别人手里。",
  not_holder: "操控权不在你手里。",
  wrong_epoch: "机器人刚刚重启过，请再试一次。",
  wrong_fence: "操控权刚刚换了人，请再试一次。",
  replayed: "这条请求已经收到过。",
  stale: "来得太晚，请再试一次。",
  unknown_beacon: "机器人不认得你看到的状态，请再试一次。",
  no_offer: "这次移交已经不在了。",
  expired: "已超时，请重新开始。",
  busy: "正在交接，请稍候。",
  unknown_peer: "这个人已经不在房间里。",
  wrong_code: "第二步与第一步不符，请重新开始。",
  on_site: "这只能由机器人旁边的人来做：须先在那里解锁。",
  muted: "现场人员已屏蔽本页面，机器人不听取它的请求。",
  gesture: "正在做动作，等它做完，或先取消。",
  no_gesture: "现在没有正在做的动作。",
  unknown_gesture: "这个机器人不会这个动作。",
  hand_on: "请先松手，松手后才能开始动作。",
  not_allowed: "现场人员已关闭动作。",
  no_staff: "没有现场人员看护，等他们回来。",
  no_report: "机器人没有报告自身状态，请稍候。",
  overloaded: "请求太多，请稍候。",
  media: "机器人打不开画面。",
  area: "请现场人员先宣布机器人周围的场地已清空。",
  no_show: "这台机器人没有装载演出。",
  show_over: "演出已经结束，请从头再来。",
  unknown_cue: "演出里没有这一步。",
  needs: "这一步的条件还不具备，见演出流程。",
  no_speech: "这台机器人不能自己说话。",
};

export const zhCN: Words = {
  language: "中文",
  otherLanguage: "English",
  switchLanguage: "Switch to English",
  productName: "Stagebridge",
  presenterTitle: "主讲人",
  staffTitle: "现场",
  stateWord: {
    connecting: "连接中",
    viewing: "观看中",
    asked: "已请求操控",
    you_drive: "你在操控",
    performing: "表演中",
    slowed: "已限速",
    holding: "保持",
    stopped: "已停止",
    link_lost: "链路中断",
  },
  robotState: {
    boot: "启动中",
    stopping: "停止中",
    stopped: "已停止",
    ready: "空闲",
    leased: "静止",
    driving: "行驶中",
    degraded: "限速行驶",
    hold: "保持",
    gesture: "表演中",
  },
  role,
  limit,
  refusal,
  refusalText: (asked, why) => {
    if (asked === "lease_offer" && why === "muted") return "这个人已被屏蔽。";
    if (asked === "choose_camera" && why === "media") return "机器人没有这个摄像头。";
    return refusal[why];
  },
  wish: {
    reset_prepare: "解除停止第 1 步",
    reset_confirm: "解除停止第 2 步",
    lease_request: "请求操控",
    lease_withdraw: "撤回请求",
    lease_return: "交还操控权",
    lease_offer: "移交操控权",
    lease_accept: "接受",
    lease_decline: "谢绝",
    lease_take: "接管操控",
    lease_revoke: "收回操控权",
    cap_speed: "限速",
    mute: "屏蔽",
    gesture_begin: "做动作",
    gesture_cancel: "取消动作",
    allow_gestures: "动作开关",
    choose_camera: "选择摄像头",
    declare_area: "宣布场地情况",
    move_with_voice: "随声音而动",
    show_control: "演出流程",
    say: "说出来",
    hush: "停下",
    note: "便条",
  },
  noPicture: {
    not_called: "还没有呼叫机器人。",
    calling: "正在呼叫机器人。",
    no_answer: "机器人没有接听，正在重新呼叫。",
    refused: "机器人无法接听，正在重新呼叫。",
    failed: "通往机器人画面的路没有找到，或已中断，正在重试。",
    lost: "听不到机器人，网络恢复后画面会自动回来。",
    frozen: "机器人没有送来画面，正在重新呼叫。",
    frugal: "省流量：本页面已关闭画面。",
  },
  reasonText,
  eventText,
  gesture: gestureZhCN,
  stop: {
    word: "停止",
    all: "全部停止",
    name: "停止机器人",
    allName: "停止本房间的所有机器人",
    progress: {
      idle: "空格或 Esc",
      muted: "已被屏蔽",
      cut_off: "无人能收到",
      unsent: "没有发出",
      sent: "已发出…",
      unconfirmed: "尚未确认",
      stopping: "正在停…",
      stopped: "机器人已停",
    },
  },
  stopTrouble: {
    ended: "停止指令没有发出，本页面联系不到任何人。请按机器人上的停止按钮，或呼叫现场人员。",
    no_link: "停止指令没有发出，现在没有链路。请按机器人上的停止按钮，或呼叫现场人员。",
    robot_away: "停止指令到不了机器人，它没有连接。请按机器人上的停止按钮，或呼叫现场人员。",
    muted: "这里的停止指令到不了机器人：现场人员已屏蔽本页面。要停止机器人，请呼叫现场人员。",
    unconfirmed: "机器人还没有确认停止。请按机器人上的停止按钮，或呼叫现场人员。",
  },
  drive: {
    heading: "操控",
    nobody: "无人操控",
    unknown: "不清楚谁在操控",
    you: "你在操控",
    other: (name) => `${person(name, "他人")}在操控`,
    ask: "请求操控",
    asking: "请求中…",
    withdraw: "撤回请求",
    giveBack: "交还操控",
    accept: "接受",
    decline: "谢绝",
    offer: (by, inS) => `${person(by, "现场人员")}想把操控权交给你，${inS} 秒内有效。`,
    offered: (to) => `已向${person(to, "他人")}提出移交。`,
    capped: (cap) => `现场人员已限速 ${cap}。`,
    pace: "速度",
    paceOf: { slow: "慢", normal: "中", fast: "快" },
    stick: "行驶摇杆：按住并推动",
    stickOff: "取得操控权后摇杆可用。",
    watchOnly: "你在这里旁观。停止按钮对你同样有效。",
    watchOnlyMuted: "你在这里旁观。现场人员已屏蔽本页面（含停止）。",
    blocked: {
      stopped: "解除停止后即可请求。",
      away: "机器人连接后即可请求。",
      muted: "现场人员已屏蔽本页面。",
    },
    padReady: "手柄就绪：按住 LB 行驶，RB 加快，B 停止。",
    padUnusable: "这个手柄的按键不是标准排列，因此不使用。",
  },
  keys: {
    heading: "按键",
    drive: "前后",
    turn: "转向",
    strafe: "横移",
    slow: "慢速",
    stop: "停止",
    talk: "说话",
    talkBackstage: "后台通话",
    mute: "静音",
    help: "显示或隐藏按键说明",
    open: "按键",
    close: "关闭 (?)",
    pad: "手柄",
    padHold: "按住行驶",
    padFast: "按住快速行驶",
    padLeft: "左摇杆",
    padDrive: "行驶和转向",
    padRight: "右摇杆",
    padCross: "十字键",
    padGestures: "动作 1 至 4",
    padNote: "松开 LB 和 RB，机器人就停下。空格、Esc、B 和 Back 随时都是停止，看这页说明时也一样。",
  },
  voice: voiceZhCN,
  face: faceZhCN,
  preflight: preflightZhCN,
  readiness: readinessZhCN,
  show: showZhCN,
  speech: speechZhCN,
  notes: notesZhCN,
  watch: watchZhCN,
  hud: {
    heading: "链路数据",
    loop: "环路延迟",
    loopParts: ({ pictureMs, pageMs, commandMs }) =>
      `= 画面 ${pictureMs} + 页面 ${pageMs} + 指令 ${commandMs}`,
    loopMeaning:
      "从舞台到你的眼睛，再从你的手到车轮。画面：从拍下到显示在本屏幕；页面：从显示到发出下一条指令；指令：传到机器人。",
    loopHistory: "环路延迟，最近一分钟",
    rtt: "往返时间",
    direct: "直连",
    viaBridge: "服务器",
    fps: "帧率",
    bitrate: "码率",
    speed: "速度：请求 → 实际",
    allowed: (mps) => `上限 ${mps}`,
    limit: "受限于",
    glass: "镜头到屏幕",
    glassUnknown: "尚未测得",
    glassSpread: (p95Ms, errorMs) => `95% 不超过 ${p95Ms}，±${errorMs}`,
    glassMeaning:
      "最近十秒内，本屏幕上的舞台画面有多旧。采集：到开始编码；编码；网络：到最后一个数据包到达；缓冲：在浏览器里的等待；解码；显示：到屏幕显示出来。± 是两端时钟可能的误差。",
    glassParts: {
      capture: "采集",
      encode: "编码",
      network: "网络",
      buffer: "缓冲",
      decode: "解码",
      display: "显示",
    },
  },
  picture: {
    name: "舞台实时画面",
    waiting: "还没有画面",
    stale: (age) => `画面停在 ${age} 前`,
    bridgeAway: "服务器暂时不在线，与机器人的直连仍然畅通。",
  },
  staff: {
    robot: "机器人",
    driver: "操控者",
    nobody: "无人",
    battery: "电量",
    commandAge: "最近指令",
    speed: "速度",
    limit: "受限于",
    unknown: "未知",
    controls: "谁来操控",
    take: "接管操控",
    takeNote: "机器人先停稳，然后由你操控。",
    revoke: "收回操控权",
    requests: "请求",
    noRequests: "没有人请求操控。",
    grant: "批准",
    grantName: (name) => `批准${name}操控`,
    people: "房间里的人",
    offer: "移交",
    offerName: (name) => `把操控权移交给${name}`,
    you: "你",
    drives: { now: "操控中", last: "链路中断前在操控" },
    gone: "已离开",
    mute: "屏蔽",
    muteName: (name) => `屏蔽${name}`,
    muteAsk: (name) => `屏蔽后，机器人不再听取${name}的任何指令，停止也不例外，直到你解除屏蔽。`,
    muteNow: "连停止一并屏蔽",
    cancel: "取消",
    unmute: "解除屏蔽",
    unmuteName: (name) => `解除屏蔽${name}`,
    muted: "已屏蔽（含停止）",
    cap: "限速",
    capName: "任何人操控时的最高速度",
    capNone: "不限速",
    capFree: (max) => `机器人自身最快 ${max}。`,
    capHolds: "对所有人有效，直到现场人员取消。",
    capZero: "机器人不会移动。",
    capUnknown: "听不到机器人。",
    watch: "须有现场页面开着且看得见，机器人才会移动。",
    reset: "解除停止",
    resetStill: "先看舞台：伸手可及处没有人，前方没有障碍。",
    reset1: "1 · 舞台安全",
    reset2: "2 · 立即解除",
    resetBy: (name, inS) => `${person(name)}已完成第 1 步，还剩 ${inS} 秒。`,
    resetNeeds: "完成第 1 步后才能进行第 2 步。解除停止不会让机器人移动。",
    resetNothing: "目前没有停止。",
    resetUnknown: "不清楚机器人是否已停止。",
    resetOnSite: {
      damp: "机器人的关节已卸力。请先在机器人旁，用现场停止页或触点解锁。",
      cut: "机器人的动力已切断。请先在机器人旁，用现场停止页或触点解锁。",
    },
    resetReleaseFirst: "请先在机器人旁解锁",
    resetMoving: "机器人停稳后才能解除。",
    events: "事件",
    noEvents: "还没有事件。",
    figures: "链路",
    faults: "故障",
  },
  cameras: {
    heading: "摄像头",
    drive: "操控用",
    note: "选中的画面放大显示，对所有人生效。",
    missing: (name, why) => `${name}：${why}`,
    health: { frozen: "画面冻结", absent: "没有画面" },
  },
  link: linkZhCN,
  outcome: {
    refused: (what, why) => `${what}：${why}`,
    unanswered: (what) => `${what}：机器人没有答复，请检查链路后再试。`,
    dismiss: "知道了",
  },
  trouble: {
    noTokenTitle: "本页面需要邀请链接",
    noToken: [
      "地址末尾没有邀请，服务器无法知道你是谁。这里的停止按钮无人能收到。",
      "请打开现场人员发来的完整链接：末尾是 # 和一长串字母。运行 “stagebridge demo” 会为每个页面打印一个。",
    ],
    unreachableTitle: "没有通往机器人的链路",
    unreachable: [
      "机器人不会随本页面移动。链路恢复之前，这里的停止按钮无人能收到：请按机器人上的停止按钮，或呼叫现场人员。",
      "本页面会自动重连。请检查本设备的网络；若别人正常，请询问运维人员服务器是否在运行。",
    ],
    endedTitle: {
      bad_hello: "服务器看不懂本页面",
      bad_invite: "邀请无效",
      forbidden: "本页面不能使用这台服务器",
      version: "页面与服务器版本不一致",
      replaced: "已在另一个标签页继续",
      refused_too_often: "服务器关闭了本页面的连接",
    },
    ended: {
      bad_hello: "请刷新；若仍不行，请联系现场人员。",
      bad_invite: "请向现场人员要一个新链接。",
      forbidden: "请原样打开收到的链接。",
      version: "其中一个较旧，请刷新本页面。",
      replaced: "同一页面已在另一个标签页或窗口中打开并接管。请到那里继续；想用这一个就刷新。",
      refused_too_often: "服务器多次拒绝了本页面的消息。请刷新；若仍不行，请联系现场人员。",
    },
    endedRobot: "机器人不再听从本页面，这里的停止按钮无人能收到：请按机器人上的停止按钮，或呼叫现场人员。",
    robotAwayTitle: "机器人不在线",
    robotAway: [
      "失去链路时它会自行停住，并不断重连。它回来之前停止指令到不了它：请按机器人上的停止按钮，或呼叫现场人员。",
      "这里无须操作，它回来后画面会自动出现。现场人员可检查它的电源和网络。",
    ],
    reload: "刷新",
  },
};
