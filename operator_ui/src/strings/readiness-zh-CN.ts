import { figure, percent, span } from "./figures";
import { type Sentence, told } from "./preflight-en";
import type { ReadinessWords } from "./readiness-en";

const clockZh: Sentence = (f) => {
  const ahead = told(f, "ahead_ms") ?? 0;
  return `比服务器${ahead > 0 ? "快" : "慢"} ${span(Math.abs(ahead))}，误差 ± ${span(told(f, "error_ms"))}`;
};

export const readinessZhCN: ReadinessWords = {
  heading: "就绪情况",
  robot: "机器人",
  notSaid: "机器人还没有报告自己的情况。",
  checked: (age, verdict, soak) => `${age}检查：${verdict}（链路测量 ${soak}）`,
  verdict: { green: "可以演出", amber: "可以演出，须留意", red: "不能演出" },
  age: (ms) => {
    const minutes = Math.floor(ms / 60_000);
    if (minutes < 1) return "刚刚";
    return minutes < 120 ? `${minutes} 分钟前` : `${Math.floor(minutes / 60)} 小时前`;
  },
  all: "全部项目",
  certificate: {
    print: "打印就绪证明",
    save: "下载就绪证明（JSON）",
    printNow: "打印",
    none: "这里没有就绪证明。请在现场人员页面的“就绪情况”下生成。",
    title: (room) => `${room} 可以演出吗？`,
    examined: (when) => `检查时间 ${when}`,
    checkedAt: (when) => `${when} 检查`,
    soak: (span) => `链路测量 ${span}`,
    unchecked: "未检查",
    name: "姓名",
    date: "日期和时间",
    verdict: { go: "可以演出", go_with_care: "可以演出，须留意", no_go: "不能演出" },
    explained: {
      go: "没有妨碍演出的问题。",
      go_with_care: "可以演出；欠佳的项目写明了怎样会更好。",
      no_go: "有项目不可用。请解决后重新检查。",
    },
    role: { robot: "机器人", room: "房间", presenter: "主讲人", staff: "现场人员", observer: "旁观者" },
    missingName: "检查",
    missing: {
      no_presenter: "房间里没有主讲人。",
      not_said: "机器人还没有报告自己的情况。它连接了吗？",
      not_checked: "还没有检查。请在自己页面的“演出之前”下全部检查。",
      checked_long_ago: "检查已过一小时。请再检查一次。",
    },
  },
  check: {
    driver: "驱动",
    loop: "运动循环",
    battery: "电池",
    eye: "摄像头",
    sound: "声音",
    uplink: "服务器",
    relay: "中继（TURN）",
    clock: "时钟",
  },
  seen: {
    driver: {
      healthy: () => "已打开，没有故障",
      fault: (_f, about) => `报告故障：${about}。请查看机器人。`,
      silent: () => "机器人的运动进程没有声息。请查看机器人的日志。",
    },
    loop: {
      prompt: (f) => `准时：95% 的信标误差在 ${figure(told(f, "p95_ms"), "ms", 1)} 以内`,
      late: (f) => `信标晚 ${figure(told(f, "p95_ms"), "ms", 1)}。请结束机器人上的其他程序。`,
      tooLate: (f) =>
        `信标晚 ${figure(told(f, "p95_ms"), "ms", 1)}：机器人的电脑太忙。请结束上面的其他程序。`,
      silent: () => "没有信标。请查看机器人的日志。",
    },
    battery: {
      good: (f) => `电量 ${percent(told(f, "charge"))}`,
      low: (f) => `电量 ${percent(told(f, "charge"))}。请在演出前充电。`,
    },
    eye: {
      live: (_f, about) => `${about} 画面正常`,
      frozen: (_f, about) => `${about} 一直是同一画面。请重新插上。`,
      absent: (_f, about) => `${about} 没有画面。请检查线缆。`,
      none: () => "打不开任何摄像头。请检查线缆和机器人的日志。",
    },
    sound: {
      works: () => "麦克风和扬声器已打开",
      missing: (_f, about) => `${about}。请接上声音设备。`,
      silent: () => "机器人没有报告声音的情况。请查看机器人的日志。",
    },
    uplink: {
      quick: (f) => `往返 ${figure(told(f, "rtt_ms"), "ms")}`,
      slow: (f) => `往返 ${figure(told(f, "rtt_ms"), "ms")}：机器人会减速、停住。请用网线。`,
      unknown: () => "还没有测到",
    },
    relay: {
      chosen: (_f, about) => `使用 ${about}`,
      none: () => "没有配置：机器人和主讲人的网络必须能直接互通。",
      silent: () => "没有 TURN 服务器应答。请检查现场的防火墙和服务器。",
      unknown: () => "未知：没有打开摄像头。",
    },
    clock: {
      right: clockZh,
      off: (f) => `${clockZh(f, "")}。请在机器人上启用自动对时。`,
      wrong: (f) => `${clockZh(f, "")}：中继会拒绝它的凭据。请校准机器人的时钟。`,
      unknown: () => "还没有比较",
    },
  },
};
