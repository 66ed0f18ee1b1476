// The stops above an ordinary one: what was asked for and is not in force yet, and what was to be taken back and is.
// The robot's own word is the only answer that counts.

const STERNER_MS = 10_000; // later than so, whoever asked for it may stand beside the robot
const RELEASE_MS = 2000;
const SHOWN_MS = 10_000;
const LEVELS = ["settle", "damp", "cut"]; // mildest first

const now = () => performance.now();
const isAtLeast = (level, other) => LEVELS.indexOf(level) >= LEVELS.indexOf(other);

/** Return how the robot is stopped, as `hall` says; "settle" also while it is not, or nothing is known. */
export const levelIn = (hall) => hall?.latch?.level ?? "settle";

/** Return the stops above the one in force that this robot has, mildest first. */
export const levelsLeft = (hall) => (hall?.levels ?? []).filter((level) => !isAtLeast(levelIn(hall), level));

/** Return whether this robot stands on legs: what has joints that go soft does. */
export const hasLegs = (hall) => hall?.levels.includes("damp") ?? false;

export class Ladder {
  #sterner = null; // {id, level, at}
  #release = null; // {id, level, at}
  #outcome = null; // {what, level, at}: how the newest of the two ended

  /** Return what the page has to repeat now, null for nothing. */
  get toRepeat() {
    return this.#sterner && { type: "sterner", id: this.#sterner.id, level: this.#sterner.level };
  }

  askFor(level, id) {
    this.#sterner = { id, level, at: now() };
    this.#release = this.#outcome = null;
  }

  /** Return what the page has to send, once. `seen` is the `hall` that was shown when the hand came down. */
  takeBack(seen, id) {
    this.#release = { id, level: levelIn(seen), at: now() };
    this.#outcome = null;
    return { type: "release", id, asked: seen.asked };
  }

  forget() {
    this.#outcome = null;
  }

  declined(said) {
    if (said.id === this.#sterner?.id) this.#end("sterner", said.why);
    if (said.id === this.#release?.id) this.#end("release", said.why);
  }

  /** Compare what was asked for with what is in force now. */
  hear(hall) {
    const inForce = levelIn(hall);
    const isKnown = hall.latch?.cause !== "motion_died";
    if (this.#sterner !== null && isAtLeast(inForce, this.#sterner.level)) this.#end("sterner", "inForce");
    if (this.#release !== null && isKnown && inForce === "settle") this.#end("release", "takenBack");
  }

  giveUp() {
    if (this.#sterner !== null && now() - this.#sterner.at > STERNER_MS) this.#end("sterner", "givenUp");
    if (this.#release !== null && now() - this.#release.at > RELEASE_MS) this.#end("release", "stays");
  }

  /** Return in words what is not answered yet, "" for nothing. */
  pendingNow(words, isReached) {
    if (this.#sterner !== null) {
      const forS = (now() - this.#sterner.at) / 1000;
      const said = words.sterner[this.#sterner.level];
      return isReached ? said.sending(forS) : said.undelivered(forS);
    }
    return this.#release === null ? "" : words.releasing;
  }

  /** Return in words how the newest ended, "" once that is a while ago. */
  outcomeNow(words) {
    const isShown = this.#outcome !== null && now() - this.#outcome.at < SHOWN_MS;
    return isShown ? words.sterner[this.#outcome.level][this.#outcome.what] : "";
  }

  #end(which, what) {
    const ended = which === "sterner" ? this.#sterner : this.#release;
    if (which === "sterner") this.#sterner = null;
    else this.#release = null;
    this.#outcome = { what, level: ended.level, at: now() };
  }
}
