import { notFound } from '@sluice/core'
import { listed, settingsNamed } from './lookup.ts'
import type { Candidate, Setting, Source } from './resolve.ts'
import type { Settings } from './settings.ts'

export interface ExplainedCandidate extends Candidate {
  readonly wins: boolean
}

/** A setting that may be shown: the values of secrets are `****`, whatever their length. */
export interface Explanation {
  readonly key: string
  readonly env: string
  readonly secret: boolean
  readonly value: string | number | null
  readonly source: Source | null
  readonly where: string | null
  /** In the order in which they are asked. */
  readonly candidates: readonly ExplainedCandidate[]
}

/**
 * Where a setting comes from. `name` is a key (`port`, `shop.connections.api.url`, or `connections.api.url` when one project has it) or
 * the name of a variable. A variable that several settings share explains each of them.
 * @throws `not_found` with the keys that exist
 */
export function explain(settings: Settings, name: string): readonly Explanation[] {
  const found = settingsNamed(settings, name)
  if (found.length === 0) {
    throw notFound(`there is no setting "${name}"`, {
      facts: { key: name },
      next: `The settings are ${listed(settings.values.map(({ key }) => key))}.`,
    })
  }
  return found.map(shown)
}

/** All settings, masked in the same way. */
export const explainAll = (settings: Settings): readonly Explanation[] => settings.values.map(shown)

function shown(setting: Setting): Explanation {
  const mask = (value: string | number | null) => (setting.secret && value !== null ? '****' : withoutPassword(value))
  return {
    ...setting,
    value: mask(setting.value),
    candidates: setting.candidates.map((candidate) => ({
      ...candidate,
      value: mask(candidate.value),
      wins: setting.source === candidate.source,
    })),
  }
}

/** A password in a URL is a secret, whatever the setting was declared as. */
export const withoutPassword = (value: string | number | null): string | number | null =>
  typeof value === 'string' ? value.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/?#:@]*):[^\s/?#]*@/gi, '$1:****@') : value
