// Every word of the STOP page. Both languages have the same keys.

const seconds = (s) => s.toFixed(1);
const clock = (unixMs) => new Date(unixMs).toLocaleTimeString("en-GB");
const isOfHall = (latch) => latch.by?.startsWith("hall-") ?? false;

const tone = {
  boot: "plain",
  stopping: "warn",
  stopped: "bad",
  ready: "plain",
  leased: "ok",
  driving: "ok",
  degraded: "warn",
  hold: "warn",
};

const en = {
  otherLanguage: "中文",
  tone,
  state: {
    boot: "Starting",
    stopping: "Stopping",
    stopped: "Stopped",
    ready: "Free",
    leased: "Standing",
    driving: "Driving",
    degraded: "Driving, slowed",
    hold: "Holding",
  },
  cause: {
    person: "Stopped by somebody",
    boot: "The robot has just started, and it starts stopped",
    hardware: "Stopped by the stop wired to the robot",
    driver_fault: "Stopped: the robot reports a fault",
    agent_silent: "Stopped: the robot lost its own link program",
    edge: "Stopped at the edge of the stage",
    tilt: "Stopped: the robot was tilting",
    odometry: "Stopped: the robot did not move as it was told",
    staff_silent: "Stopped: no staff page watched the robot",
    suspend: "Stopped: the robot's computer paused",
    motion_died: "Stopped: the robot's motion program ended",
    local: "Stopped at the robot itself",
  },
  reason(hall) {
    const { latch } = hall;
    if (latch !== null) {
      const by = isOfHall(latch) ? "Stopped from a STOP page in the hall" : `Stopped by ${hall.stopped_by}`;
      const what = latch.cause === "person" && latch.by !== null ? by : (en.cause[latch.cause] ?? "Stopped");
      const then =
        hall.state === "stopping" ? "Coming to rest." : "Staff must clear it in two steps, on their page.";
      const next = latch.level === "settle" ? then : en.sterner[latch.level].until;
      return `${what}${latch.cause === "boot" ? "" : ` at ${clock(latch.at_unix_ms)}`}. ${next}`;
    }
    if (hall.state === "ready") return "Nobody drives. The robot stands.";
    if (hall.state === "hold") return "Somebody has the controls; the robot waits.";
    return hall.speed_mps < 0.005 ? "Standing still." : `${hall.speed_mps.toFixed(2)} m/s.`;
  },
  closed: "Closed",
  closedWhy: "Type the PIN, or open the link that the robot printed.",
  connecting: "Connecting",
  connectingWhy: "Reaching the robot.",
  lost: "Not reached",
  lostWhy:
    "This page does not reach the robot any more and cannot stop it now. Use the hard-wired stop. Is this phone in the hall's Wi-Fi? It keeps trying.",
  unknown: "Not known",
  unknownWhy:
    "The robot's motion program does not answer. It stops the robot by itself, or its watchdogs do.",
  motionDied: "The robot's motion program ended and starts anew. The robot stands by its own watchdogs.",
  driverLabel: "Driver",
  ageLabel: "Last word of the robot",
  age: (ms) => `${seconds(ms / 1000)} s ago`,
  bridgeLabel: "Bridge",
  bridge: { true: "reached", false: "away; STOP works without it" },
  enter: "Open",
  refused: (why, s) =>
    ({
      pin: "That is not the PIN. It is on the robot's terminal, and in its state directory.",
      wait: `Too many wrong PINs from here. Next try in ${s} s.`,
      full: "Too many STOP pages are open. Close one of them.",
    })[why],
  sending: (s) => `STOP is sent again and again: ${seconds(s)} s.`,
  undelivered: (s) =>
    `STOP is NOT delivered yet: ${seconds(s)} s. Use the hard-wired stop. It is sent as soon as the robot is reached.`,
  answered: (state, v) =>
    state === "stopped" ? "The robot answers: stopped." : `The robot answers: stopping, ${v.toFixed(2)} m/s.`,
  hold: (ms) => `hold for ${seconds(ms / 1000)} s`,
  holding: (ms) => `hold on: ${seconds(ms / 1000)} s`,
  sterner: {
    damp: {
      button: "Let it go limp",
      why: () =>
        "It stops at once; held for 1.5 s, its joints go soft too: this robot sits down, or falls if it cannot.",
      sending: (s) => `Going limp is asked for again and again: ${seconds(s)} s.`,
      undelivered: (s) =>
        `It does NOT stop and does NOT go limp yet: ${seconds(s)} s. Use the hard-wired stop.`,
      givenUp:
        "It did NOT go limp within 10 s, and is not asked to any more. Use the hard-wired stop, or hold again.",
      level: "This robot cannot go limp. It was told to stop all the same.",
      inForce: "The robot answers: it is limp.",
      inForceNow: "It is limp",
      until: "Only somebody beside the robot can take that back; staff cannot clear it before.",
      takenBack:
        "The robot answers: taken back. It stays stopped until staff clear it in two steps, on their page.",
      stays: "It stays limp: the robot did not answer, or a wired stop or its own tilt asks for that too.",
      changed: "It stays limp: somebody asked for that again meanwhile. Look, then hold again.",
      soon: "That was taken back less than a second ago. Hold again.",
    },
    cut: {
      button: "Cut the power",
      why: (hasLegs) =>
        `It stops at once; held for 1.5 s, its motors lose their power too: this robot ${hasLegs ? "stands on legs and falls" : "brakes hard and stays where it is"}.`,
      sending: (s) => `Cutting the power is asked for again and again: ${seconds(s)} s.`,
      undelivered: (s) =>
        `The STOP is NOT delivered and the power NOT cut yet: ${seconds(s)} s. Use the hard-wired stop.`,
      givenUp:
        "The power was NOT cut within 10 s, and is not asked for any more. Use the hard-wired stop, or hold again.",
      level: "The power of this robot cannot be cut from here. It was told to stop all the same.",
      inForce: "The robot answers: its power is cut.",
      inForceNow: "Power is cut",
      until: "Only somebody beside the robot can take that back; staff cannot clear it before.",
      takenBack:
        "The robot answers: power may return. It stays stopped until staff clear it in two steps, on their page.",
      stays:
        "The power stays cut: the robot did not answer, or a wired stop or its own tilt asks for that too.",
      changed: "The power stays cut: somebody asked for that again meanwhile. Look, then hold again.",
      soon: "The power returned less than a second ago. Hold again.",
    },
  },
  release: {
    damp: {
      button: "Joints may stiffen",
      why: () =>
        "The robot may hold itself again. It stays stopped until staff clear it in two steps, on their page.",
    },
    cut: {
      button: "Power may return",
      why: () =>
        "Its motors may have power again. It stays stopped until staff clear it in two steps, on their page.",
    },
  },
  releasing: "The robot is asked to take it back.",
  ladderLabel: "Sterner than STOP",
  limits: "STOP goes over the network. It is no emergency stop: that one is hard-wired, beside the stage.",
};

