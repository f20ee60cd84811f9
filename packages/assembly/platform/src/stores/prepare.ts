import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AnyDataset, ForeignKey } from '@sluice/author'
import { replaceFile } from '@sluice/process'
import { prepareWarehouse, type WarehousePasswords, type WarehousePlace } from '@sluice/warehouse'

export interface WarehouseOf {
  readonly project: string
  readonly database: string
  /** The project's folder. */
  readonly folder: string
  /** Those of the warehouse are what its migrations must have made. */
  readonly datasets: readonly AnyDataset[]
  /** Keys declared beside the datasets. */
  readonly keys: readonly ForeignKey[]
}

/**
 * Makes sure that the database of the project and its two roles exist. `<stateDir>/warehouses.json` keeps their passwords; only its owner
 * can read it. May be called at each start.
 */
export async function prepareWarehouseOf(stateDir: string, adminUrl: string, of: WarehouseOf): Promise<WarehousePlace> {
  const file = join(stateDir, 'warehouses.json')
  const known = await readPasswords(file)
  const passwords = known[of.project]
  const prepared = await prepareWarehouse({
    adminUrl,
    database: of.database,
    project: of.project,
    ...(passwords === undefined ? {} : { passwords }),
  })
  if (prepared.passwords !== undefined && passwords === undefined) {
    await writePasswords(file, { ...(await readPasswords(file)), [of.project]: prepared.passwords })
  }
  const { ownerUrl, readerUrl } = prepared
  return {
    project: of.project,
    ownerUrl,
    readerUrl,
    migrations: await migrationsIn(of.folder),
    queries: join(of.folder, 'queries'),
    datasets: of.datasets,
    keys: of.keys,
  }
}

/** The folder of the project's migrations, `null` when it has none. */
export async function migrationsIn(folder: string): Promise<string | null> {
  const migrations = join(folder, 'migrations')
  return (await exists(migrations)) ? migrations : null
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
