import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type AnyDataset, type FileSource, type Logger, type Pull, pull } from '@sluice/author'
import type { Receipt } from '@sluice/core'
import type { Lake } from '@sluice/lake'
import { type Clock, type Folder, localFolder } from '@sluice/sources/folder'
import { type PulledFiles, pullFiles } from './run.ts'

/** The folder of a source on a disk, whose files are as old as a test says. */
export interface Inbox {
  readonly path: string
  /** @param at when it was written, in ms; a later write of a test has a later time by itself. */
  put(name: string, text: string | Uint8Array, at?: number): void
  remove(name: string): void
}

export function inboxAt(path: string): Inbox {
  mkdirSync(path, { recursive: true })
  let clock = Date.UTC(2026, 0, 1)
  return {
    path,
    put(name, text, at) {
      clock += 1_000
      const file = join(path, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
      const seconds = (at ?? clock) / 1_000
      utimesSync(file, seconds, seconds)
    },
    remove: (name) => rmSync(join(path, name)),
  }
}

export interface PullOf {
  readonly lake: Lake
  readonly inbox: Pick<Inbox, 'path'>
  /** That of the inbox unless given. */
  readonly folder?: Folder
  readonly source: FileSource
  readonly into: AnyDataset
  readonly columns?: Readonly<Record<string, string>>
  readonly run?: string
  readonly cleared?: number
  readonly again?: readonly string[]
  readonly logicalTime?: number
  readonly signal?: AbortSignal
  /** An hour ahead unless given: every file is old enough. */
  readonly clock?: Clock
}

export interface PulledOnce {
  readonly output: PulledFiles | undefined
  readonly error: (Error & { readonly code?: string; readonly next?: string }) | undefined
  readonly receipts: readonly Receipt[]
  readonly log: readonly string[]
}

/** One pull of a run; nobody waits for a file. */
export async function pullOnce(of: PullOf): Promise<PulledOnce> {
  const { lake, inbox, source, into, run = 'r1', cleared = 0, logicalTime = 0 } = of
  const receipts: Receipt[] = []
  const log: string[] = []
  const tell =
    (level: string): Logger['info'] =>
    (message) =>
      void log.push(`${level} ${message}`)
  const step = pull({ from: source, into: into as never, ...(of.columns === undefined ? {} : { columns: of.columns as never }) })
  const told = { log, receipts }
  try {
    const output = await pullFiles({
      pull: step as Pull & { readonly from: FileSource },
      write: {
        project: 'demo',
        pipeline: 'p',
        run,
        task: step.name,
        attempt: 1,
        dataset: `demo:${into.id}`,
        logicalTime,
        inputs: [],
      },
      cleared,
      again: of.again ?? [],
      lake,
      folder: of.folder ?? localFolder(inbox.path),
      clock: of.clock ?? { now: () => Date.now() + 3_600_000, wait: async () => undefined },
      log: { debug: tell('debug'), info: tell('info'), warn: tell('warn'), error: tell('error') },
      keep: (receipt) => void receipts.push(receipt),
      signal: of.signal,
    })
    return { output, error: undefined, ...told }
  } catch (thrown) {
    return { output: undefined, error: thrown as PulledOnce['error'], ...told }
  }
}

/** The rows of a dataset and of its quarantine, as texts in order. @param place columns of the quarantine that tell where a row stood */
export async function contentsOf(
  lake: Lake,
  into: AnyDataset,
  place = 'file, row_number',
): Promise<{ readonly rows: readonly string[]; readonly broken: readonly string[] }> {
  const there = (await lake.tables()).map(({ dataset }) => dataset.replace(/^.*:lake\./, ''))
  const connection = await lake.connect()
  const columns = Object.keys(into.columns).map((name) => `"${name}"`)
  const of = async (name: string, list: string): Promise<readonly string[]> =>
    there.includes(name)
      ? (await connection.rows(`SELECT concat_ws('|', ${list}) AS v FROM (${await lake.scan(connection, name)}) ORDER BY ALL`)).map(
          ({ v }) => String(v),
        )
      : []
  const texts = columns.map((name) => `coalesce(${name}::VARCHAR, '-')`).join(', ')
  try {
    return { rows: await of(into.name, texts), broken: await of(`${into.name}__quarantine`, `${place}, rule, place, cells`) }
  } finally {
    connection.close()
  }
}
