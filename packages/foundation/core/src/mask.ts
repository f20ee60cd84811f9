import { decodedLayers } from './decoded-text.ts'
import { spellingsOf } from './secret-spellings.ts'

export type Mask = (text: string) => string

/** Forms are found by this many of their first characters. */
const head = 4

/**
 * Replaces secret values by `***`, in whatever case and in each of their spellings (`secret-spellings.ts`). There are some sixty of them a
 * secret, so they are looked up by their first characters: the cost of a text grows with its length and not with their number. A text with
 * escapes is looked at as it is and as it reads without them, however deep they are.
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
  const foundIn = (text: string): Range[] => {
    const plain = lowered(text)
    const found: Range[] = []
    for (let at = 0; at + head <= plain.length; at++) {
      const length = longestAt(plain, at)
      if (length === 0) continue
      found.push({ from: at, to: at + length })
      at += length - 1
    }
    return found
  }
  return (text) => {
    const found = foundIn(text)
    for (const layer of decodedLayers(text))
      for (const { from, to } of foundIn(layer.text)) found.push({ from: layer.start(from), to: layer.end(to - 1) })
    return without(text, found)
  }
}

interface Range {
  readonly from: number
  /** Behind the last unit. */
  readonly to: number
}

/** The text with `***` for these ranges; those that lie over each other are one. */
function without(text: string, ranges: readonly Range[]): string {
  let [masked, reached] = ['', 0]
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    if (to <= reached) continue
    masked += from < reached ? '' : `${text.slice(reached, from)}***`
    reached = to
  }
  return reached === 0 ? text : masked + text.slice(reached)
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
