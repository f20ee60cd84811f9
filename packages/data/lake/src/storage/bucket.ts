import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, matchesGlob, resolve } from 'node:path'
import { type Bucket, type LogStore, type StageOptions, stagedStore } from '@sluice/delta'
import { markLives, ownMark } from '@sluice/process'
import { footersOf } from './footers.ts'
import type { LakeStorage } from './storage.ts'

export interface BucketStorageOptions {
  /** The lake's folder in the bucket; the whole bucket by default. */
  readonly prefix?: string
  /**
   * Where DuckDB reads and writes. Each process has a folder of its own below, which the next process of the host removes when it is gone;
   * the limit is that of one dataset.
   */
  readonly stage: StageOptions
}

/** A lake in a bucket, for any number of machines. Each layer and each table has its own prefix and its own stage. */
export function bucketStorage(bucket: Bucket, { prefix = '', stage }: BucketStorageOptions): LakeStorage {
  const bare = prefix.replace(/^\/+|\/+$/g, '')
  const home = bare === '' ? '' : `${bare}/`
  const keyOf = (path: string): string => `${home}${path}/`
  // Containers may share the folder, but not the numbers of their processes.
  const stages = join(resolve(stage.folder), hostname())
  const own = join(stages, `${ownMark()}-${randomUUID()}`)
  const stores = new Map<string, LogStore>()
  const folderOf = (path: string): string => join(own, path.replaceAll('/', '.'))

  const at = (path: string): LogStore => {
    const known = stores.get(path)
    if (known !== undefined) return known
    if (stores.size === 0) sweepStages(stages)
    const store = stagedStore(bucket, keyOf(path), { ...stage, folder: folderOf(path) })
    stores.set(path, store)
    return store
  }

  const files = async (path: string): Promise<readonly string[]> => {
    const under = keyOf(path)
    return (await bucket.list(under, false))
      .map(({ key }) => key.slice(under.length))
      .filter((name) => name !== '' && !name.endsWith('/'))
      .sort((a, b) => (a < b ? -1 : 1))
  }

  const scratch = (path: string): string => join(own, 'scratch', path.replaceAll('/', '.'))

  return {
    isLocal: false,
    at,
    folders: async (path) => (await bucket.folders(keyOf(path))).toSorted((a, b) => (a < b ? -1 : 1)),
    files,
    async match(path, pattern) {
      const fixed = pattern.split('/').slice(0, -1)
      const end = fixed.findIndex((part) => /[*?[\]{}()!]/.test(part))
      const folder = fixed.slice(0, end === -1 ? fixed.length : end).join('/')
      const within = folder === '' ? '' : `${folder}/`
      const names = (await files(folder === '' ? path : `${path}/${folder}`)).map((name) => `${within}${name}`)
      return names.filter((name) => name === pattern || matchesGlob(name, pattern))
    },
    footers: (path, paths) => footersOf(at(path), paths, scratch(path)),
    scratch,
    locate: (path) => `${bucket.name}${home}${path}`,
  }
}

/** The stages of processes that have ended. A stage holds copies only, or what was never told to be written. */
function sweepStages(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) {
    const mark = /^(\d+\.(?:\d+|-))-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.exec(name)?.[1]
    if (mark !== undefined && !markLives(mark)) rmSync(join(folder, name), { recursive: true, force: true })
  }
}
