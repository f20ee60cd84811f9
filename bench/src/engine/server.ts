import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { acquireServer } from '@sluice/postgres'
import { atMost, type Measure, measure, median, noBar, timed, timesLimit } from '../measure.ts'
import { undo } from '../scratch.ts'
import type { Bench } from './bench.ts'
import { memoryMb, treeOf } from './process-tree.ts'
import { writeProjects } from './project.ts'

const program = fileURLToPath(new URL('server-process.ts', import.meta.url))

/** Starts the platform of a folder in a process of its own; resolves when it is ready. */
export async function startServer(root: string): Promise<AsyncDisposable & { readonly pid: number }> {
  const child = spawn(process.execPath, [program, root], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const stopping = undo(async () => {
    child.stdin.end()
    await exited
  })
  await Promise.race([once(createInterface({ input: child.stdout }), 'line'), exited])
  if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode} before it was ready.`)
  return { pid: child.pid ?? 0, ...stopping }
}

/**
 * A start on a state that is there, until everything is ready. The limit is the start of PostgreSQL on the same folder and of two bare
 * processes of Node, the server's and a worker's.
 */
export async function measureReady(bench: Bench, rounds: number): Promise<readonly Measure[]> {
  const root = await folderOf(bench, 'ready')
  await (await startServer(root))[Symbol.asyncDispose]()
  const [ours, limit]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    let server: AsyncDisposable | undefined
    ours.push(await timed(async () => (server = await startServer(root))))
    await server?.[Symbol.asyncDispose]()
    limit.push(await timed(() => bareStart(root)))
  }
  return [measure('start to ready, state exists', median(ours), 'ms', timesLimit(5), median(limit))]
}

async function bareStart(root: string): Promise<void> {
  const server = await acquireServer({ dir: join(root, '.sluice/postgres') })
  for (let n = 0; n < 2; n++) await once(spawn(process.execPath, ['-e', '0']), 'exit')
  await server.stop()
}

/** What the platform costs while nothing is to be done: PostgreSQL, server, HTTP and two workers, all processes together. */
export async function measureIdle(bench: Bench, seconds: number): Promise<readonly Measure[]> {
  const root = await folderOf(bench, 'idle')
  const compiling = await (async () => {
    await using first = await startServer(root)
    await delay(3_000)
    return await memoryMb(await processesOf(root, first.pid))
  })()
  await using server = await startServer(root)
  await delay(3_000)
  const before = await processesOf(root, server.pid)
  const ms = await timed(() => delay(seconds * 1000))
  const after = await processesOf(root, server.pid)
  const cpuMs = after.reduce((sum, each) => sum + each.cpuMs - (before.find(({ pid }) => pid === each.pid)?.cpuMs ?? 0), 0)
  return [
    measure(`idle, all ${after.length} processes: processor time`, (cpuMs / ms) * 100, '% of a core', atMost(2, '% of a core')),
    measure('idle, all processes: memory', await memoryMb(after), 'MB', atMost(400, 'MB')),
    measure('idle after the very first start, which compiles: memory', compiling, 'MB', noBar),
  ]
}

async function processesOf(root: string, server: number): ReturnType<typeof treeOf> {
  const postmaster = Number((await readFile(join(root, '.sluice/postgres/data/postmaster.pid'), 'utf8')).split('\n')[0])
  return await treeOf(server, postmaster)
}

/** One project of one pipeline. */
async function folderOf(bench: Bench, name: string): Promise<string> {
  const root = join(bench.dir, name)
  await writeProjects(root, 1, 1, 1)
  return root
}
