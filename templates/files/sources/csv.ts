/** The records of a CSV file by the names in its first line (RFC 4180). Values stay texts: the columns of the dataset judge them. */
export function recordsOf(csv: string): readonly Readonly<Record<string, string>>[] {
  const [names = [], ...lines] = linesOf(csv)
  return lines.map((values) => Object.fromEntries(names.map((name, at) => [name, values[at] ?? ''])))
}

/** A value in quotes may hold commas, line ends, and quotes that stand twice. */
function linesOf(csv: string): readonly (readonly string[])[] {
  const lines: string[][] = []
  let line: string[] = []
  for (const [, quoted, plain = '', end] of csv.replace(/^\uFEFF/, '').matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    if (end === '' && line.length === 0 && plain === '' && quoted === undefined) break
    line.push(quoted?.replaceAll('""', '"') ?? plain)
    if (end === ',') continue
    lines.push(line)
    line = []
    if (end === '') break
  }
  return lines.filter((values) => values.length > 1 || values[0] !== '')
}
