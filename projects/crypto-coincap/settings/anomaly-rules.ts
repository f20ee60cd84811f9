import { configErrors, type Instant, type SluiceError } from 'sluice'
import versions from './anomaly-rules.json' with { type: 'json' }

type RuleName = 'variation' | 'volume'
type Severity = 'warning' | 'critical'

/** Above which value an asset stands out, by severity; at least one. */
type Thresholds = Readonly<Partial<Record<Severity, number>>>

/** A version of the anomaly rules; it applies from `from` until the next one. */
export interface AnomalyRules {
  /** Rises by one. What was found keeps the version it was found by. */
  readonly version: number
  readonly from: Instant
  /** `variation`: absolute 24 h variation in percent. `volume`: 24 h volume in USD. `null`: the rule is off. */
  readonly rules: Readonly<Record<RuleName, Thresholds | null>>
  /** An asset and rule told within so many hours is not told again, unless it has become more severe. */
  readonly quietHours: number
}

/**
 * The versions in `anomaly-rules.json`. A variation stands out from 10 %, as the project's owner asks. The original code took 20 % or a
 * volume of 10^9 USD, which the largest assets pass every day: here a volume stands out from 10^11 USD.
 */
export const anomalyRules: readonly AnomalyRules[] = rulesOf(versions)

/** The version in force at an instant. */
export function rulesAt(rules: readonly AnomalyRules[], at: Instant): AnomalyRules {
  const found = rules.findLast(({ from }) => from <= at)
  if (found !== undefined) return found
  throw configErrors.invalid(`no version of the anomaly rules applies at ${new Date(at).toISOString()}`, {
    next: 'Let the first version of settings/anomaly-rules.json begin earlier.',
  })
}

/** @throws `config.invalid` naming the version and what is wrong with it. */
export function rulesOf(value: unknown): readonly AnomalyRules[] {
  if (!Array.isArray(value) || value.length === 0) throw wrong('it must list at least one version')
  const rules = value.map((each: unknown, at) => versionOf(each, at + 1))
  for (const [at, { version, from }] of rules.entries()) {
    const before = rules[at - 1]
    if (before !== undefined && from <= before.from)
      throw wrong(`version ${version}: "from" must be later than that of version ${before.version}`)
  }
  return rules
}

function versionOf(value: unknown, number: number): AnomalyRules {
  const { version, from, quietHours, variation, volume, ...others } = asObject(value) ?? {}
  const refuse = (what: string): SluiceError => wrong(`version ${number}: ${what}`)
  const [other] = Object.keys(others)
  if (other !== undefined) throw refuse(`"${other}" is not a part of a version`)
  if (version !== number) throw refuse(`"version" must be ${number}, its place in the list`)
  const instant = typeof from === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z$/.test(from) ? Date.parse(from) : Number.NaN
  if (Number.isNaN(instant)) throw refuse('"from" must be a time such as "2026-11-20T00:00:00Z"')
  if (typeof quietHours !== 'number' || quietHours < 0) throw refuse('"quietHours" must be a number of hours from 0')
  const thresholds = (name: RuleName, given: unknown): Thresholds | null => {
    if (given === null) return null
    const { warning, critical, ...more } = asObject(given) ?? {}
    const levels = Object.entries({ warning, critical }).filter(([, level]) => level !== undefined)
    if (Object.keys(more).length > 0 || levels.length === 0 || !levels.every(([, level]) => typeof level === 'number' && level > 0)) {
      throw refuse(`"${name}" must be null or give "warning", "critical" or both, each a number above 0`)
    }
    if (typeof warning === 'number' && typeof critical === 'number' && critical <= warning) {
      throw refuse(`"${name}": critical must be above warning`)
    }
    return Object.fromEntries(levels)
  }
  return {
    version: number,
    from: instant,
    quietHours,
    rules: { variation: thresholds('variation', variation), volume: thresholds('volume', volume) },
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined
}

function wrong(what: string): SluiceError {
  return configErrors.invalid(`settings/anomaly-rules.json: ${what}`, {
    next: 'Correct the file; a change of the rules is a new version at its end.',
  })
}
