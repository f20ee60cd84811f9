/** Shorter values would blank half of every text, and protect nothing. */
const shortest = 4

export type Mask = (text: string) => string

/** Replaces secret values by `***`, as they are and as they look inside JSON and URLs. */
export function maskOf(secrets: readonly string[]): Mask {
  const forms = new Set<string>()
  for (const secret of secrets) {
    if (secret.length < shortest) continue
    forms.add(secret)
    forms.add(JSON.stringify(secret).slice(1, -1))
    forms.add(encodeURIComponent(secret))
  }
  if (forms.size === 0) return (text) => text
  const longestFirst = [...forms].sort((a, b) => b.length - a.length)
  const pattern = new RegExp(longestFirst.map((form) => form.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g')
  return (text) => text.replaceAll(pattern, '***')
}

/** The same for a JSON value. */
export const maskJson = <T>(mask: Mask, value: T): T => (value === undefined ? value : (JSON.parse(mask(JSON.stringify(value))) as T))
