import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type AnyManifest,
  type BackupFile,
  type BackupKey,
  type BackupPlace,
  backupErrors,
  backupId,
  backupsIn,
  type FoundBackup,
  inTurn,
  keyForReading,
  keyForWriting,
  manifestName,
  manifestText,
  peekManifest,
  placeWithin,
  readBackupFile,
  readManifest,
  sweepUnfinished,
  writeBackupFile,
} from '@sluice/backup'
import { configErrors, given } from '@sluice/core'
import { withSession } from '@sluice/postgres'
import { archiveLog, baseBackup, keepLog, replay, restoreCluster } from '@sluice/postgres/physical'
import { replaceFile } from '@sluice/process'
import { keepFromGit } from './where.ts'

/** A copy of the embedded PostgreSQL as a whole. */
export interface ClusterManifest extends AnyManifest {
  readonly backup: 1
  readonly kind: 'cluster'
  readonly sluice: string
  /** `server_version_num`: only the same major version reads it. */
  readonly server: number
  /** What a restored cluster of it counts as the same: its log is its own. */
  readonly system: string
  readonly maxConnections: string
  readonly start: string
  readonly end: string
  readonly tar: BackupFile
  /** Of the superuser. */
  readonly password: BackupFile
}

export interface ClusterOf {
  readonly stateDir: string
  /** The superuser's URL. */
  readonly adminUrl: string
  readonly place: BackupPlace
  readonly secret: string | undefined
}

const folder = 'cluster'
const logFolder = (system: string): string => `${folder}-log/${system}`

/** It holds all that the server has, the passwords of all roles included, so that it is never made without a key. */
function requireKey(secret: string | undefined): string {
  if (secret !== undefined) return secret
  throw configErrors.missing('a physical backup holds the passwords of all roles, and no key is set to encrypt it', {
    next: 'Make one: (umask 077; openssl rand -base64 32 > backup.key), and say SLUICE_BACKUP_KEY_FILE=backup.key in .env.',
  })
}

const factsOf = async (adminUrl: string): Promise<{ readonly server: number; readonly system: string; readonly maxConnections: string }> =>
  await withSession(adminUrl, async (session) => {
    await keepLog(session)
    const [facts] = await session.query<{ server: number; system: string; maxConnections: string }>(
      `select current_setting('server_version_num')::int as server, system_identifier::text as system, current_setting('max_connections') as "maxConnections"
       from pg_control_system()`,
    )
    if (facts === undefined) throw backupErrors.refused('the server does not tell what it is', { next: 'Please report this.' })
    return facts
  })

/** Copies the cluster while it works. From here on the server keeps its log until `saveLog` has it. */
export async function saveCluster(of: ClusterOf, { version, now }: { readonly version: string; readonly now: number }) {
  const { place, stateDir, adminUrl } = of
  const secret = requireKey(of.secret)
  await keepFromGit(place)
  const key = await keyForWriting(place, secret)
  return await inTurn(place, async () => {
    await sweepUnfinished(place, folder)
    const id = backupId(now)
    const own = placeWithin(place, `${folder}/${id}`)
    const facts = await factsOf(adminUrl)
    const { tar, positions } = baseBackup(adminUrl)
    const written = await writeBackupFile({ place: own, key, packed: true }, 'base.tar.zst', tar)
    const text = await readFile(join(stateDir, 'postgres', 'password'))
    const manifest: ClusterManifest = {
      backup: 1,
      kind: 'cluster',
      // The instant from which on it can be restored.
      takenAt: new Date().toISOString(),
      sluice: version,
      encrypted: true,
      ...facts,
      ...(await positions),
      tar: written,
      password: await writeBackupFile({ place: own, key, packed: false }, 'password', one(text)),
    }
    await own.create(manifestName, manifestText(manifest, key))
    return { id, manifest }
  })
}

async function* one(content: Buffer): AsyncGenerator<Buffer> {
  yield content
}

/** Takes what the log has got since: all that is committed by now can then be restored. */
export async function saveLog(of: ClusterOf): Promise<{ readonly segments: number }> {
  const { place, stateDir, adminUrl } = of
  const key = await keyForWriting(place, requireKey(of.secret))
  return await inTurn(place, async () => {
    const { system } = await factsOf(adminUrl)
    const to = placeWithin(place, logFolder(system))
    const segments = await withSession(adminUrl, (session) =>
      archiveLog(session, join(stateDir, 'postgres', 'data'), async ({ name, read }) => {
        if ((await to.text(`${name}.json`)) !== undefined) return
        const file = await writeBackupFile({ place: to, key, packed: true }, `${name}.zst`, read())
        await to.create(`${name}.json`, JSON.stringify(file))
      }),
    )
    return { segments }
  })
}

export const clusterBackups = (place: BackupPlace): Promise<readonly FoundBackup<ClusterManifest>[]> =>
  backupsIn<ClusterManifest>(place, folder)

/** The copy to begin with for an instant: the newest before it. Pure. */
export function clusterFor<Found extends { readonly id: string; readonly takenAt: number }>(
  all: readonly Found[],
  { id, until }: { readonly id?: string | undefined; readonly until?: number | undefined },
): Found | undefined {
  return all.find((each) => (id === undefined ? until === undefined || each.takenAt <= until : each.id === id))
}

/** Makes `postgres` of a state that has none of a copy and of the log behind it, as of an instant. All else stays as it is. */
export async function restoreClusterInto(
  of: Omit<ClusterOf, 'adminUrl'>,
  { id, until }: { readonly id?: string | undefined; readonly until?: number | undefined },
): Promise<{ readonly id: string; readonly segments: number; readonly folder: string }> {
  const { place, stateDir, secret } = of
  const dir = join(stateDir, 'postgres')
  if ((await stat(join(dir, 'data')).catch(() => undefined)) !== undefined) {
    throw backupErrors.refused(`${dir} holds a PostgreSQL already`, {
      facts: { dir },
      next: `Stop Sluice and move it away first: mv '${dir}' '${dir}.before'.`,
    })
  }
  const all = await clusterBackups(place)
  const found = clusterFor(all, { id, until })
  if (found === undefined) {
    throw backupErrors.refused(`${place.name} holds no copy of a PostgreSQL${until === undefined ? '' : ' from before that instant'}`, {
      next: all.length === 0 ? 'Make one: sluice backup physical.' : `There are ${all.map((each) => each.id).join(', ')}.`,
    })
  }
  const key = await keyForReading(place, secret, true)
  const manifest = await readManifest<ClusterManifest>(found.place, key)
  const logs = placeWithin(place, logFolder(manifest.system))
  const log = await segmentsIn(logs, key)
  const data = join(dir, 'data')
  await restoreCluster({ data, tar: readBackupFile({ place: found.place, key, packed: true }, manifest.tar), log, ...given({ until }) })
  const password = await textOf(found.place, key, manifest.password)
  await replaceFile(join(dir, 'password'), password, { mode: 0o600 })
  await replay(dir, { max_connections: manifest.maxConnections })
  return { id: found.id, segments: log.length, folder: dir }
}

async function segmentsIn(logs: BackupPlace, key: BackupKey | undefined) {
  const names = (await logs.list('')).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length))
  return await Promise.all(
    names.map(async (name) => {
      const file = peekManifest<BackupFile>((await logs.text(`${name}.json`)) ?? '', `${logs.name}/${name}.json`)
      return { name, read: () => readBackupFile({ place: logs, key, packed: true }, file) }
    }),
  )
}

async function textOf(place: BackupPlace, key: BackupKey | undefined, file: BackupFile): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of readBackupFile({ place, key, packed: false }, file)) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}
