import type { Settings } from '@sluice/settings'

/** Environment variables that connections and secrets of the projects need and that are not set. The demo needs none of them. */
export function missingValues({ values, profile }: Settings): readonly string[] {
  if (profile === 'demo') return []
  const missing = values.filter(
    ({ key, value, secret }) => value === null && key.includes('.') && (secret || key.includes('.connections.')),
  )
  return [...new Set(missing.map(({ env }) => env))]
}
