import type { PreflightWords } from "./preflight-en";

export const preflightZhCN: PreflightWords = {
  heading: "演出之前",
  look: "检查我的连接",
  looking: "正在检查……",
  again: "再检查一次",
  health: { green: "良好", amber: "欠佳", red: "不可用" },
  verdict: {
    green: "可以演出。",
    amber: "可以演出；下面写明怎样会更好。",
    red: "还不能演出：请先解决不可用的项目。",
  },
  check: {
    bridge: "服务器",
    rtt: "往返时间",
    camera: "摄像头",
    microphone: "麦克风",
    udp: "UDP 通道",
    relay: "中继（TURN）",
  },
  roundTrip: (ms) => `到服务器 ${Math.round(ms)} ms`,
  over: (ways) => `经由 ${ways.map((way) => way.toUpperCase()).join("、")}`,
  seen: {
    bridge: { open: "已连接", away: "未连接。请检查网络。" },
    rtt: {
      quick: "足够快",
      slow: "机器人会走得慢。请用网线代替 Wi-Fi。",
      unknown: "还没有测到。请过一秒再检查。",
    },
    camera: {
      found: "已找到",
      absent: "没有找到。想让观众看到你，请接上一个。",
      insecure: "只有 https 页面可用。请打开 https 链接。",
    },
    microphone: {
      found: "已找到",
      absent: "没有找到。想让观众听到你，请接上一个。",
      insecure: "只有 https 页面可用。请打开 https 链接。",
    },
    udp: {
      works: "可以通过",
      blocked: "在这里被阻断，画面会更晚到。请换一个网络，或请人放行 UDP。",
      none: "未测试：服务器没有配置 STUN 或 TURN。",
      unknown: "未测试：此浏览器无法检查。",
    },
    relay: {
      works: "可用",
      blocked: "没有 TURN 服务器应答。如果没有画面，请换一个网络。",
      none: "没有配置：机器人和你的网络必须能直接互通。",
      unknown: "未测试：此浏览器无法检查。",
    },
  },
};
