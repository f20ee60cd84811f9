import { availableParallelism, totalmem } from 'node:os'
import type { DuckDB } from '@sluice/duckdb'
import { duckdbIn } from '@sluice/lake/capability'

/** Half of the machine's memory, divided by the processes. */
export function duckdbLimits(processes: number): { readonly memoryLimitMb: number; readonly threads: number } {
  return {
    memoryLimitMb: Math.max(256, Math.floor(totalmem() / 2 / 2 ** 20 / processes)),
    threads: Math.max(1, Math.ceil(availableParallelism() / processes)),
  }
}

/** The instance with which this process reads the lake. Loading it takes 80 ms, so it is opened when it is needed. */
export async function openDuckDB(stateDir: string): Promise<DuckDB> {
  return await duckdbIn(stateDir, duckdbLimits(2))
}
