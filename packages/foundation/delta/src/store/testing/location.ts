import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gcsStore } from '../gcs.ts'
import type { RetryPolicy } from '../http.ts'
import { localStore } from '../local.ts'
import { s3Store } from '../s3.ts'
import type { LogStore } from '../store.ts'

/** A store as plain data, so that another process can open it too. */
export type Description =
  | { readonly kind: 'local'; readonly folder: string }
  | { readonly kind: 's3' | 'gcs'; readonly endpoint: string; readonly bucket: string; readonly prefix: string }

/** Where one table lives. Each call of `open` is another machine. */
export interface StoreLocation {
  open(): LogStore
  /** Absent when other processes cannot see the table. */
  readonly description?: Description
}

const folders: string[] = []

/** A new folder, deleted by `removeTemporaryFolders`. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'delta store-'))
  folders.push(folder)
  return folder
}

export function removeTemporaryFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

export const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' }
/** The server serves only the tests, so they need not wait between tries. */
const quick: RetryPolicy = { attempts: 15, delayMs: (repetition) => Math.min(20, repetition), timeoutMs: 600_000 }

export function openDescribed(description: Description, options: { stage?: string; retry?: RetryPolicy } = {}): LogStore {
  if (description.kind === 'local') return localStore(description.folder)
  const { kind, ...rest } = description
  const { stage = temporaryFolder(), retry = quick } = options
  const common = { ...rest, stage: { folder: stage }, retry }
  return kind === 's3'
    ? s3Store({ ...common, credentials, partBytes: 5 * 2 ** 20 })
    : gcsStore({ ...common, token: 'none', partBytes: 2 ** 20 })
}

export function locationOf(description: Description): StoreLocation {
  return { description, open: () => openDescribed(description) }
}

/** A location in a bucket: a new one with a name that must be encoded, or an existing one. */
export function locationIn(kind: 's3' | 'gcs', endpoint: string, bucket: string, prefix = `lake/a b+c/${randomUUID()}`): StoreLocation {
  return locationOf({ kind, endpoint, bucket, prefix })
}

/** Copies a table to a local folder, for a validator that reads a log from a disk. */
export async function mirror(store: LogStore): Promise<string> {
  const folder = temporaryFolder()
  for (const { path } of await store.walk('.')) {
    const bytes = await store.readBytes(path)
    if (bytes === undefined) continue
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
  return folder
}
