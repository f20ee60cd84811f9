import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Columns, LandedPage, Pages } from '@sluice/author'
import { type BatchWrite, batchId, type LakeLayer, type Receipt, scheduledRunKey } from '@sluice/core'
import type { LogStore } from '@sluice/delta'
import { validateLog } from '@sluice/delta/testing'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { type Lake, type LakeStorage, localStorage, openLake } from '../index.ts'
import type { MakeStorage } from './buckets.ts'

let make: MakeStorage = (folder, name) => localStorage(join(folder, name))
let isLocal = true

/** For this process: what `temporaryLake` makes unless it is told. A test file that shares its process passes `makeStorage`. */
export function useStorage(makeStorage: MakeStorage): void {
  make = makeStorage
  isLocal = false
}

/** Some tests are about folders. */
export const onLocalDisk = (): boolean => isLocal

export { bucketOnS3, bucketsOfMemory, type MakeStorage } from './buckets.ts'

export interface TemporaryLake {
  readonly lake: Lake
  /** Its folder, where it has one. */
  readonly root: string
  readonly duck: DuckDB
  /** The files of the project. */
  readonly files: LogStore
  /** Another storage of the same kind, empty. */
  beside(): LakeStorage
  /** Writes a file of the project past the lake. */
  put(path: string, content: string | Uint8Array): Promise<void>
  /** Temporary files of landings and exports. */
  spooled(layer: LakeLayer): readonly string[]
  close(): void
}

/** A lake in a folder with a space in its name, gone with `close`. */
export async function temporaryLake({
  memoryLimitMb = 512,
  makeStorage = make,
}: {
  readonly memoryLimitMb?: number
  readonly makeStorage?: MakeStorage
} = {}): Promise<TemporaryLake> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice lake '))
  const duck = await openDuckDB({ threads: 2, memoryLimitMb, tempDirectory: join(folder, 'spill') })
  const storage = makeStorage(folder, 'lake')
  const files = storage.at('demo')
  return {
    lake: openLake({ storage, project: 'demo', duckdb: async () => duck }),
    root: join(folder, 'lake'),
    duck,
    files,
    beside: () => makeStorage(folder, 'plain'),
    async put(path, content) {
      await files.makeFolder(dirname(path))
      writeFileSync(join(files.root, path), content)
      await files.persist([path])
    },
    spooled: (layer) =>
      [storage.scratch(`demo/${layer}`), join(storage.at(`demo/${layer}`).root, '_spool')].flatMap((place) =>
        existsSync(place) ? readdirSync(place) : [],
      ),
    close() {
      duck.close()
      const faults = faultsOfLogs(join(folder, 'lake'))
      rmSync(folder, { recursive: true, force: true })
      if (faults.length > 0) throw new Error(`The log of a table breaks the protocol: ${faults.join('; ')}`)
    },
  }
}

/** Every table that a test leaves has a log as the protocol wants it. */
function faultsOfLogs(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  const logs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => basename(path) === '_delta_log')
  return logs.flatMap((log) => validateLog(dirname(join(folder, log))).map((fault) => `${dirname(log)}: ${fault}`))
}

export const firstTick = Date.UTC(2026, 10, 21, 3, 30)

/** The write of one tick to one dataset. */
export function writeTo(
  dataset: string,
  options: { readonly tick?: number; readonly generation?: number; readonly attempt?: number } = {},
): BatchWrite {
  const tick = options.tick ?? firstTick
  const identity = { project: 'demo', pipeline: 'p', task: dataset, mapKey: null, dataset: `demo:lake.${dataset}`, write: 'main' }
  return {
    project: 'demo',
    pipeline: 'p',
    task: dataset,
    run: `run-${tick}`,
    attempt: options.attempt ?? 1,
    dataset: identity.dataset,
    batch: batchId({ ...identity, runKey: scheduledRunKey(tick) }),
    generation: options.generation ?? 0,
    logicalTime: tick,
    inputs: [],
  }
}

/** Rows of a test's own making, all good unless it says otherwise, as one batch of a table. */
export async function writeRows(
  lake: Lake,
  rows: {
    readonly write: BatchWrite
    readonly columns: Columns
    readonly select: string
    /** How many the SELECT gives. */
    readonly count: number
    readonly partitionBy?: readonly string[]
  },
): Promise<Receipt> {
  const { write, select, count, ...table } = rows
  using batch = await lake.batch(write)
  if (batch.receipt !== undefined) return batch.receipt
  const broken = `SELECT 0 AS row_number, '' AS rule, '' AS place, '' AS cells WHERE false`
  const judge = () => Promise.resolve({ good: select, broken, messages: {}, counts: { rowsIn: count, rowsQuarantined: 0 } })
  return await batch.finish({ ...table, mode: 'replace_batch', judge })
}

export const page = (body: LandedPage['body'], rest: Partial<LandedPage> = {}): LandedPage => ({
  source: 'test:assets',
  request: 'GET http://localhost/assets',
  receivedAt: firstTick + 1_234,
  body,
  ...rest,
})

export async function* pagesOf(...bodies: readonly LandedPage['body'][]): Pages {
  for (const body of bodies) yield page(body)
}
