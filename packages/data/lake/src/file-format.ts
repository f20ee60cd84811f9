/** Files of rows, as others write them for the lake and as the lake gives them to people. */
export type FileFormat = 'parquet' | 'csv' | 'json'

const endings: readonly (readonly [RegExp, FileFormat])[] = [
  [/\.parquet$/i, 'parquet'],
  [/\.(csv|tsv)(\.gz|\.zst)?$/i, 'csv'],
  [/\.(json|jsonl|ndjson)(\.gz|\.zst)?$/i, 'json'],
]

/** By the end of a file's name. */
export const formatOf = (path: string): FileFormat | undefined => endings.find(([ending]) => ending.test(path))?.[1]
