import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import type { LakePolicy } from '@sluice/author'
import { notFound, requestErrors } from '@sluice/core'
import { type ExportFormat, exportRows, type Lake, type LakeOptions, lakeErrors, openLake, readPath } from '@sluice/lake'
import type { LakeApi, LakeRead, LakeTarget } from '@sluice/serve'
import { askedWrite } from './asked-write.ts'
import { queryRows } from './lake-query.ts'
import { type Named, projectOfDataset } from './project-of.ts'

export interface LakeApiOptions {
  /** Of all projects; a local folder as text. */
  readonly storage: LakeOptions['storage']
  readonly projects: readonly string[]
  readonly duckdb: LakeOptions['duckdb']
  /** By project. */
  readonly policies?: Readonly<Record<string, LakePolicy>>
  /** The same with what its datasets keep. Asked where rows may go, since it reads the definitions of the project. */
  readonly keeping?: (project: string) => Promise<LakePolicy>
}

/** The lakes of all projects behind one port. DuckDB starts with the first question. */
export function createLakeApi({ storage, projects, duckdb, policies = {}, keeping }: LakeApiOptions): LakeApi {
  const lakes = new Map(projects.map((project) => [project, openLake({ storage, project, duckdb, policy: policies[project] ?? {} })]))
  const lakeOf = (project: string): Lake => {
    const lake = lakes.get(project)
    if (lake !== undefined) return lake
    throw notFound(`there is no project ${project}`, { facts: { project }, next: `Known are: ${projects.join(', ')}.` })
  }
  const names = async (): Promise<readonly Named[]> =>
    (await Promise.all(projects.map(async (project) => (await lakeOf(project).tables()).map((table) => ({ ...table, project }))))).flat()
  const find = async (target: { readonly dataset: string; readonly project?: string }) => {
    const project = projectOfDataset(target, await names(), projects)
    return lakeOf(project)
  }

  const onlyProject = (dataset: string): string => {
    const [only, ...others] = projects
    if (only !== undefined && others.length === 0) return only
    throw requestErrors.invalid(`"${dataset}" may be of several projects`, {
      facts: { dataset, projects },
      next: `Say which: ${projects.map((project) => `${project}:lake.${dataset}`).join(' or ')}.`,
    })
  }

  return {
    tables: async ({ project } = {}) => {
      if (project !== undefined) return (await lakeOf(project).tables()).map((table) => ({ ...table, project }))
      return (
        await Promise.all([...lakes].map(async ([name, lake]) => (await lake.tables()).map((table) => ({ ...table, project: name }))))
      ).flat()
    },
    receipts: async ({ project } = {}) =>
      (
        await Promise.all([...lakes].filter(([name]) => project === undefined || name === project).map(([, lake]) => lake.receipts()))
      ).flat(),
    history: async (target) => await (await find(target)).history(target.dataset),
    read: async (target, signal) => await read(target, signal, duckdb, find),
    sql: async (project, text, { limit = 1_000 }, signal) => await queryRows(lakeOf(project), text, limit, signal),
    sqlFile: async (project, text, { limit, format }, signal) => {
      const lake = lakeOf(project)
      return await streamed(await lake.connect(), format, signal, async (connection) =>
        limited(await lake.compile(connection, text), limit),
      )
    },
    optimize: async (target, options) => await (await find(target)).optimize(target.dataset, options),
    vacuum: async (target, options) => await (await find(target)).vacuum(target.dataset, options),
    restore: async (target, to) => await (await find(target)).restore(target.dataset, to),
    retain: async (project, options) => {
      const lake = lakeOf(project)
      const policy = await keeping?.(project)
      return await (policy === undefined ? lake : openLake({ storage, project, duckdb, policy })).retain(options)
    },
    export: async (target, request) => {
      const lake = target.project === undefined && !target.dataset.includes(':') ? lakeOf(onlyProject(target.dataset)) : await find(target)
      return await lake.export(askedWrite(lake.project, target.dataset), request)
    },
    verify: async (target, version) => await (await find(target)).verify(target.dataset, version),
    restoreExport: async (target, options) => await (await find(target)).restoreExport(target.dataset, options),
  }
}

/** The statement is made, and so a name that is not there refused, before the first byte is promised. */
async function read(
  { dataset, path, project, format, version, limit }: LakeRead,
  signal: AbortSignal,
  duckdb: LakeOptions['duckdb'],
  find: (target: LakeTarget) => Promise<Lake>,
): Promise<AsyncIterable<Uint8Array>> {
  const at = version === undefined ? {} : { version }
  if (path !== undefined) {
    const limits = limit === undefined ? {} : { limit }
    return await streamed(await (await duckdb()).connect(), format, signal, async (connection) =>
      readPath(connection, await folderAt(path), { ...at, ...limits }),
    )
  }
  const lake = await find({ dataset: dataset ?? '', ...(project === undefined ? {} : { project }) })
  return await streamed(await lake.connect(), format, signal, async (connection) =>
    limited(await lake.scan(connection, dataset ?? '', at), limit),
  )
}

type Connection = Awaited<ReturnType<Lake['connect']>>

/** A query as a file of the format; the connection is this one's to close. */
async function streamed(
  connection: Connection,
  format: ExportFormat,
  signal: AbortSignal,
  sqlFor: (connection: Connection) => Promise<string>,
): Promise<AsyncIterable<Uint8Array>> {
  try {
    const sql = await sqlFor(connection)
    const out = new PassThrough({ signal })
    const interrupt = (): void => connection.interrupt()
    signal.addEventListener('abort', interrupt, { once: true })
    exportRows({ connection, sql }, format, out)
      .catch((error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))))
      .finally(() => {
        signal.removeEventListener('abort', interrupt)
        connection.close()
      })
      .catch(() => undefined)
    return out
  } catch (error) {
    connection.close()
    throw error
  }
}

async function folderAt(path: string): Promise<string> {
  const folder = resolve(path)
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory() === true) return folder
  throw lakeErrors.dataset_unknown(`${folder} is no folder`, {
    facts: { path: folder },
    next: 'Name the folder of a Delta table.',
  })
}

const limited = (sql: string, limit: number | undefined): string => (limit === undefined ? sql : `SELECT * FROM (${sql}) LIMIT ${limit}`)
