/** From where on something is less good, or does not work: the same figures as the robot's `stagebridge doctor` has. */
export const LIMITS = {
  /** Of which the loop delay is made. */
  goodRttMs: 80,
  poorRttMs: 250,
  goodLoss: 0.02,
  poorLoss: 0.1,
  goodJitterMs: 15,
  /** Of silence on the bridge's socket: the robot holds. */
  gapMs: 400,
  clockOffMs: 2_000,
  /** Credentials expire by it. */
  clockWrongMs: 60_000,
  lateMs: 5,
  tooLateMs: 20,
  shareOfRate: 0.95,
  silentDbfs: -60,
  /** A check older than this says little of now. */
  oldCheckMs: 3_600_000,
} as const;

/** What a show sends through a relay: the robot's picture with repairs and voices, and the face with the voice. */
export const PICTURE_BPS = 3_000_000;
export const FACE_BPS = 400_000;

/** How long the link may be measured. */
export const SOAKS_S = [10, 60, 300] as const;
