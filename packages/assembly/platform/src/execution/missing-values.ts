import type { Settings } from '@sluice/settings'

/** Variables that connections and secrets of the projects need and nobody sets. The demo needs none: simulators stand in. */
export function missingValues({ values, profile }: Settings): readonly string[] {
  if (profile === 'demo') return []
  const missing = values.filter(
    ({ key, value, secret }) => value === null && key.includes('.') && (secret || key.includes('.connections.')),
  )
  return [...new Set(missing.map(({ env }) => env))]
}
