import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bench, openBench } from '../engine/bench.ts'
import { busyShare } from '../engine/machine.ts'
import { type Bar, type Measure, measure, median, noBar, pairs } from '../measure.ts'
import { airflow } from '../peers/airflow.ts'
import { dagster } from '../peers/dagster.ts'
import { pythonWith } from '../peers/install.ts'
import type { Peer } from '../peers/peer.ts'
import { prefect } from '../peers/prefect.ts'
import { workloads } from '../peers/workloads.ts'
import { scratchFolder } from '../scratch.ts'
import { rounds } from '../settings.ts'

const peers: Readonly<Record<string, Peer>> = { prefect, dagster, airflow }

export const rows: readonly string[] = Object.keys(peers)

/** What the peer takes is the limit here. */
const notSlower: Bar = { text: '<= 1 x the peer', met: (value, limit) => limit !== null && value <= limit }

/**
 * The same work on Sluice and on other orchestrators, in turns on one machine and one server of PostgreSQL. One peer runs at a time. A peer
 * that does not install here is left out, and the reason is told.
 */
export async function run(progress: (line: string) => void, wanted: readonly string[]): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder('peers')
  await using bench = openBench(scratch.dir, { wide: 1, crowd: 1 })
  const measures: Measure[] = []
  const busy: number[] = []
  for (const [row, peer] of Object.entries(peers)) {
    if (wanted.length > 0 && !wanted.includes(row)) continue
    progress(`installing ${peer.name} where it is not there yet`)
    const python = await pythonWith(row, peer.packages).catch((error: unknown) => {
      progress(`LEFT OUT: ${peer.name} does not install here: ${messageOf(error)}`)
    })
    if (python === undefined) continue
    const share = await busyShare()
    busy.push(share)
    progress(`${peer.name} (before it, ${Math.round(share * 100)} % of the machine are in use)`)
    measures.push(...(await beside(bench, row, peer, python, progress)))
  }
  if (busy.length === 0) return measures
  return [...measures, measure('in use of the machine before each peer', median(busy) * 100, '%', noBar)]
}

async function beside(
  bench: Bench,
  row: string,
  peer: Peer,
  python: string,
  progress: (line: string) => void,
): Promise<readonly Measure[]> {
  const platform = await bench.platform('sluice')
  await bench.host()
  const dir = join(bench.dir, row)
  await mkdir(dir)
  await using other = await peer.open({ dir, python, databaseUrl: await bench.databaseUrl(row) })
  const measures: Measure[] = []
  let reason: string | undefined
  for (const workload of peer.workloads) {
    // A peer that fails is told and asked no more; what fails of ours ends the suite.
    const run = async (): Promise<void> => {
      if (reason === undefined) await other.run(workload).catch((error: unknown) => (reason = messageOf(error)))
    }
    const { ours, raw } = await pairs(rounds(3), { run: async () => await platform.ended(await platform.trigger(workload)) }, { run })
    if (reason !== undefined) {
      progress(`LEFT OUT: ${peer.name} failed at ${workload}: ${reason}`)
      return measures
    }
    progress(`${peer.name}, ${workload}: ${Math.round(raw)} ms, Sluice ${Math.round(ours)} ms`)
    measures.push(measure(`${workloads[workload]}: Sluice beside ${peer.name} (${peer.way})`, ours, 'ms', notSlower, raw))
  }
  return measures
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
