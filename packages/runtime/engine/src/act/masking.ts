/** Shorter values would blank half of every text and protect nothing. */
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

/** The same for a JSON value: in its texts and names, and in numbers that spell a secret. */
export function maskJson<T>(mask: Mask, value: T): T {
  const masked = (part: unknown): unknown => {
    if (typeof part === 'string') return mask(part)
    if (typeof part === 'number') return mask(String(part)) === String(part) ? part : mask(String(part))
    if (Array.isArray(part)) return part.map(masked)
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [mask(name), masked(inner)]))
  }
  return value === undefined ? value : (masked(JSON.parse(JSON.stringify(value))) as T)
}
