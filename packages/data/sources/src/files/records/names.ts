/** The names of columns, each of them once, and what was made of a name that could not stay as it is. */
export interface ColumnNames {
  readonly names: readonly string[]
  /** New name -> name in the file. */
  readonly renamed: Readonly<Record<string, string>>
}

/** Names of what is put beside the columns of a file. */
const reserved = ['_row']

/** Names are compared as SQL compares them: letters of either case count as the same. A control character is a space. */
export function uniqueNames(header: readonly string[]): ColumnNames {
  const trimmed = header.map((name) =>
    name
      .toWellFormed()
      .replace(/\p{Cc}+/gu, ' ')
      .trim(),
  )
  const taken = new Set([...reserved, ...trimmed.map((name) => name.toLowerCase())])
  const seen = new Set<string>(reserved)
  const renamed: Record<string, string> = {}
  const names = trimmed.map((name, at) => {
    if (name !== '' && !seen.has(name.toLowerCase())) {
      seen.add(name.toLowerCase())
      if (name !== header[at]?.trim()) renamed[name] = shownName(header[at])
      return name
    }
    const base = name === '' ? 'column' : name
    let number = name === '' ? at + 1 : 2
    while (taken.has(`${base}_${number}`.toLowerCase())) number++
    const made = `${base}_${number}`
    taken.add(made.toLowerCase())
    seen.add(made.toLowerCase())
    renamed[made] = shownName(header[at]).trim()
    return made
  })
  return { names, renamed }
}

/** What was found stands in databases, whose JSON has no NUL. */
const shownName = (name = ''): string => name.replaceAll('\0', '\ufffd').toWellFormed()
