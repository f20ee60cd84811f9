import { createHash } from 'node:crypto'
import { join } from 'node:path'
import {
  type BackupKey,
  type BackupPlace,
  backupId,
  backupsIn,
  expired,
  inTurn,
  keyForReading,
  keyForWriting,
  manifestName,
  manifestText,
  placeWithin,
  sweepObjects,
  sweepUnfinished,
} from '@sluice/backup'
import type { Keep } from '@sluice/core'
import { lakeFiles } from '@sluice/lake/backup'
import { storageOf } from '@sluice/lake/storage'
import type { Settings } from '@sluice/settings'
import { saveDatabase } from '@sluice/warehouse/backup'
import type { PlatformDatabase } from './databases.ts'
import { fileIn, filesBelow, type ListedFile, readFileList, saveTree, writeFileList } from './files.ts'
import { type PlatformManifest, type SavedDatabase, type Tree, trees } from './manifest.ts'
import { planBackup } from './plan.ts'
import { keepFromGit } from './where.ts'

export const platformFolder = 'platform'

export interface PlatformProgress {
  readonly what: string
  readonly bytes: number
}

export interface SavePlatformOptions {
  readonly settings: Pick<Settings, 'stateDir' | 'lakeUrl' | 'profile' | 'projects'>
  readonly databases: readonly PlatformDatabase[]
  readonly place: BackupPlace
  readonly secret: string | undefined
  readonly version: string
  readonly now: number
  readonly keep?: Keep | undefined
  readonly onProgress?: (progress: PlatformProgress) => void
  readonly signal?: AbortSignal
}

export interface SavedPlatform {
  readonly id: string
  readonly manifest: PlatformManifest
  /** Backups that were kept long enough and have gone. */
  readonly removed: readonly string[]
}

/** Saves a whole platform while it runs, in the order of `planBackup`. */
export async function savePlatform(options: SavePlatformOptions): Promise<SavedPlatform> {
  const { place, secret, settings, now } = options
  await keepFromGit(place)
  const key = await keyForWriting(place, secret)
  return await inTurn(place, async () => {
    await sweepUnfinished(place, platformFolder)
    const id = backupId(now)
    const own = placeWithin(place, `${platformFolder}/${id}`)
    const plan = planBackup({
      databases: options.databases,
      lake: settings.lakeUrl ?? join(settings.stateDir, 'lake'),
      encrypted: key !== undefined,
    })
    const before = await filesOfNewest(place, secret)
    const parts = await saveParts(options, own, key, before)
    const list = await writeFileList(own, key, parts.files)
    const manifest: PlatformManifest = {
      backup: 1,
      kind: 'platform',
      takenAt: new Date(now).toISOString(),
      sluice: options.version,
      encrypted: key !== undefined,
      profile: settings.profile,
      projects: settings.projects.map(({ project }) => project.name),
      databases: parts.databases,
      trees: trees.map((tree) => treeOf(tree, parts.files)),
      files: list,
      secrets: key !== undefined,
      leftOut: [...plan.leftOut, ...parts.leftOut],
      written: parts.written + list.bytes + parts.databases.reduce((sum, { bytes }) => sum + bytes, 0),
      shared: parts.shared,
    }
    options.signal?.throwIfAborted()
    await own.create(manifestName, manifestText(manifest, key))
    const removed = options.keep === undefined ? [] : await removeExpired(place, secret, options.keep, now)
    return { id, manifest, removed }
  })
}

const treeOf = (tree: Tree, files: readonly ListedFile[]) => {
  const of = files.filter((file) => file.tree === tree)
  return { tree, files: of.length, bytes: of.reduce((sum, { size }) => sum + size, 0) }
}

