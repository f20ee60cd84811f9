import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { near, notFound } from '@sluice/core'
import { namedParams } from '../query/named-params.ts'

/** A query that a project keeps under a name, in `queries/<name>.sql`. */
export interface NamedQuery {
  readonly name: string
  /** The comment lines at its beginning. */
  readonly description: string | null
  /** Its `:name` placeholders. */
  readonly params: readonly string[]
  readonly sql: string
}

const fileName = /^([A-Za-z0-9_-]+)\.sql$/

/** The queries that a folder holds now, in the order of their names. A folder that does not exist holds none. */
export async function readQueries(folder: string): Promise<readonly NamedQuery[]> {
  const files = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  const names = files.flatMap((file) => fileName.exec(file)?.[1] ?? []).sort()
  return await Promise.all(names.map(async (name) => describeQuery(name, await readFile(join(folder, `${name}.sql`), 'utf8'))))
}

/** @throws `not_found` with the names that may have been meant */
export function queryNamed(queries: readonly NamedQuery[], project: string, name: string): NamedQuery {
  const found = queries.find((query) => query.name === name)
  if (found !== undefined) return found
  const names = queries.map((query) => query.name)
  const meant = near(name, names)
  const hint = meant.length > 0 ? `Did you mean ${meant.join(' or ')}?` : `The queries are ${names.join(', ')}.`
  throw notFound(`project ${project} has no query ${name}`, {
    facts: { project, query: name },
    next: names.length === 0 ? `Write it to queries/${name}.sql in the folder of the project.` : hint,
  })
}

/** The comment lines before the first line of SQL are its description. */
export function describeQuery(name: string, sql: string): NamedQuery {
  const lines = sql.split(/\r?\n/).map((line) => line.trim())
  const first = lines.findIndex((line) => line !== '' && !line.startsWith('--'))
  const comments = lines
    .slice(0, first < 0 ? lines.length : first)
    .filter((line) => line !== '')
    .map((line) => line.replace(/^--\s*/, ''))
  const description = comments.join(' ').trim()
  return { name, description: description === '' ? null : description, params: namedParams(sql), sql }
}
