import { type FileSource, type Logger, type Reading, type RestSource, type SqlSource, withVariables } from '@sluice/author'
import { type Mask, maskOf, unreachable } from '@sluice/core'
import type { Lake } from '@sluice/lake'
import { type StateLakes, stateLakes } from '@sluice/lake/capability'
import { closers } from '@sluice/process'
import type { DeclaredSource, PlannedSource, PreviewedSource } from '@sluice/serve'
import { projectOf, resolveConnection, resolveDatabase, type Settings, variable } from '@sluice/settings'
import { httpCapability } from '@sluice/sources/capability'
import type { PreviewedAsk } from '@sluice/transform'
import { sharedCalls } from '../capabilities/shared-calls.ts'
import { secretsOf } from '../secrets.ts'
import { duckdbLimits } from '../stores/duckdb.ts'
import { bounded } from './bounded.ts'
import type { PullOfSource } from './declared-sources.ts'

/** What a look goes by: plain data, which a process of its own is given. It holds secrets of the one project. */
export interface Look {
  readonly source: DeclaredSource
  readonly pull: PullOfSource
  readonly settings: Settings
  /** Of the metadata database: limits and tokens of connections are shared with all workers. */
  readonly databaseUrl: string
  /** As of a run of now. */
  readonly reading: Reading
  readonly ask:
    | { readonly kind: 'plan'; readonly files: readonly string[] }
    | { readonly kind: 'preview'; readonly files: readonly string[]; readonly limit: number }
}

/** So many rows of a database are looked at by a plan. */
const fewRows = 10

/** Carries a look out. Nothing is written but what goes with it. No text of what it gives holds a secret. */
export async function look(of: Look, signal: AbortSignal): Promise<PlannedSource | PreviewedSource> {
  const { source, settings, ask } = of
  const opened = closers()
  const told: string[] = []
  const mask = maskOf(secretsOf({ values: settings.values, stateDir: settings.stateDir, urls: [of.databaseUrl] }))
  try {
    const lakes = stateLakes({ stateDir: settings.stateDir, lakeUrl: settings.lakeUrl, duckdb: duckdbLimits(4) })
    opened.add(lakes.close)
    const lake = await lakes.of(source.project, projectOf(settings, source.project).project.lake)
    const { project, source: name, kind, dataset } = source
    const about = { project, source: name, kind, dataset }
    const { from } = of.pull
    const { budget } = settings.queries.limits
    const given = (looked: PlannedSource | PreviewedSource) => bounded(masked(mask, looked), budget)
    if (from.kind === 'file-source') return given({ ...about, ...(await atFiles({ ...of, lake, from, told })), told })
    const limit = ask.kind === 'preview' ? ask.limit : fewRows
    const previewed =
      from.kind === 'sql-source'
        ? await atRows(of, lake, from, limit, signal)
        : await atAnswers({ of, lake, lakes, from, limit, signal, opened })
    return given({ ...about, ...(ask.kind === 'plan' ? planOf(previewed) : { ...previewed, file: null }) })
  } finally {
    await opened.close()
  }
}

type Rest = Omit<PlannedSource, 'project' | 'source' | 'kind' | 'dataset'>

const planOf = ({ asked, since, more, drift, refused, rowsIn, told }: PreviewedAsk): Rest => ({
  ...{ folder: null, counts: null, files: [], asked, since, more, drift, told },
  rows: rowsIn,
  refused: refused?.message ?? null,
})

interface AtFiles extends Look {
  readonly lake: Lake
  readonly from: FileSource
  readonly told: string[]
}

async function atFiles({ source: { project, dataset }, pull, settings, ask, lake, from, told }: AtFiles) {
  const { folderOf, lookAtPull, previewPull } = await import('@sluice/transform')
  const place = { folder: projectOf(settings, project).dir, variable: (name: string) => variable(settings, project, name) }
  const log = { warn: (message: string) => void told.push(message) }
  const looking = {
    pull: { ...pull, from },
    dataset,
    lake,
    folder: folderOf(from.folder, lake, place),
    now: Date.now,
    again: ask.files,
    log,
  }
  const nothing = { asked: null, since: null, more: false }
  switch (ask.kind) {
    case 'plan':
      return { ...(await lookAtPull(looking)), ...nothing, rows: null, drift: [] }
    case 'preview':
      return { ...(await previewPull(looking, ask.limit)), ...nothing }
    default:
      return unreachable(ask)
  }
}

async function atRows({ source, pull, settings }: Look, lake: Lake, from: SqlSource, limit: number, signal: AbortSignal) {
  const { previewRows } = await import('@sluice/transform')
  const database = resolveDatabase(settings, source.project, from.connection)
  return await previewRows({ pull: { ...pull, from }, database, lake, signal }, limit)
}

interface AtAnswers {
  readonly of: Look
  readonly lake: Lake
  readonly lakes: StateLakes
  readonly from: RestSource
  readonly limit: number
  readonly signal: AbortSignal
  readonly opened: ReturnType<typeof closers>
}

async function atAnswers({ of, lake, lakes, from, limit, signal, opened }: AtAnswers): Promise<PreviewedAsk> {
  const { source, pull, settings, databaseUrl, reading } = of
  const { previewAnswers } = await import('@sluice/transform')
  const shared = sharedCalls({ project: source.project, databaseUrl })
  opened.add(shared.close)
  const { http } = httpCapability({ calls: shared.calls, tokens: shared.tokens }).context({ log: silent, signal })
  const connection = resolveConnection(settings, source.project, from.connection)
  const looking = {
    pull: { ...pull, from: withVariables(from, (name) => variable(settings, source.project, name)) },
    dataset: source.dataset,
    lake,
    duckdb: lakes.duckdb,
    http,
    connection,
    reading,
    log: silent,
    signal,
  }
  return await previewAnswers(looking, limit)
}

/** What a look finds it gives back; tries of requests are for the log of a run. */
const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

function masked<T>(mask: Mask, value: T): T {
  if (typeof value === 'string') return mask(value) as T
  if (Array.isArray(value)) return value.map((each) => masked(mask, each)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, masked(mask, each)])) as T
}
