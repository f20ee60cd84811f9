import type { SqlPart } from '@sluice/author'
import { positionAt, type SourcePosition } from '@sluice/core'

/** A text of the author's SQL, and where in it the fault is. */
export interface PlaceInSql {
  /** As the file has it, from one reference to the next. */
  readonly text: string
  readonly offset: number
}

/**
 * Where in the author's SQL a fault is. Databases show the line that they were given, with a caret: what stands there and before it is
 * looked for in the texts between the references. Where there is no caret, the word that the fault names is.
 */
export function placeInSql(parts: readonly SqlPart[], message: string, words: readonly string[] = []): PlaceInSql | null {
  const texts = parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []))
  const shown = atCaret(message)
  if (shown !== null) {
    const { before, token } = shown
    for (let from = 0; from <= before.length; from++) {
      const found = firstWith(texts, (text) => text.indexOf(before.slice(from) + token))
      if (found !== null) return { ...found, offset: found.offset + before.length - from }
    }
  }
  for (const word of [...words, ...quotedIn(message)]) {
    const whole = new RegExp(`(?<![\\w$])${RegExp.escape(word)}(?![\\w$])`, 'i')
    const found = firstWith(texts, (text) => text.search(whole))
    if (found !== null) return found
  }
  return null
}

function firstWith(texts: readonly string[], at: (text: string) => number): PlaceInSql | null {
  for (const text of texts) {
    const offset = at(text)
    if (offset >= 0) return { text, offset }
  }
  return null
}

/** What is compared of a line before its caret. */
const mostBefore = 40

function atCaret(message: string): { readonly before: string; readonly token: string } | null {
  const lines = message.split('\n')
  const at = lines.findIndex((line, n) => n > 0 && /^[\s|]*\^+\s*$/.test(line))
  const line = lines[at - 1]
  const caret = lines[at]?.indexOf('^')
  if (line === undefined || caret === undefined) return null
  const token = /^(?:[\w$]+|\S)/.exec(line.slice(caret))?.[0]
  return token === undefined ? null : { before: line.slice(Math.max(0, caret - mostBefore), caret), token }
}

const quotedIn = (message: string): readonly string[] => [...message.matchAll(/["']([\w$. ]+)["']/g)].map(([, word = '']) => word)

/** Where a file has that place: the text as a whole, or the line of it. `null` where it has neither. */
export function placeInFile(source: string, { text, offset }: PlaceInSql): SourcePosition | null {
  const plain = source.replaceAll('\r\n', '\n')
  const whole = plain.indexOf(text)
  if (whole >= 0) return positionAt(plain, whole + offset)
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  const line = text.slice(start, end < 0 ? undefined : end)
  const at = line.trim() === '' ? -1 : plain.indexOf(line)
  return at < 0 ? null : positionAt(plain, at + offset - start)
}
