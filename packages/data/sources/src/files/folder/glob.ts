import { definitionErrors, type SluiceError } from '@sluice/core'

/** One character of a name: any, or one that fits. `'any'` alone stands for any number of them. */
type Part = 'any' | ((character: string) => boolean)

/** A part of a pattern between two `/`: any folders, or names. */
export type Segment = '**' | { readonly fits: (name: string) => boolean; readonly literal: string | undefined }

/** More alternatives than a person writes. */
const mostAlternatives = 1_000

/**
 * The alternatives of a pattern: `**` is any folders, `*` and `?` any characters of a name, `[a-c]` and `[!a-c]` one of them or of the
 * others, `{csv,tsv}` one or the other, and what follows a `\` is itself. A name that begins with a dot is only taken where the pattern
 * has the dot. A match takes time in proportion to pattern and name, whatever they are. @throws `definition.invalid`
 */
export function globSegments(pattern: string): readonly (readonly Segment[])[] {
  return alternativesOf(pattern, pattern).map((text) => {
    const names = splitAt(text, '/')
    const odd = names.find((name) => name === '' || name === '.' || name === '..')
    if (odd !== undefined) throw oddPattern(pattern, odd === '' ? 'has an empty name' : `has the name "${odd}"`)
    return names.map((name) => (name === '**' ? name : segmentOf(pattern, name)))
  })
}

function segmentOf(pattern: string, name: string): Segment {
  const characters = [...name]
  const parts: Part[] = []
  let literal: string | undefined = ''
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? ''
    if (character === '*') {
      literal = undefined
      if (parts.at(-1) !== 'any') parts.push('any')
    } else if (character === '?') {
      literal = undefined
      parts.push(() => true)
    } else if (character === '[') {
      literal = undefined
      const set = setAt(pattern, characters, at)
      parts.push(set.fits)
      at = set.end
    } else {
      const own = character === '\\' ? characters[++at] : character
      if (own === undefined) throw oddPattern(pattern, 'ends in a \\ that stands before nothing')
      literal = literal === undefined ? undefined : literal + own
      parts.push((other) => other === own)
    }
  }
  const hidden = characters[0] === '.' || (characters[0] === '\\' && characters[1] === '.')
  return {
    literal,
    fits: literal === undefined ? (other) => other.startsWith('.') === hidden && matches(parts, other) : (other) => other === literal,
  }
}

/** Goes back to the last `*` alone: what an earlier one could take more, the last one can take too. */
function matches(parts: readonly Part[], name: string): boolean {
  const characters = [...name]
  let [part, at] = [0, 0]
  let [lastAny, taken] = [-1, 0]
  while (at < characters.length) {
    const here = parts[part]
    if (here === 'any') {
      ;[lastAny, taken] = [part, at]
      part++
    } else if (here?.(characters[at] ?? '') === true) {
      part++
      at++
    } else if (lastAny >= 0) {
      taken++
      ;[part, at] = [lastAny + 1, taken]
    } else return false
  }
  return parts.slice(part).every((left) => left === 'any')
}

/** `[a-c]`, `[!x]`, `[]x]`: the characters of a set, and where it ends. */
function setAt(
  pattern: string,
  characters: readonly string[],
  start: number,
): { readonly fits: (character: string) => boolean; readonly end: number } {
  const isNot = characters[start + 1] === '!' || characters[start + 1] === '^'
  const ranges: (readonly [from: string, to: string])[] = []
  let at = start + (isNot ? 2 : 1)
  for (const first = at; characters[at] !== ']' || at === first; at++) {
    if (characters[at] === '\\') at++
    const from = characters[at]
    if (from === undefined) throw oddPattern(pattern, 'has a [ without its ]')
    const isRange = characters[at + 1] === '-' && characters[at + 2] !== undefined && characters[at + 2] !== ']'
    const to = isRange ? (characters[at + 2] ?? from) : from
    if (codeOf(to) < codeOf(from)) throw oddPattern(pattern, `has the range ${from}-${to}, which holds nothing`)
    ranges.push([from, to])
    if (isRange) at += 2
  }
  const within = (character: string): boolean =>
    ranges.some(([from, to]) => codeOf(character) >= codeOf(from) && codeOf(character) <= codeOf(to))
  return { fits: (character) => within(character) !== isNot, end: at }
}

const codeOf = (character: string): number => character.codePointAt(0) ?? 0

/** `{a,b}` written out, from the left. */
function alternativesOf(pattern: string, text: string): readonly string[] {
  const open = indexOf(text, '{')
  if (open < 0) {
    if (indexOf(text, '}') >= 0) throw oddPattern(pattern, 'has a } without its {')
    return [text]
  }
  let [depth, start] = [0, open + 1]
  const choices: string[] = []
  for (let at = open; at < text.length; at++) {
    const character = text[at]
    if (character === '\\') at++
    else if (character === '{') depth++
    else if (character === '}' || (character === ',' && depth === 1)) {
      if (depth === 1) {
        choices.push(text.slice(start, at))
        start = at + 1
      }
      if (character === '}') depth--
      if (depth > 0) continue
      const all = choices.flatMap((choice) => alternativesOf(pattern, text.slice(0, open) + choice + text.slice(at + 1)))
      if (all.length > mostAlternatives) throw oddPattern(pattern, `stands for more than ${mostAlternatives} patterns`)
      return all
    }
  }
  throw oddPattern(pattern, 'has a { without its }')
}

function indexOf(text: string, wanted: string): number {
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === wanted) return at
  }
  return -1
}

function splitAt(text: string, separator: string): readonly string[] {
  const at = indexOf(text, separator)
  return at < 0 ? [text] : [text.slice(0, at), ...splitAt(text.slice(at + 1), separator)]
}

const oddPattern = (pattern: string, fault: string): SluiceError =>
  definitionErrors.invalid(`the pattern "${pattern}" ${fault}`, {
    facts: { pattern },
    next: "Write names below the folder, such as '**/*.csv' or '2026/*.{csv,tsv}'; a \\ before a character takes it as it is.",
  })
