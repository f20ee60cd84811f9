import { definitionErrors } from './general-errors.ts'

/** A length of time with its unit, as people write it: `'500ms'`, `'30s'`, `'10m'`, `'2h'`, `'7d'`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of a duration. @throws `definition.invalid` for text that is none or negative. */
export function durationMs(duration: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration)
  const unit = unitMs[match?.[2] ?? '']
  if (match === null || unit === undefined) {
    throw definitionErrors.invalid(`"${duration}" is not a duration`, {
      facts: { duration },
      next: "Write a number with its unit: '500ms', '30s', '10m', '2h' or '7d'.",
    })
  }
  return Math.round(Number(match[1]) * unit)
}

/** `90_000` as `1m 30s`: the two largest units, for people. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)}s`
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ]
  const first = units.findIndex(([, size]) => ms >= size)
  const [name, size] = units[first] ?? ['s', 1_000]
  const [restName, restSize] = units[first + 1] ?? ['ms', 1]
  const rest = Math.floor((ms % size) / restSize)
  return rest === 0 ? `${Math.floor(ms / size)}${name}` : `${Math.floor(ms / size)}${name} ${rest}${restName}`
}
