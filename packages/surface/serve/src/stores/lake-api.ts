import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import { SluiceError } from '@sluice/core'
import { exportRows, type Lake, type LakeOptions, openLake, readPath } from '@sluice/lake'
import type { LakeApi, LakeRead } from '../services.ts'
import { type Named, projectOfDataset } from './project-of.ts'

export interface LakeApiOptions {
  /** `<state>/lake`. */
  readonly root: string
  readonly projects: readonly string[]
  readonly duckdb: LakeOptions['duckdb']
}

/** The lakes of all projects behind one port. DuckDB starts with the first question. */
export function createLakeApi({ root, projects, duckdb }: LakeApiOptions): LakeApi {
  const lakes = new Map(projects.map((project) => [project, openLake({ root, project, duckdb })]))
  const lakeOf = (project: string): Lake => {
    const lake = lakes.get(project)
    if (lake !== undefined) return lake
    throw new SluiceError('not_found', `there is no project ${project}`, { facts: { project }, next: `Known are: ${projects.join(', ')}.` })
  }
  const names = async (): Promise<readonly Named[]> =>
    (await Promise.all(projects.map(async (project) => (await lakeOf(project).tables()).map((table) => ({ ...table, project }))))).flat()
  const find = async (target: { readonly dataset: string; readonly project?: string }) => {
    const project = projectOfDataset(target, await names(), projects)
    return lakeOf(project)
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
  }
}

/** The statement is made, and so a name that is not there refused, before the first byte is promised. */
async function read(
  { dataset, path, project, format, version, limit }: LakeRead,
  signal: AbortSignal,
  duckdb: LakeOptions['duckdb'],
  find: (target: { readonly dataset: string; readonly project?: string }) => Promise<Lake>,
): Promise<AsyncIterable<Uint8Array>> {
  const connection = await (await duckdb()).connect()
  try {
    const at = version === undefined ? {} : { version }
    const sql =
      path === undefined
        ? limited(
            await (await find({ dataset: dataset ?? '', ...(project === undefined ? {} : { project }) })).scan(
              connection,
              dataset ?? '',
              at,
            ),
            limit,
          )
        : await readPath(connection, await folderAt(path), { ...at, ...(limit === undefined ? {} : { limit }) })
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
  throw new SluiceError('lake.dataset_unknown', `${folder} is no folder`, {
    facts: { path: folder },
    next: 'Name the folder of a Delta table.',
  })
}

const limited = (sql: string, limit: number | undefined): string => (limit === undefined ? sql : `SELECT * FROM (${sql}) LIMIT ${limit}`)
