/** What a line of a comment may have; the formatter wraps code and leaves comments alone. */
export const widest = 140

const begins: Readonly<Record<string, RegExp>> = {
  ts: /^\s*(?:\/\/|\/?\*)/,
  js: /^\s*(?:\/\/|\/?\*)/,
  sql: /^\s*--/,
  sh: /^\s*#/,
  yml: /^\s*#/,
}

/** Lines of comments that are longer than the page, by their places. Pure; `comments.test.ts` holds every tracked file to it. */
export function longComments(file: string, text: string): readonly string[] {
  const comment = begins[file.split('.').at(-1) ?? ''] ?? begins.sh
  return text
    .split('\n')
    .flatMap((line, index) => (comment?.test(line) && line.length > widest ? [`${file}:${index + 1} has ${line.length} characters`] : []))
}
