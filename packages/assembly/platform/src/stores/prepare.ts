import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { given } from '@sluice/core'
import { replaceFile } from '@sluice/process'
import { letInsertUnchecked, prepareWarehouse, roleName, type WarehousePasswords, type WarehouseSetup } from '@sluice/warehouse'
import type { WarehouseUrls } from '@sluice/warehouse/capability'
import type { ProjectDefinitions } from '../definitions/definitions.ts'

/** What the definitions of a project say of its warehouse. */
type WarehouseOf = Pick<ProjectDefinitions, 'name' | 'dir' | 'timeZone' | 'database' | 'datasets' | 'keys'>

/** The warehouse of a project in a database that exists. */
export const warehouseSetup = async (
  { name, dir, timeZone, datasets, keys }: WarehouseOf,
  urls: WarehouseUrls,
): Promise<WarehouseSetup> => ({
  project: name,
  timeZone,
  ...urls,
  folder: dir,
  migrations: await migrationsIn(dir),
  schema: await schemaIn(dir),
  queries: join(dir, 'queries'),
  datasets,
  keys,
})

/**
 * Makes sure that the database of the project and its two roles exist. `<stateDir>/warehouses.json` keeps their passwords; only its owner
 * can read it. May be called at each start. The notes say what the server did not allow.
 */
export async function prepareWarehouseOf(
  stateDir: string,
  adminUrl: string,
  of: WarehouseOf,
): Promise<{ readonly setup: WarehouseSetup; readonly notes: readonly string[] }> {
  const file = join(stateDir, 'warehouses.json')
  const known = await readPasswords(file)
  const passwords = known[of.name]
  const prepared = await prepareWarehouse({
    adminUrl,
    database: of.database,
    project: of.name,
    timeZone: of.timeZone,
    ...given({ passwords }),
  })
  if (prepared.passwords !== undefined) await letInsertUnchecked(adminUrl, roleName(of.name, 'owner'))
  if (prepared.passwords !== undefined && passwords === undefined) {
    await writePasswords(file, { ...(await readPasswords(file)), [of.name]: prepared.passwords })
  }
  const { ownerUrl, readerUrl, notes } = prepared
  return { setup: await warehouseSetup(of, { ownerUrl, readerUrl }), notes }
}

/** The folder of the project's migrations, `null` when it has none. */
export const migrationsIn = (folder: string): Promise<string | null> => folderIn(folder, 'migrations')

/** The folder of the files that declare what no dataset can: views, functions, policies. `null` when it has none. */
export const schemaIn = (folder: string): Promise<string | null> => folderIn(folder, 'schema')

async function folderIn(folder: string, name: string): Promise<string | null> {
  const path = join(folder, name)
  return (await exists(path)) ? path : null
}

type Passwords = Readonly<Record<string, WarehousePasswords>>

async function readPasswords(file: string): Promise<Passwords> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '{}'
    throw error
  })
  return JSON.parse(text) as Passwords
}

const writePasswords = (file: string, passwords: Passwords): Promise<void> =>
  replaceFile(file, `${JSON.stringify(passwords, null, 2)}\n`, { mode: 0o600 })

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
