import { durationMs } from './duration.ts'

/** How many backups are kept (`7`), or for how long (`30d`). */
export type Keep = { readonly count: number } | { readonly ms: number }

/** `undefined` of a text that says neither. */
export function keepOf(text: string): Keep | undefined {
  if (/^\d+$/.test(text)) return Number(text) > 0 ? { count: Number(text) } : undefined
  try {
    return { ms: durationMs(text) }
  } catch {
    return undefined
  }
}
