/** What a line of a comment may have; the formatter wraps code and leaves comments alone. */
export const widest = 140

const begins: Readonly<Record<string, RegExp>> = {
  ts: /^\s*(?:\/\/|\/?\*)/,
  js: /^\s*(?:\/\/|\/?\*)/,
  sql: /^\s*--/,
  sh: /^\s*#/,
  yml: /^\s*#/,
}

interface Line {
  /** `FILE:LINE`. */
  readonly place: string
  readonly text: string
}

const commentsOf = (file: string, text: string): readonly Line[] => {
  const comment = begins[file.split('.').at(-1) ?? ''] ?? begins.sh
  return text.split('\n').flatMap((line, index) => (comment?.test(line) ? [{ place: `${file}:${index + 1}`, text: line }] : []))
}

/** Lines of comments that are longer than the page, by their places. Pure; `comments.test.ts` holds every tracked file to it. */
export const longComments = (file: string, text: string): readonly string[] =>
  commentsOf(file, text).flatMap((line) => (line.text.length > widest ? [`${line.place} has ${line.text.length} characters`] : []))

/** "is no date", which people have to read twice; "there is no date" and "is no longer" are as they speak. */
const noForNot = /(?<!\b(?:there|where) )\b(?:is|are|was|were) no (?!(?:longer|more|less|later|one)\b)[a-z]+/i

/** Lines of comments that say "is no date" for "is not a date". What stands in quotes is left out. */
export const noForNotComments = (file: string, text: string): readonly string[] =>
  commentsOf(file, text).flatMap((line) => {
    const found = noForNot.exec(line.text.replaceAll(/`[^`]*`|"[^"]*"/g, ''))?.[0]
    return found === undefined ? [] : [`${line.place}: "${found}"`]
  })
