const kinds = /^(?:Dataset|Model|Column|Bodies|Task|Sensor|Load)</

/**
 * A message of the compiler with the types of datasets and steps cut to what tells them apart: `Dataset<"lake.silver.assets", ...>`,
 * `Model<...>`.
 */
export function shortened(message: string): string {
  let short = ''
  let at = 0
  while (at < message.length) {
    const kind = /\w/.test(message[at - 1] ?? '') ? null : kinds.exec(message.slice(at))
    if (kind === null) {
      short += message[at++]
      continue
    }
    const { end, first } = argumentsFrom(message, at + kind[0].length)
    short += kind[0].startsWith('Dataset') ? `Dataset<${first}, ...>` : `${kind[0]}...>`
    at = end
  }
  return short
}

/** Where a list of type arguments ends, and the first of them. A message that the compiler itself has cut ends before the quote. */
function argumentsFrom(message: string, start: number): { readonly end: number; readonly first: string } {
  let depth = 1
  let comma: number | undefined
  for (let at = start; at < message.length; at++) {
    const char = message[at] ?? ''
    if (message.startsWith("...'", at)) return { end: at + 3, first: message.slice(start, comma ?? at) }
    if ('<{[('.includes(char)) depth++
    if ('}])'.includes(char) || (char === '>' && message[at - 1] !== '=')) depth--
    if (char === ',' && depth === 1) comma ??= at
    if (depth === 0) return { end: at + 1, first: message.slice(start, comma ?? at) }
  }
  return { end: message.length, first: message.slice(start, comma ?? message.length) }
}
