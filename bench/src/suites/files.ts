import { openDuckDB } from '@sluice/duckdb'
import { measureLarge, measureSniff } from '../files/large.ts'
import { type FilesOptions, measureAvro, measureCsv, measureJsonLines, measureWorkbook } from '../files/measure-files.ts'
import { measureSmallFiles } from '../files/small-files.ts'
import type { Measure } from '../measure.ts'
import { scratchFolder } from '../scratch.ts'
import { rounds, scaled } from '../settings.ts'

/** 70 bytes each: 5 GB. */
const rowsOfLarge = 71_000_000

const measured: Readonly<Record<string, (at: FilesOptions) => Promise<readonly Measure[]>>> = {
  csv: (at) => measureCsv(at, scaled(10_000_000)),
  jsonl: (at) => measureJsonLines(at, scaled(1_000_000)),
  avro: (at) => measureAvro(at, scaled(1_000_000)),
  excel: (at) => measureWorkbook(at, scaled(100_000)),
  sniff: (at) => measureSniff(at, scaled(rowsOfLarge)),
  'small-files': ({ dir, connection }) => measureSmallFiles(connection, dir, scaled(10_000)),
  long: (at) => measureLarge(at, scaled(rowsOfLarge)),
}

export const rows: readonly string[] = Object.keys(measured)

/** By its name alone: it reads 5 GB twice. */
const onlyByName = 'long'

/** Files read as a pull reads them, beside what others read. */
export async function run(progress: (line: string) => void, wanted: readonly string[]): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder('files')
  const duckdb = await openDuckDB({ tempDirectory: `${scratch.dir}/spill` })
  try {
    const at = { connection: await duckdb.connect(), dir: scratch.dir, rounds: rounds(3) }
    const measures: Measure[] = []
    for (const [name, row] of Object.entries(measured)) {
      if (wanted.length > 0 ? !wanted.includes(name) : name === onlyByName) continue
      progress(name)
      measures.push(...(await row(at)))
    }
    return measures
  } finally {
    duckdb.close()
  }
}
