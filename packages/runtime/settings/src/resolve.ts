import type { SourcePosition } from '@sluice/core'
import type { EnvEntry } from './env-file.ts'

export const sources = ['demo', 'environment', '.env', 'config', 'default'] as const
export type Source = (typeof sources)[number]

/** A place that a value may come from. `value` is `null` when it is not set there. */
export interface Candidate {
  readonly source: Source
  /** `file:line`, or the name of the variable. */
  readonly where: string
  readonly value: string | number | null
}

/** A setting with all its candidates in the order in which they are asked. The first with a value wins. */
export interface Setting {
  /** `port`, `<project>.connections.<name>.url` and the like. */
  readonly key: string
  readonly env: string
  readonly secret: boolean
  readonly value: string | number | null
  readonly source: Source | null
  readonly where: string | null
  readonly candidates: readonly Candidate[]
}

/** Where environment values are looked up. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly envFile: ReadonlyMap<string, EnvEntry>
}

/** The two candidates that every setting has. An empty value counts as not set, as in a copied `.env.example`. */
export const environmentCandidates = (name: string, { env, envFile }: Surroundings): readonly Candidate[] => {
  const entry = envFile.get(name)
  return [
    { source: 'environment', where: name, value: env[name] || null },
    { source: '.env', where: entry === undefined ? '.env' : `.env:${entry.line}`, value: entry?.value || null },
  ]
}

export function settle(key: string, env: string, secret: boolean, candidates: readonly Candidate[]): Setting {
  const winner = candidates.find((candidate) => candidate.value !== null)
  return { key, env, secret, value: winner?.value ?? null, source: winner?.source ?? null, where: winner?.where ?? null, candidates }
}

export const at = (file: string, place: SourcePosition | null): string => (place === null ? file : `${file}:${place.line}`)
