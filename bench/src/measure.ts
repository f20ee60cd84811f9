/** One line of a benchmark: our figure, the raw engine's in the same run, the ratio, the bar and whether it is met. */
export interface Measure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The raw engine's figure in the same run; `null` where there is none. */
  readonly limit: number | null
  readonly ratio: number | null
  readonly bar: string
  readonly ok: boolean
}

export interface Bar {
  readonly text: string
  readonly met: (value: number, limit: number | null) => boolean
}

export const atMost = (bound: number, unit: string): Bar => ({ text: `<= ${bound} ${unit}`, met: (value) => value <= bound })
export const exactly = (wanted: number): Bar => ({ text: `= ${wanted}`, met: (value) => value === wanted })
/** `plus` is in the unit of the value. */
export const timesLimit = (factor: number, plus = 0, unit = ''): Bar => ({
  text: plus === 0 ? `<= ${factor} x raw` : `<= ${factor} x raw + ${plus} ${unit}`,
  met: (value, limit) => limit !== null && value <= limit * factor + plus,
})
/** Of what should be large: tasks a second. */
export const shareOfLimit = (share: number): Bar => ({
  text: `>= ${share} x raw`,
  met: (value, limit) => limit !== null && value >= limit * share,
})
/** A figure that explains another one. */
export const noBar: Bar = { text: 'none', met: () => true }

export function measure(name: string, value: number, unit: string, bar: Bar, limit: number | null = null): Measure {
  const ratio = limit === null || limit === 0 ? null : rounded(value / limit)
  return {
    name,
    value: rounded(value),
    unit,
    limit: limit === null ? null : rounded(limit),
    ratio,
    bar: bar.text,
    ok: bar.met(value, limit),
  }
}

const rounded = (value: number): number => Number(value.toPrecision(4))

/** Milliseconds of one call. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** The value at a share of the sorted list, 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** One contender of a comparison. `before` and `after` are not timed. */
export interface Side {
  readonly run: () => Promise<unknown>
  readonly before?: () => Promise<unknown>
  readonly after?: () => Promise<unknown>
}

/**
 * Medians, in milliseconds, of interleaved pairs whose order turns each round, so that a machine that becomes slower, and what one side
 * leaves for the other (caches, dirty pages), meet both. With more than one round a first one is not counted.
 */
export async function pairs(rounds: number, ours: Side, raw: Side): Promise<{ readonly ours: number; readonly raw: number }> {
  const times = new Map<Side, number[]>([
    [ours, []],
    [raw, []],
  ])
  for (let round = rounds > 1 ? -1 : 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? [ours, raw] : [raw, ours]) {
      await side.before?.()
      const ms = await timed(side.run)
      await side.after?.()
      if (round >= 0) times.get(side)?.push(ms)
    }
  }
  return { ours: median(times.get(ours) ?? []), raw: median(times.get(raw) ?? []) }
}
