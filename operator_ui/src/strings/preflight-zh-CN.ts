import { bitrate, figure, percent, span } from "./figures";
import { type PreflightWords, type Sentence, told } from "./preflight-en";

const socketZh: Sentence = (f) =>
  `往返 ${figure(told(f, "rtt_ms"), "ms")}，95% 在 ${figure(told(f, "p95_ms"), "ms")} 以内，抖动 ${figure(told(f, "jitter_ms"), "ms")}，${percent(told(f, "loss"))} 无应答，最长静默 ${figure(told(f, "gap_ms"), "ms")}`;

const mediaZh: Sentence = (f) =>
  `下行 ${bitrate((told(f, "down_bps") ?? 0) / 1000)}，上行 ${bitrate((told(f, "up_bps") ?? 0) / 1000)}，丢包 ${percent(told(f, "loss"))}，往返 ${figure(told(f, "rtt_ms"), "ms")}，95% 在 ${figure(told(f, "p95_ms"), "ms")} 以内，抖动 ${figure(told(f, "jitter_ms"), "ms")}`;

const clockZh: Sentence = (f) => {
  const ahead = told(f, "ahead_ms") ?? 0;
  return `比服务器${ahead > 0 ? "快" : "慢"} ${span(Math.abs(ahead))}，误差 ± ${span(told(f, "error_ms"))}`;
};

const noDeviceZh = {
  insecure: () => "只有 https 页面可用。请打开 https 链接。",
  denied: () => "浏览器没有允许。请在地址栏旁允许，然后再检查。",
  busy: () => "被其他程序占用。请关闭那个程序，然后再检查。",
  failed: () => "打不开。请重新插上，或换一个。",
};

export const preflightZhCN: PreflightWords = {
  heading: "演出之前",
  look: "全部检查",
  again: "再检查一次",
  note: "浏览器会请求使用你的设备，你会听到一声短音。不会呼叫任何人。",
  notWhileDriving: "操控时不能检查。",
  soak: "测量链路的时长",
  soakChoice: (s) => (s < 60 ? figure(s, "秒") : figure(s / 60, "分钟")),
  phase: {
    devices: () => "设备：浏览器询问时请允许；然后放一声短音……",
    ways: () => "正在寻找通往外网的路径……",
    soak: (leftS) => `正在测量链路，还剩 ${figure(leftS, "秒")}……`,
  },
  end: "结束测量",
  heardIt: "我听到了那一声",
  health: { green: "良好", amber: "欠佳", red: "不可用" },
  verdict: {
    green: "可以演出。",
    amber: "可以演出；下面写明怎样会更好。",
    red: "还不能演出：请先解决不可用的项目。",
  },
  check: {
    page: "本页面",
    bridge: "服务器",
    clock: "时钟",
    socket: "服务器链路实测",
    cpu: "本设备",
    udp: "UDP 通道",
    turn: "中继（TURN）",
    media: "媒体链路",
    camera: "摄像头",
    microphone: "麦克风",
    speaker: "扬声器",
    pad: "手柄",
  },
  seen: {
    page: {
      secure: () => "已加密",
      insecure: () => "没有 TLS：不能用摄像头和麦克风。请打开 https 链接。",
    },
    bridge: {
      open: () => "已连接",
      away: () => "未连接。请检查网络。",
    },
    clock: {
      right: clockZh,
      off: (f) => `${clockZh(f, "")}。请让本设备自动对时。`,
      wrong: (f) => `${clockZh(f, "")}：邀请和中继凭据按时间失效。请校准本设备的时钟。`,
      unknown: () => "未知：服务器还没有报时。连接后请再检查。",
    },
    socket: {
      quick: socketZh,
      slow: (f, about) => `${socketZh(f, about)}。机器人会减速、停住：请用网线代替 Wi-Fi。`,
      lossy: (f, about) => `${socketZh(f, about)}。连接会断：请用网线，或换一个网络。`,
      silent: () => "没有收到任何应答。请检查网络。",
      ended: () => "没有测量：提前结束了。",
    },
    cpu: {
      prompt: (f) => `准时：95% 的定时器误差在 ${figure(told(f, "p95_ms"), "ms", 1)} 以内`,
      late: (f) => `定时器晚 ${figure(told(f, "p95_ms"), "ms", 1)}。请关闭其他标签页和程序。`,
      tooLate: (f) =>
        `定时器晚 ${figure(told(f, "p95_ms"), "ms", 1)}：太忙，无法操控。请关闭其他程序，或换一台设备。`,
      hidden: () => "没有测量：页面在后台。请让它留在前面，然后再检查。",
      ended: () => "没有测量：提前结束了。",
    },
    udp: {
      works: () => "可以通过",
      blocked: () => "在这里被阻断，画面会更晚到。请换一个网络，或请人放行 UDP。",
      none: () => "未测试：服务器没有配置 STUN 或 TURN。",
      unknown: () => "未测试：此浏览器无法检查。",
    },
    turn: {
      works: (f, about) => `${about} 可用，用了 ${figure(told(f, "took_ms"), "ms")}`,
      blocked: (_f, about) => `${about} 没有应答。也许别的方式可用；否则请换一个网络。`,
      refused: (_f, about) => `${about} 拒绝。请核对它与服务器的密钥和时钟。`,
      none: () => "没有配置：机器人和你的网络必须能直接互通。",
      unknown: () => "未测试：此浏览器无法检查。",
    },
    media: {
      good: mediaZh,
      narrow: (f, about) => `${mediaZh(f, about)}。画面会更粗。（测量时你的上行也承载画面。）请换一个网络。`,
      lossy: (f, about) => `${mediaZh(f, about)}。请用网线代替 Wi-Fi，或换一个网络。`,
      far: (f, about) => `${mediaZh(f, about)}。离你更近的 TURN 服务器会更好。`,
      unusable: (f, about) => `${mediaZh(f, about)}。这个网络承载不了演出：请换一个。`,
      closed: () => "没有测量：中继之间不通。TURN 服务器须能中继到自己的地址。",
      ended: () => "没有测量：提前结束了。",
      none: () => "没有测量：没有配置 TURN 服务器。",
    },
    camera: {
      works: () => "可以打开",
      absent: () => "没有找到。想让观众看到你，请接上一个。",
      ...noDeviceZh,
    },
    microphone: {
      works: (f) => `听得到你：最高 ${figure(told(f, "level_dbfs"), "dBFS")}`,
      silent: () => "可以打开，但什么也没听到。是静音了，还是选错了？",
      absent: () => "没有找到。想让观众听到你，请接上一个。",
      ...noDeviceZh,
    },
    speaker: {
      heard: () => "放了短音，麦克风听到了",
      confirmed: () => "放了短音，你听到了",
      unheard: () => "放了短音，麦克风没有听到。戴耳机时正该如此：请在下面确认。",
      alone: () => "放了短音；没有麦克风，只有你知道：请在下面确认。",
      onAir: () => "没有放音，因为现场正在听你的麦克风。请关掉它，然后再检查。",
      failed: () => "浏览器放不出声音。请在设置里选择扬声器。",
    },
    pad: {
      ready: (_f, about) => `${about} 可用`,
      unusable: (_f, about) => `${about} 不是标准手柄。请换一个，或用键盘、摇杆。`,
      absent: () => "没有，或还没有按过键。键盘和摇杆也可以。",
    },
  },
};
