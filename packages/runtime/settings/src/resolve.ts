import type { SourcePosition } from '@sluice/core'
import type { EnvEntry } from './env-file.ts'

export const sources = ['demo', 'environment', '.env', 'config', 'default'] as const
export type Source = (typeof sources)[number]

/** One place a value may come from; `value` is `null` where nothing is set. */
export interface Candidate {
  readonly source: Source
  /** `file:line`, or the variable's name. */
  readonly where: string
  readonly value: string | number | null
}

/** A setting with all its candidates in the order they are asked; the first with a value wins. */
export interface Setting {
  /** `port`, or `<project>.connections.<name>.url` and its kin. */
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

/** The two candidates every setting has. An empty value counts as not set, as in a copied `.env.example`. */
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
