// The STOP page in the hall, served by the robot's own agent. STOP goes out every 40 ms until the motion process
// answers it, over every connection that comes up meanwhile; so does what is sterner, until the robot shows it in force.
// What takes that back goes out once. The PIN stays in the fragment, which no browser sends.
import { HOLD_MS, onHold } from "/hold.js";
import { hasLegs, Ladder, levelIn, levelsLeft } from "/ladder.js";
import { strings } from "/words.js";

const REPEAT_MS = 40;
const REDIAL_MS = [250, 500, 1000];
const SILENT_MS = 1500; // the agent speaks 5 times a second
const DIAL_MS = 3000;
const OLD_MS = 1000; // of the motion process's own word
const UNSENT_BYTES = 2048;
const SHOWN_MS = 10_000;

const at = (id) => document.getElementById(id);
const now = () => performance.now();

let language = navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
let pin = decodeURIComponent(location.hash.slice(1));
let socket = null;
let dialledAt = 0;
let heardAt = 0;
let redials = 0;
let redialAt = 0;
let isIn = false;
let robot = "";
let hall = null;
let refused = null; // why the agent did not let this page in
let pending = null; // the id of the STOP that is not answered yet
let pressedAt = 0;
let done = null; // the newest answer to a STOP
let doneAt = 0;
const ladder = new Ladder();

// --- The link ---

function dial() {
  hangUp();
  if (pin === "") return;
  dialledAt = now();
  const dialled = new WebSocket(`ws://${location.host}/ws`);
  socket = dialled;
  dialled.onopen = () => dialled.send(JSON.stringify({ type: "enter", pin }));
  dialled.onmessage = (event) => {
    if (socket === dialled) hear(JSON.parse(event.data));
  };
  dialled.onclose = () => {
    if (socket === dialled) lost();
  };
}

function hangUp() {
  const old = socket;
  socket = null;
  isIn = false;
  if (old !== null) old.close();
}

function lost() {
  hangUp();
  redialAt = now() + REDIAL_MS[Math.min(redials, REDIAL_MS.length - 1)];
  redials += 1;
}

function hear(said) {
  heardAt = now();
  switch (said.type) {
    case "entered":
      isIn = true;
      redials = 0;
      refused = null;
      robot = said.robot;
      remember();
      repeat();
      break;
    case "refused":
      refused = { why: said.why, until: now() + said.wait_s * 1000 };
      hangUp();
      if (said.why === "pin") pin = "";
      redialAt = now() + Math.max(2000, said.wait_s * 1000);
      break;
    case "hall":
      hall = said;
      ladder.hear(hall);
      break;
    case "declined":
      ladder.declined(said);
      break;
    case "done":
      if (said.id === pending) {
        pending = null;
        done = said;
        doneAt = now();
      }
      break;
  }
  show();
}

function remember() {
  const fragment = `#${encodeURIComponent(pin)}`;
  if (location.hash !== fragment) history.replaceState(null, "", fragment); // so that a reload comes in again
}

// --- STOP ---

function stop() {
  if (pending === null) {
    pending = newId();
    pressedAt = now();
    done = null;
    ladder.forget();
  }
  if (navigator.vibrate) navigator.vibrate(60);
  repeat();
  show();
}

function newId() {
  const random = crypto.getRandomValues(new Uint32Array(2));
  return `hall-${random[0].toString(36)}${random[1].toString(36)}`;
}

function repeat() {
  if (pending !== null) send({ type: "stop", id: pending });
  if (ladder.toRepeat !== null) send(ladder.toRepeat);
}

function send(said) {
  if (!isIn || socket === null || socket.readyState !== WebSocket.OPEN) return;
  if (socket.bufferedAmount < UNSENT_BYTES) socket.send(JSON.stringify(said));
}

function askFor(level) {
  ladder.askFor(level, newId());
  if (navigator.vibrate) navigator.vibrate([60, 60, 60]);
  repeat();
  show();
}

function takeBack(seen) {
  send(ladder.takeBack(seen, newId()));
  show();
}

// --- What is shown ---

const isReached = () => isIn && now() - heardAt < SILENT_MS;

function ageMs() {
  if (hall === null || hall.age_ms === null) return null;
  return hall.age_ms + (now() - heardAt);
}

/** Return [tone, word, reason]. */
function stateNow(words) {
  if (pin === "" && !isIn) return ["plain", words.closed, words.closedWhy];
  if (!isReached()) {
    if (refused !== null && refused.why !== "pin")
      return ["bad", words.lost, words.refused(refused.why, waitS())];
    return dialledAt > 0 && heardAt === 0 && redials === 0
      ? ["plain", words.connecting, words.connectingWhy]
      : ["bad", words.lost, words.lostWhy];
  }
  if (hall === null) return ["plain", words.connecting, words.connectingWhy];
  const age = ageMs();
  if (hall.latch !== null && hall.latch.cause === "motion_died")
    return ["bad", words.state.stopped, words.motionDied];
  if (age === null || age > OLD_MS) return ["bad", words.unknown, words.unknownWhy];
  if (levelIn(hall) !== "settle")
    return ["bad deep", words.sterner[levelIn(hall)].inForceNow, words.reason(hall)];
  return [words.tone[hall.state], words.state[hall.state], words.reason(hall)];
}

