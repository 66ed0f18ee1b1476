/** What many measurements say together. */

/** Return the value that this share of them does not exceed; not finite without any. */
export function within(share: number, values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b);
  return ordered[Math.max(0, Math.ceil(share * ordered.length) - 1)] ?? Number.POSITIVE_INFINITY;
}

/** Return how much one differs from the next, on average. */
export function jitterOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const steps = values.slice(1).map((value, index) => Math.abs(value - (values[index] ?? value)));
  return steps.reduce((sum, step) => sum + step, 0) / steps.length;
}
