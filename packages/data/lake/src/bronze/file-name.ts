import { type BatchWrite, dayIn } from '@sluice/core'
import { batchStem } from '../receipt.ts'

/** A bronze file by its name: `<compact logical UTC>-<batch>[-g<generation>].parquet` under `date=<day of the logical time>`. */
export interface BronzeFile {
  readonly fileName: string
  readonly stem: string
  readonly batch: string
  /** 0 for the first landing, the generation for one that asked the source again. */
  readonly fetch: number
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string
}

const pattern = /^((\d{4})(\d{2})(\d{2})T\d{9}Z-([A-Za-z0-9_]+))(?:-g(\d+))?\.parquet$/

/** The batch of a file, as DuckDB takes it from `filename`: a filter on it prunes files before they are opened. */
export const batchPatternSql = String.raw`Z-([A-Za-z0-9_]+)(-g[0-9]+)?\.parquet$`

export function parseBronzeFile(fileName: string): BronzeFile | undefined {
  const match = pattern.exec(fileName)
  if (match === null) return undefined
  const [, stem = '', year, month, day, batch = '', fetch = '0'] = match
  return { fileName, stem, batch, fetch: Number(fetch), day: `${year}-${month}-${day}` }
}

/** The name a write lands under; a refetch carries its generation, so that the first answer is never overwritten. */
export const bronzeFileName = (write: BatchWrite, refetch: boolean): string =>
  `${batchStem(write)}${refetch ? `-g${write.generation}` : ''}.parquet`

export const partitionFolder = (day: string): string => `date=${day}`

/** The folder of a batch in its layer: that of the day of its logical time. */
export const batchFolder = ({ name }: { readonly name: string }, { logicalTime }: BatchWrite): string =>
  `${name}/${partitionFolder(dayIn(logicalTime, 'UTC'))}`

/** Of the files of each batch the one fetched last, in order of name. */
export function newestFetches(fileNames: readonly string[]): readonly BronzeFile[] {
  const newest = new Map<string, BronzeFile>()
  for (const fileName of fileNames) {
    const file = parseBronzeFile(fileName)
    if (file === undefined) continue
    const known = newest.get(file.stem)
    if (known === undefined || known.fetch < file.fetch) newest.set(file.stem, file)
  }
  return [...newest.values()].sort((a, b) => (a.stem < b.stem ? -1 : 1))
}