async function saveParts(
  { settings, databases, place, onProgress, signal, version }: SavePlatformOptions,
  own: BackupPlace,
  key: BackupKey | undefined,
  known: ReadonlyMap<string, ListedFile>,
) {
  const { stateDir, lakeUrl } = settings
  const leftOut: string[] = []
  const saved: SavedDatabase[] = []
  // Each waits with its snapshot until all instants are fixed; then one after another is read.
  let turn: Promise<unknown> = Promise.resolve()
  const fixed = Promise.withResolvers<void>()
  const savings: Promise<void>[] = []
  try {
    for (const { project, database, url } of databases) {
      const folder = project === null ? 'metadata' : `warehouse/${project}`
      const at = Promise.withResolvers<void>()
      const before = turn
      const saving = saveDatabase({
        url,
        place: placeWithin(own, folder),
        key,
        version,
        ...(signal === undefined ? {} : { signal }),
        onSnapshot: async () => {
          at.resolve()
          await fixed.promise
          await before
        },
        onProgress: ({ table, bytes }) => onProgress?.({ what: `${database}: ${table}`, bytes }),
      }).then(async (manifest) => {
        saved.push({
          project,
          database,
          folder,
          rows: manifest.tables.reduce((sum, { rows }) => sum + rows, 0),
          tables: manifest.tables.length,
          bytes: manifest.bytes,
          manifestSha256: await sha256Of(placeWithin(own, folder)),
        })
        leftOut.push(...manifest.leftOut.map((each) => `${each} of the database ${database}`))
      })
      saving.catch(() => undefined)
      turn = saving.catch(() => undefined)
      savings.push(saving)
      await Promise.race([at.promise, saving])
    }
    const storage = await storageOf(stateDir, lakeUrl)
    const projects = settings.projects.map(({ project }) => project.name)
    let listed: ReturnType<typeof lakeFiles> | undefined = lakeFiles(storage, projects)
    await listed
    fixed.resolve()
    await Promise.all(savings)
    const options = { place, key, known, signal, onFile: (bytes: number) => onProgress?.({ what: 'files', bytes }) }
    const lake = await saveTree(
      'lake',
      () => {
        const first = listed
        listed = undefined
        return first ?? lakeFiles(storage, projects)
      },
      options,
    )
    const others = [
      await saveTree('logs', () => filesBelow(join(stateDir, 'logs')), options),
      await saveTree('versions', () => filesBelow(join(stateDir, 'versions')), options),
      await saveTree('state', () => stateFiles(stateDir, key !== undefined), options),
    ]
    const all = [lake, ...others]
    return {
      databases: databases.flatMap(({ project }) => saved.filter((each) => each.project === project)),
      files: all.flatMap(({ files }) => files),
      written: all.reduce((sum, { written }) => sum + written, 0),
      shared: all.reduce((sum, { shared }) => sum + shared, 0),
      leftOut,
    }
  } catch (error) {
    fixed.reject(error)
    fixed.promise.catch(() => undefined)
    await Promise.allSettled(savings)
    throw error
  }
}

/** Secrets only under a key of the user's. The password of the embedded PostgreSQL is made anew with its cluster. */
async function stateFiles(stateDir: string, secrets: boolean) {
  const names = ['profile', ...(secrets ? ['key', 'warehouses.json'] : [])]
  const files = await Promise.all(names.map((name) => fileIn(stateDir, name)))
  const mails = await filesBelow(join(stateDir, 'mails'))
  return [...files.flat(), ...mails.map((file) => ({ ...file, path: `mails/${file.path}` }))]
}

async function sha256Of(place: BackupPlace): Promise<string> {
  return createHash('sha256')
    .update((await place.text(manifestName)) ?? '')
    .digest('hex')
}

const newest = (place: BackupPlace) => backupsIn<PlatformManifest>(place, platformFolder)

/** Those of the newest backup that can be read; none where it is damaged or has another form. */
async function filesOfNewest(place: BackupPlace, secret: string | undefined): Promise<ReadonlyMap<string, ListedFile>> {
  const [last] = await newest(place)
  if (last === undefined || last.manifest.encrypted !== (secret !== undefined)) return new Map()
  try {
    const key = await keyForReading(place, secret, last.manifest.encrypted)
    const files = await readFileList(last.place, key, last.manifest.files)
    return new Map(files.map((file) => [`${file.tree}/${file.path}`, file]))
  } catch {
    return new Map()
  }
}

/** Removes what is kept no longer, and then the objects that no backup names. Nothing goes where a list cannot be read. */
async function removeExpired(place: BackupPlace, secret: string | undefined, keep: Keep, now: number): Promise<readonly string[]> {
  const all = await newest(place)
  const gone = expired(all, keep, now)
  for (const { id } of gone) {
    // Its manifest first: what is left of it then counts as nothing.
    await place.remove(`${platformFolder}/${id}/${manifestName}`)
    await place.remove(`${platformFolder}/${id}`)
  }
  if (gone.length === 0) return []
  const named = new Set<string>()
  for (const { place: own, manifest } of all.filter((each) => !gone.includes(each))) {
    const key = await keyForReading(place, secret, manifest.encrypted)
    for (const { stored } of await readFileList(own, key, manifest.files)) named.add(stored.path)
  }
  await sweepObjects(place, named)
  return gone.map(({ id }) => id)
}