const zh = {
  otherLanguage: "English",
  tone,
  state: {
    boot: "启动中",
    stopping: "正在停止",
    stopped: "已停止",
    ready: "空闲",
    leased: "静止",
    driving: "行驶中",
    degraded: "行驶中（已限速）",
    hold: "保持",
  },
  cause: {
    person: "有人按下了停止",
    boot: "机器人刚启动，启动后一律处于停止状态",
    hardware: "接在机器人上的停止开关已按下",
    driver_fault: "机器人报告故障，已停止",
    agent_silent: "机器人端的链路程序没有响应，已停止",
    edge: "到达舞台边缘，已停止",
    tilt: "机器人倾斜，已停止",
    odometry: "机器人没有按指令运动，已停止",
    staff_silent: "没有现场人员的页面在看着机器人，已停止",
    suspend: "机器人的计算机曾经暂停，已停止",
    motion_died: "机器人的运动程序退出，已停止",
    local: "在机器人本体上按下了停止",
  },
  reason(hall) {
    const { latch } = hall;
    if (latch !== null) {
      const by = isOfHall(latch) ? "现场的停止页面按下了停止" : `${hall.stopped_by}按下了停止`;
      const what = latch.cause === "person" && latch.by !== null ? by : (zh.cause[latch.cause] ?? "已停止");
      const then = hall.state === "stopping" ? "正在停稳。" : "须由现场人员在其页面上分两步解除。";
      const next = latch.level === "settle" ? then : zh.sterner[latch.level].until;
      return `${latch.cause === "boot" ? "" : `${clock(latch.at_unix_ms)}，`}${what}。${next}`;
    }
    if (hall.state === "ready") return "目前无人操控，机器人静止。";
    if (hall.state === "hold") return "有人持有操控权，机器人在等待。";
    return hall.speed_mps < 0.005 ? "原地不动。" : `${hall.speed_mps.toFixed(2)} m/s。`;
  },
  closed: "未打开",
  closedWhy: "请输入 PIN，或打开机器人打印出的链接。",
  connecting: "连接中",
  connectingWhy: "正在连接机器人。",
  lost: "无法连接",
  lostWhy:
    "本页面已连不上机器人，此刻无法让它停止。请使用硬接线停止开关，并检查手机是否在现场的 Wi-Fi 中。页面会不断重试。",
  unknown: "状态不明",
  unknownWhy: "机器人的运动程序没有响应。它会自行让机器人停下，或由看门狗停下。",
  motionDied: "机器人的运动程序退出，正在重启。机器人由自身的看门狗停住。",
  driverLabel: "操控者",
  ageLabel: "机器人最近一次报告",
  age: (ms) => `${seconds(ms / 1000)} 秒前`,
  bridgeLabel: "网桥",
  bridge: { true: "已连接", false: "未连接，停止不受影响" },
  enter: "打开",
  refused: (why, s) =>
    ({
      pin: "PIN 不正确。PIN 显示在机器人的终端上，也保存在其状态目录中。",
      wait: `错误的 PIN 太多，请在 ${s} 秒后再试。`,
      full: "打开的停止页面太多，请先关闭一个。",
    })[why],
  sending: (s) => `停止指令正在不断重发：${seconds(s)} 秒。`,
  undelivered: (s) => `停止指令尚未送达：${seconds(s)} 秒。请使用硬接线停止开关。一旦连上机器人会立即发出。`,
  answered: (state, v) =>
    state === "stopped" ? "机器人答复：已停止。" : `机器人答复：正在停止，${v.toFixed(2)} m/s。`,
  hold: (ms) => `按住 ${seconds(ms / 1000)} 秒`,
  holding: (ms) => `请按住：${seconds(ms / 1000)} 秒`,
  sterner: {
    damp: {
      button: "关节卸力",
      why: () => "按下即停止；按住 1.5 秒后关节还会卸力：这台机器人会坐下，坐不稳时会倒下。",
      sending: (s) => `卸力指令正在不断重发：${seconds(s)} 秒。`,
      undelivered: (s) => `尚未停止，也尚未卸力：${seconds(s)} 秒。请使用硬接线停止开关。`,
      givenUp: "10 秒内未能卸力，已不再重发。请使用硬接线停止开关，或再次按住。",
      level: "这台机器人不能卸力，但已让它停止。",
      inForce: "机器人答复：关节已卸力。",
      inForceNow: "关节已卸力",
      until: "只有在机器人旁边的人才能撤回；在此之前无法解除停止。",
      takenBack: "机器人答复：已撤回。它仍保持停止，须由现场人员在其页面上分两步解除。",
      stays: "关节仍然卸力：机器人没有答复，或接线的停止开关、机身倾斜也要求如此。",
      changed: "关节仍然卸力：其间又有人要求卸力。请看清情况，再次按住。",
      soon: "一秒之内刚刚撤回过，请再次按住。",
    },
    cut: {
      button: "切断电机电源",
      why: (hasLegs) =>
        `按下即停止；按住 1.5 秒后还会切断电机电源：这台机器人${hasLegs ? "靠腿站立，会倒下" : "会急刹并停在原地"}。`,
      sending: (s) => `断电指令正在不断重发：${seconds(s)} 秒。`,
      undelivered: (s) => `停止尚未送达，电源尚未切断：${seconds(s)} 秒。请使用硬接线停止开关。`,
      givenUp: "10 秒内未能断电，已不再重发。请使用硬接线停止开关，或再次按住。",
      level: "无法在这里切断这台机器人的电源，但已让它停止。",
      inForce: "机器人答复：电机已断电。",
      inForceNow: "电机已断电",
      until: "只有在机器人旁边的人才能恢复供电；在此之前无法解除停止。",
      takenBack: "机器人答复：可以恢复供电。它仍保持停止，须由现场人员在其页面上分两步解除。",
      stays: "电机仍然断电：机器人没有答复，或接线的停止开关、机身倾斜也要求如此。",
      changed: "电机仍然断电：其间又有人要求断电。请看清情况，再次按住。",
      soon: "一秒之内刚刚恢复过，请再次按住。",
    },
  },
  release: {
    damp: {
      button: "允许恢复出力",
      why: () => "机器人可以重新支撑自己。它仍保持停止，须由现场人员在其页面上分两步解除。",
    },
    cut: {
      button: "允许恢复供电",
      why: () => "电机可以重新通电。机器人仍保持停止，须由现场人员在其页面上分两步解除。",
    },
  },
  releasing: "正在请机器人撤回。",
  ladderLabel: "比停止更强的措施",
  limits: "停止经由网络传送，不能代替舞台旁的硬接线停止开关。",
};

export const strings = { en, "zh-CN": zh };
