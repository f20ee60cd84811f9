import { spellingsOf } from './secret-spellings.ts'

export type Mask = (text: string) => string

/** Forms are found by this many of their first characters. */
const head = 4

/**
 * Replaces secret values by `***`, in whatever case and in each of their spellings (`secret-spellings.ts`). There are some fifty of them a
 * secret, so they are looked up by their first characters: the cost of a text grows with its length and not with their number.
 */
export function maskOf(secrets: readonly string[]): Mask {
  const forms = new Set(secrets.flatMap(spellingsOf).map(lowered))
  if (forms.size === 0) return (text) => text
  const byHead = new Map<string, string[]>()
  const heads = new Uint8Array(1 << 16)
  for (const form of [...forms].sort((a, b) => b.length - a.length)) {
    heads[hashAt(form, 0)] = 1
    const begin = form.slice(0, head)
    byHead.set(begin, [...(byHead.get(begin) ?? []), form])
  }
  const longestAt = (text: string, at: number): number => {
    if (heads[hashAt(text, at)] === 0) return 0
    return byHead.get(text.slice(at, at + head))?.find((form) => text.startsWith(form, at))?.length ?? 0
  }
  return (text) => {
    const plain = lowered(text)
    let [masked, from] = ['', 0]
    for (let at = 0; at + head <= plain.length; at++) {
      const length = longestAt(plain, at)
      if (length === 0) continue
      masked += `${text.slice(from, at)}***`
      from = at + length
      at = from - 1
    }
    return from === 0 ? text : masked + text.slice(from)
  }
}

const hashAt = (text: string, at: number): number =>
  (((text.charCodeAt(at) * 31 + text.charCodeAt(at + 1)) * 31 + text.charCodeAt(at + 2)) * 31 + text.charCodeAt(at + 3)) & 0xffff

/** In small letters, each character in its place: some have small letters of two. */
function lowered(text: string): string {
  const small = text.toLowerCase()
  if (small.length === text.length) return small
  return text.replaceAll(/[\s\S]/g, (unit) => {
    const one = unit.toLowerCase()
    return one.length === 1 ? one : unit
  })
}
