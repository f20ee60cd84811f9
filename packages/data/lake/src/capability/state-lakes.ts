import { join } from 'node:path'
import type { LakePolicy } from '@sluice/author'
import type { DuckDB } from '@sluice/duckdb'
import { closeBegun, type Once, once } from '@sluice/process'
import type { Lake } from '../lake.ts'
import type { LakeStorage } from '../storage/storage.ts'

export interface DuckDBLimits {
  readonly memoryLimitMb: number
  readonly threads: number
}

export interface StateLakesOptions {
  readonly stateDir: string
  /** The bucket that holds the lakes; `null`: a folder of the state. */
  readonly lakeUrl: string | null
  readonly duckdb: DuckDBLimits
  /** Told when maintenance after a commit failed; the commit stands. */
  readonly onTrouble?: (error: unknown) => void
}

/** The lakes of a state directory over one DuckDB of this process. Whatever it needs is loaded and opened when it is first asked for. */
export interface StateLakes {
  readonly duckdb: Once<DuckDB>
  readonly storage: Once<LakeStorage>
  of(project: string, policy: LakePolicy): Promise<Lake>
  close(): Promise<void>
}

export function stateLakes({ stateDir, lakeUrl, duckdb: limits, onTrouble }: StateLakesOptions): StateLakes {
  const duckdb = once(() => duckdbIn(stateDir, limits))
  const storage = once(async () => (await import('../storage/configured.ts')).storageOf(stateDir, lakeUrl))
  return {
    duckdb,
    storage,
    of: async (project, policy) => {
      const { openLake } = await import('../lake.ts')
      return openLake({ storage: await storage(), project, duckdb, policy, ...(onTrouble === undefined ? {} : { onTrouble }) })
    },
    close: once(() => closeBegun(duckdb)),
  }
}

/** DuckDB of this process, which spills into the state directory. Loading it takes 80 ms. */
export async function duckdbIn(stateDir: string, limits: DuckDBLimits): Promise<DuckDB> {
  const { openDuckDB } = await import('@sluice/duckdb')
  return await openDuckDB({ ...limits, tempDirectory: join(stateDir, 'tmp', `duckdb-${process.pid}`) })
}
