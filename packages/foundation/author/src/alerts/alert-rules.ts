import { configErrors, formatInstant, type Instant, parseInstant, type SluiceError } from '@sluice/core'
import { frozen } from '../base/frozen.ts'
import { anObject } from '../base/shape.ts'

export type Severity = 'warning' | 'critical'

/** Above which figure something stands out, by severity; at least one. */
export type Thresholds = Readonly<Partial<Record<Severity, number>>>

/** The rules as they are in force from an instant until the next version. */
export interface AlertRulesVersion<Rule extends string = string> {
  /** Rises by one. What was found keeps the version that it was found by. */
  readonly version: number
  readonly from: Instant
  /** `null`: the rule is off. */
  readonly rules: Readonly<Record<Rule, Thresholds | null>>
  /** What was told within so many hours is not told again, unless it has become more severe. */
  readonly quietHours: number
}

/** Rules by which something stands out, with their past: a backfill goes by those of then. */
export interface AlertRules<Rule extends string = string> {
  readonly versions: readonly AlertRulesVersion<Rule>[]
  /** The version in force. @throws `config.invalid` before the first */
  at(instant: Instant): AlertRulesVersion<Rule>
}

interface Named<Rule extends string> {
  /** Where the versions are written, for errors. */
  readonly file: string
  readonly rules: readonly Rule[]
}

/**
 * The versions that a settings file lists, each with a member for each of the rules:
 * `[{ "version": 1, "from": "2026-01-01T00:00:00Z", "quietHours": 6, "volume": { "warning": 10 } }]`. A change is a new version at the end.
 * @throws `config.invalid` naming the file, the version and what is wrong with it
 */
export function alertRules<const Rule extends string>(written: unknown, { file, rules }: Named<Rule>): AlertRules<Rule> {
  const wrong = (what: string): SluiceError =>
    configErrors.invalid(`${file}: ${what}`, { next: 'Correct the file; a change of the rules is a new version at its end.' })
  if (!Array.isArray(written) || written.length === 0) throw wrong('it must list at least one version')
  const versions = written.map((each: unknown, at) => versionOf(each, at + 1, rules, (what) => wrong(`version ${at + 1}: ${what}`)))
  for (const [at, { version, from }] of versions.entries()) {
    const before = versions[at - 1]
    if (before !== undefined && from <= before.from)
      throw wrong(`version ${version}: "from" must be later than that of version ${before.version}`)
  }
  return frozen({
    versions,
    at(instant: Instant) {
      const found = versions.findLast(({ from }) => from <= instant)
      if (found !== undefined) return found
      throw configErrors.invalid(`${file}: no version applies at ${formatInstant(instant)}`, {
        next: 'Let the first version begin earlier.',
      })
    },
  })
}

function versionOf<Rule extends string>(
  value: unknown,
  number: number,
  names: readonly Rule[],
  refuse: (what: string) => SluiceError,
): AlertRulesVersion<Rule> {
  const { version, from, quietHours, ...given } = anObject.is(value) ? (value as Readonly<Record<string, unknown>>) : {}
  const other = Object.keys(given).find((name) => !names.some((known) => known === name))
  if (other !== undefined) throw refuse(`"${other}" is not a part of a version`)
  if (version !== number) throw refuse(`"version" must be ${number}, its place in the list`)
  const instant = typeof from === 'string' && from.endsWith('Z') ? parseInstant(from) : undefined
  if (instant === undefined) throw refuse('"from" must be a time such as "2026-11-20T00:00:00Z"')
  if (typeof quietHours !== 'number' || !(quietHours >= 0)) throw refuse('"quietHours" must be a number of hours from 0')
  const rules = Object.fromEntries(names.map((name) => [name, thresholdsOf(given[name], (what) => refuse(`"${name}"${what}`))]))
  return { version: number, from: instant, quietHours, rules: rules as Record<Rule, Thresholds | null> }
}

function thresholdsOf(given: unknown, refuse: (what: string) => SluiceError): Thresholds | null {
  if (given === null) return null
  const { warning, critical, ...more } = anObject.is(given) ? (given as Readonly<Record<string, unknown>>) : {}
  const levels = Object.entries({ warning, critical }).filter(([, level]) => level !== undefined)
  if (Object.keys(more).length > 0 || levels.length === 0 || !levels.every(([, level]) => typeof level === 'number' && level > 0)) {
    throw refuse(' must be null or give "warning", "critical" or both, each a number above 0')
  }
  if (typeof warning === 'number' && typeof critical === 'number' && critical <= warning) throw refuse(': critical must be above warning')
  return Object.fromEntries(levels)
}
