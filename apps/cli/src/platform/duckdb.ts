import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import type { LakeApiOptions } from '@sluice/serve/stores'

type DuckDB = Awaited<ReturnType<LakeApiOptions['duckdb']>>
interface DuckDBModule {
  openDuckDB(options: { readonly memoryLimitMb: number; readonly threads: number; readonly tempDirectory: string }): Promise<DuckDB>
}

/** Half the machine's memory, shared by the processes. */
export function duckdbLimits(processes: number): { readonly memoryLimitMb: number; readonly threads: number } {
  return {
    memoryLimitMb: Math.max(256, Math.floor(totalmem() / 2 / 2 ** 20 / processes)),
    threads: Math.max(1, Math.ceil(availableParallelism() / processes)),
  }
}

/** The instance with which this process itself reads the lake. Loading it takes 80 ms: only who reads pays. */
export async function openDuckDB(stateDir: string): Promise<DuckDB> {
  const module = (await import(import.meta.resolve('@sluice/duckdb'))) as DuckDBModule
  return await module.openDuckDB({ ...duckdbLimits(2), tempDirectory: join(stateDir, 'tmp', `duckdb-${process.pid}`) })
}
