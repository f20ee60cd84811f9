/** Whether a name holds characters that show nothing. */
const isOdd = (name: string): boolean => /[\p{Cc}\p{Cs}]/u.test(name)

/** Names of what `numbered` and quarantine put beside the columns of a file. */
const reserved = ['_row']

/**
 * Names as columns have them: trimmed, and each of its own, since engines do not tell `ID` from `id`. What is missing is called by its
 * place (`column_3`), what comes twice gets a number (`id_2`).
 */
export function columnNames(names: readonly string[]): readonly string[] {
  const taken = new Set(names.map((name) => folded(name.trim())))
  const used = new Set(reserved)
  return names.map((name, at) => {
    const trimmed = name.trim()
    const wanted = trimmed === '' || isOdd(trimmed) ? `column_${at + 1}` : trimmed
    if (wanted === trimmed && !used.has(folded(wanted))) {
      used.add(folded(wanted))
      return wanted
    }
    for (let number = wanted === trimmed ? 2 : 1; ; number++) {
      const own = number === 1 ? wanted : `${wanted}_${number}`
      if (used.has(folded(own)) || taken.has(folded(own))) continue
      used.add(folded(own))
      return own
    }
  })
}

/** DuckDB compares names by their lower case of ASCII alone; more is folded here, which makes no two columns one. */
const folded = (name: string): string => name.toLowerCase()
