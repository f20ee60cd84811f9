import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type BackupPlace,
  backupErrors,
  type FoundBackup,
  folderPlace,
  keyForReading,
  placeWithin,
  readManifest,
  readObject,
} from '@sluice/backup'
import { backupPlaceOf } from '@sluice/lake/backup'
import { replaceFile } from '@sluice/process'
import type { Settings } from '@sluice/settings'
import { type DatabaseManifest, restoreDatabase } from '@sluice/warehouse/backup'
import { openDatabase } from '../database/database.ts'
import { runningServer } from '../state/lock.ts'
import { prepareStateDir, restoringFile } from '../state/state-dir.ts'
import { type ListedFile, readFileList } from './files.ts'
import type { PlatformManifest, Tree } from './manifest.ts'
import { restoreFault } from './plan.ts'
import type { PlatformProgress } from './save-platform.ts'

export interface RestorePlatformOptions {
  readonly settings: Settings
  /** Of all backups. */
  readonly place: BackupPlace
  readonly found: FoundBackup<PlatformManifest>
  readonly secret: string | undefined
  /** Databases of a server by URL that hold data are replaced. */
  readonly replace?: boolean
  readonly onProgress?: (progress: PlatformProgress) => void
  readonly signal?: AbortSignal
}

export interface RestoredPlatform {
  readonly id: string
  readonly stateDir: string
  readonly databases: readonly { readonly database: string; readonly tables: number; readonly rows: number }[]
  readonly files: number
  readonly notes: readonly string[]
}

/** Refuses before anything is written. @throws `backup.refused` */
export async function refuseRestore({ stateDir }: Pick<Settings, 'stateDir'>): Promise<void> {
  const present: readonly string[] = await readdir(stateDir).catch(() => [])
  const fault = restoreFault({
    stateDir,
    present,
    restoring: present.includes(restoringFile),
    running: (await runningServer(stateDir)) !== undefined,
  })
  if (fault !== undefined) throw backupErrors.refused(fault.message, { facts: { stateDir }, next: fault.next })
}

/**
 * Makes the state of a platform of its backup. Until it is whole a file says so, and no command opens such a state; a restore that was
 * killed is done again from its beginning. Databases are compared with the backup, files with their hashes.
 */
export async function restorePlatform(options: RestorePlatformOptions): Promise<RestoredPlatform> {
  const { settings, place, found, secret, replace = false, onProgress, signal } = options
  const { stateDir, lakeUrl } = settings
  await refuseRestore(settings)
  const key = await keyForReading(place, secret, found.manifest.encrypted)
  const manifest = await readManifest<PlatformManifest>(found.place, key)
  const files = await readFileList(found.place, key, manifest.files)
  await prepareStateDir(stateDir, { restoring: true })
  const again = (await readdir(stateDir)).includes(restoringFile)
  await replaceFile(join(stateDir, restoringFile), `${JSON.stringify({ from: place.name, backup: found.id })}\n`, { mode: 0o600 })
  const notes: string[] = []
  const databases = []
  const server = await openDatabase(settings)
  try {
    for (const { folder, database, project } of manifest.databases) {
      signal?.throwIfAborted()
      const at = placeWithin(found.place, folder)
      const own = await readManifest<DatabaseManifest>(at, key)
      const into = project === null ? decodeURIComponent(new URL(server.url).pathname.slice(1)) : database
      const restored = await restoreDatabase({
        place: at,
        manifest: own,
        key,
        adminUrl: server.adminUrl,
        into,
        // What a killed restore of ours has made is ours.
        replace: replace || (again && server.embedded),
        ...(signal === undefined ? {} : { signal }),
        onProgress: ({ what }) => onProgress?.({ what: `${into}: ${what}`, bytes: 0 }),
      })
      databases.push({ database: into, tables: restored.tables, rows: restored.rows })
      notes.push(...restored.notes.map((note) => `${into}: ${note}`))
    }
  } finally {
    await server.release()
  }
  const lake =
    lakeUrl === null
      ? folderPlace(join(stateDir, 'lake'))
      : await backupPlaceOf(lakeUrl, { root: '/', scratch: join(stateDir, 'tmp', 'restore') })
  const folders: Readonly<Record<Tree, BackupPlace>> = {
    lake,
    logs: folderPlace(join(stateDir, 'logs')),
    versions: folderPlace(join(stateDir, 'versions')),
    state: folderPlace(stateDir),
  }
  for (const file of inOrder(files)) {
    signal?.throwIfAborted()
    await folders[file.tree].write(file.path, readObject({ place, key }, file))
    onProgress?.({ what: `${file.tree}/${file.path}`, bytes: file.size })
  }
  await mkdir(join(stateDir, 'lake'), { recursive: true, mode: 0o700 })
  await rm(join(stateDir, restoringFile))
  return { id: found.id, stateDir, databases, files: files.length, notes }
}

/** What names files comes after them, also here: a lake in a bucket may have readers. */
const inOrder = (files: readonly ListedFile[]): readonly ListedFile[] => {
  const naming = ({ path }: ListedFile): boolean => path.includes('/_delta_log/') || path.endsWith('.manifest.json')
  return [...files.filter((file) => !naming(file)), ...files.filter(naming)]
}
