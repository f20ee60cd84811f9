import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import type { DuckDB } from '@sluice/duckdb'

/** Half the machine's memory, shared by the processes. */
export function duckdbLimits(processes: number): { readonly memoryLimitMb: number; readonly threads: number } {
  return {
    memoryLimitMb: Math.max(256, Math.floor(totalmem() / 2 / 2 ** 20 / processes)),
    threads: Math.max(1, Math.ceil(availableParallelism() / processes)),
  }
}

/** The instance with which this process itself reads the lake. Loading it takes 80 ms: only who reads pays. */
export async function openDuckDB(stateDir: string): Promise<DuckDB> {
  const { openDuckDB: open } = await import('@sluice/duckdb')
  return await open({ ...duckdbLimits(2), tempDirectory: join(stateDir, 'tmp', `duckdb-${process.pid}`) })
}
