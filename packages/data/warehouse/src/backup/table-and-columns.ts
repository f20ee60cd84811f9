export interface Named {
  readonly name: string
  readonly columns: readonly string[]
}

/** A table as COPY names it. One without columns has rows all the same. */
export const tableAndColumns = ({ name, columns }: Named): string => (columns.length === 0 ? name : `${name} (${columns.join(', ')})`)