const waitS = () => Math.max(0, Math.ceil((refused.until - now()) / 1000));

function answerNow(words) {
  const asked = ladder.pendingNow(words, isReached());
  if (asked !== "") return asked;
  const ended = ladder.outcomeNow(words);
  return pending === null && ended !== "" ? ended : `${ended} ${stopNow(words)}`.trim();
}

function stopNow(words) {
  if (pending !== null) {
    const forS = (now() - pressedAt) / 1000;
    return isReached() ? words.sending(forS) : words.undelivered(forS);
  }
  if (done !== null && now() - doneAt < SHOWN_MS) {
    const stands = isReached() && hall !== null && hall.state === "stopped";
    return words.answered(stands ? "stopped" : done.state, done.speed_mps);
  }
  return "";
}

function put(id, text) {
  if (at(id).textContent !== text) at(id).textContent = text;
}

function showRung(id, isThere, words, rung) {
  at(`${id}-rung`).hidden = !isThere;
  if (!isThere) holds[id].end();
  put(`${id}-words`, rung.button);
  put(`${id}-why`, rung.why(hasLegs(hall)));
  const leftMs = holds[id].leftMs();
  put(`${id}-left`, leftMs === null ? words.hold(HOLD_MS) : words.holding(leftMs));
}

function showLadder(words) {
  const [left, inForce] = [levelsLeft(hall), levelIn(hall)];
  const isDeep = inForce !== "settle";
  if (!isReached()) holds.release.end();
  at("release").disabled = !isReached(); // it is not kept for later
  at("ladder").hidden = !isDeep && left.length === 0;
  at("ladder").setAttribute("aria-label", words.ladderLabel);
  for (const level of ["damp", "cut"]) showRung(level, left.includes(level), words, words.sterner[level]);
  showRung("release", isDeep, words, words.release[isDeep ? inForce : "cut"]);
}

function show() {
  const words = strings[language];
  const [tone, word, reason] = stateNow(words);
  document.documentElement.lang = language;
  if (at("state").className !== tone) at("state").className = tone;
  const age = isReached() ? ageMs() : null;
  put("robot", robot || "STOP");
  put("language", words.otherLanguage);
  put("word", word);
  put("reason", reason);
  put("driver-label", words.driverLabel);
  put("driver", isReached() && hall !== null && hall.driver !== null ? hall.driver : "–");
  put("age-label", words.ageLabel);
  put("age", age === null ? "–" : words.age(age));
  put("bridge-label", words.bridgeLabel);
  put("bridge", isReached() && hall !== null ? words.bridge[hall.bridge_up] : "–");
  at("door").hidden = isIn || pin !== "";
  put("enter", words.enter);
  put("refusal", refused !== null && refused.why === "pin" ? words.refused("pin", 0) : "");
  put("answer", answerNow(words));
  at("stop").classList.toggle("sending", pending !== null);
  put("limits", words.limits);
  showLadder(words);
}

// --- Hands ---

document.documentElement.style.setProperty("--hold", `${HOLD_MS}ms`);
const holds = {
  damp: onHold(at("damp"), { began: stop, held: () => askFor("damp") }),
  cut: onHold(at("cut"), { began: stop, held: () => askFor("cut") }),
  release: onHold(at("release"), { began: () => hall, held: takeBack }),
};
at("stop").addEventListener("pointerdown", stop);
at("stop").addEventListener("click", stop); // a key, or a reader of the screen
at("language").addEventListener("click", () => {
  language = language === "en" ? "zh-CN" : "en";
  show();
});
at("door").addEventListener("submit", (event) => {
  event.preventDefault();
  pin = at("pin").value.trim();
  at("pin").value = "";
  refused = null;
  dial();
  show();
});
addEventListener("keydown", (event) => {
  const isTyping = event.target instanceof HTMLInputElement;
  if (event.repeat || isTyping || (event.code !== "Space" && event.code !== "Escape")) return;
  event.preventDefault();
  stop();
});
addEventListener("hashchange", () => {
  const given = decodeURIComponent(location.hash.slice(1));
  if (given !== "" && given !== pin) {
    pin = given;
    dial();
  }
});
addEventListener("pageshow", (event) => {
  if (event.persisted && !isReached()) dial(); // back from where the browser kept it
});

setInterval(repeat, REPEAT_MS);
setInterval(() => {
  ladder.giveUp();
  if (socket === null) {
    if (pin !== "" && now() >= redialAt) dial();
  } else if (isIn ? now() - heardAt > SILENT_MS : now() - dialledAt > DIAL_MS) {
    lost(); // the old connection may hang for minutes, as when the phone changed its network
  }
  show();
}, 100);
show();
dial();
