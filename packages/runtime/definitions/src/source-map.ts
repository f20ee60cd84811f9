import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The source of a copy with a map that leads back to the file it was copied from, as its last line: debuggers set a breakpoint in the file
 * that the author edits, and stop in the copy that runs. Lines and columns are those of the original, since nothing is in front of them and
 * Node strips types in place.
 */
export function withSourceMap(source: string, original: string): string {
  const map = JSON.stringify({ version: 3, sources: [original], names: [], mappings: sameMappings(source) })
  return `${source}${source.endsWith('\n') ? '' : '\n'}${lead}${Buffer.from(map).toString('base64')}`
}

const lead = '//# sourceMappingURL=data:application/json;base64,'

/** What the author wrote, of the text of a copy. */
export function withoutSourceMap(copied: string): string {
  const at = copied.lastIndexOf('\n') + 1
  return copied.startsWith(lead, at) ? copied.slice(0, at) : copied
}

/** The text of a file of a copied version, as its author wrote it. */
export const sourceIn = (versionDir: string, file: string): string => withoutSourceMap(readFileSync(join(versionDir, file), 'utf8'))

/** A longer one was made by a program: nobody stops inside of it. */
const longestLine = 2_000

/** Each line, and each word of it, is at its own place. Every number but the first of a line is the difference from the one before it. */
function sameMappings(source: string): string {
  let before = 0
  const lines = source.split('\n').map((line, at) => {
    const words = line.length > longestLine ? [] : Array.from(line.matchAll(/[\w$]+/g), ({ index }) => index)
    const starts = [...new Set([0, ...words])]
    return starts.map((column, nth) => {
      const generated = nth === 0 ? column : column - (starts[nth - 1] ?? 0)
      const segment = [generated, 0, nth === 0 && at > 0 ? 1 : 0, column - before].map(variableLength).join('')
      before = column
      return segment
    })
  })
  return lines.map((segments) => segments.join(',')).join(';')
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 VLQ, as source maps have it: the sign is the lowest bit, five bits a digit, the sixth says that more follow. */
function variableLength(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1
  let text = ''
  do {
    const digit = rest & 31
    rest >>>= 5
    text += digits[rest > 0 ? digit | 32 : digit]
  } while (rest > 0)
  return text
}
