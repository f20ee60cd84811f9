import {
  type BackupPlace,
  backupErrors,
  backupId,
  backupsIn,
  expired,
  type FoundBackup,
  inTurn,
  keyForReading,
  keyForWriting,
  manifestName,
  placeWithin,
  readManifest,
  sweepUnfinished,
} from '@sluice/backup'
import { given, type Keep } from '@sluice/core'
import {
  type DatabaseManifest,
  type RestoredDatabase,
  type RestoreOptions,
  restoreDatabase,
  type SaveOptions,
  saveDatabase,
  sqlScript,
  verifyDatabase,
} from '@sluice/warehouse/backup'
import { platformBackups } from './find.ts'
import { keepFromGit } from './where.ts'

export type WarehouseBackup = FoundBackup<DatabaseManifest>

/** Where backups lie, of which project, and what opens them. */
export interface WarehouseBackupsOf {
  readonly place: BackupPlace
  readonly project: string
  readonly secret: string | undefined
}

const folderOf = (project: string): string => `warehouse/${project}`

/** Those of the warehouse alone, and those in backups of the whole platform (`platform/<id>`); the newest first. */
export async function warehouseBackups({ place, project }: Omit<WarehouseBackupsOf, 'secret'>): Promise<readonly WarehouseBackup[]> {
  const own = await backupsIn<DatabaseManifest>(place, folderOf(project))
  const within = await Promise.all(
    (await platformBackups(place)).map(async (platform) =>
      (await backupsIn<DatabaseManifest>(platform.place, 'warehouse'))
        .filter(({ id }) => id === project)
        .map((each) => ({ ...each, id: `platform/${platform.id}` })),
    ),
  )
  return [...own, ...within.flat()].toSorted((a, b) => b.takenAt - a.takenAt)
}

/** @throws `backup.refused` with those there are */
export async function findWarehouseBackup(of: Omit<WarehouseBackupsOf, 'secret'>, id: string | undefined): Promise<WarehouseBackup> {
  const all = await warehouseBackups(of)
  const found = id === undefined ? all[0] : all.find((each) => each.id === id)
  if (found !== undefined) return found
  throw backupErrors.refused(`${of.place.name} holds no backup ${id === undefined ? '' : `${id} `}of the warehouse of ${of.project}`, {
    facts: { place: of.place.name, project: of.project },
    next: all.length === 0 ? `Make one: sluice warehouse backup run ${of.project}.` : `There are ${all.map((each) => each.id).join(', ')}.`,
  })
}

export async function saveWarehouse(
  { place, project, secret }: WarehouseBackupsOf,
  { now, keep, ...options }: Omit<SaveOptions, 'place' | 'key'> & { readonly now: number; readonly keep?: Keep | undefined },
): Promise<{ readonly id: string; readonly manifest: DatabaseManifest; readonly removed: readonly string[] }> {
  await keepFromGit(place)
  const key = await keyForWriting(place, secret)
  return await inTurn(place, async () => {
    const folder = folderOf(project)
    await sweepUnfinished(place, folder)
    const id = backupId(now)
    const manifest = await saveDatabase({ ...options, place: placeWithin(place, `${folder}/${id}`), key })
    const gone = keep === undefined ? [] : expired(await backupsIn<DatabaseManifest>(place, folder), keep, now)
    for (const each of gone) {
      await each.place.remove(manifestName)
      await place.remove(`${folder}/${each.id}`)
    }
    return { id, manifest, removed: gone.map((each) => each.id) }
  })
}

/** The manifest, proved, and the key. */
async function opened({ place, secret }: WarehouseBackupsOf, found: WarehouseBackup) {
  const key = await keyForReading(place, secret, found.manifest.encrypted)
  return { place: found.place, key, manifest: await readManifest<DatabaseManifest>(found.place, key) }
}

/** @returns what is wrong, a sentence each */
export async function verifyWarehouse(
  of: WarehouseBackupsOf,
  found: WarehouseBackup,
  onFile?: (path: string) => void,
): Promise<readonly string[]> {
  try {
    const { place, key, manifest } = await opened(of, found)
    return await verifyDatabase(place, manifest, key, onFile)
  } catch (error) {
    if (backupErrors.damaged.is(error)) return [error.message]
    throw error
  }
}

export async function restoreWarehouse(
  of: WarehouseBackupsOf,
  found: WarehouseBackup,
  options: Omit<RestoreOptions, 'place' | 'key' | 'manifest'>,
): Promise<RestoredDatabase> {
  const { key, ...rest } = await opened(of, found)
  return await restoreDatabase({ ...options, ...rest, ...given({ key }) })
}

export async function* warehouseScript(of: WarehouseBackupsOf, found: WarehouseBackup): AsyncGenerator<Buffer> {
  const { place, key, manifest } = await opened(of, found)
  yield* sqlScript(place, manifest, key)
}
