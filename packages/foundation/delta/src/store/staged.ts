import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DeltaError } from '../errors.ts'
import { argument, checkArguments } from '../options/call.ts'
import { text } from '../options/form.ts'
import { type Bucket, type Creation, keyUnder } from './bucket.ts'
import { inTurns } from './in-turns.ts'
import { bucketForm, stageOptions } from './location-form.ts'
import { createStage, type StageOptions } from './stage.ts'
import { isTemporary, type LogStore } from './store.ts'

/** The largest content that is sent twice to find out whether the bucket honours conditions. */
const probeBytes = 2 ** 20

/**
 * A table in a bucket. DuckDB needs files, so data files pass through a local stage. The log is read from the bucket itself. The
 * conditional write of the bucket alone decides whether a commit won. If its answer was lost, the content of the object decides.
 */
export function stagedStore(bucket: Bucket, prefix: string, options: StageOptions): LogStore {
  checkArguments(
    'stagedStore',
    [argument('bucket', bucketForm), argument('prefix', text), argument('options', stageOptions)],
    [bucket, prefix, options],
  )
  const stage = createStage(bucket, options)
  const key = (path: string) => keyUnder(prefix, path)
  let proved = false

  async function won(path: string, creation: Creation, ours: () => Promise<Uint8Array>): Promise<boolean> {
    if (creation !== 'unclear') return creation === 'created'
    const [theirs, mine] = await Promise.all([bucket.get(key(path)), ours()])
    return theirs !== undefined && Buffer.compare(theirs, mine) === 0
  }

  /**
   * Runs once for each store. Creating the same bytes again does no harm, and a bucket that ignores the condition reveals it by success.
   * Any other failure of this probe proves nothing, and the commit before it stands.
   */
  async function proveCondition(path: string, body: Uint8Array): Promise<void> {
    if (proved) return
    const second = await bucket.create(key(path), body).catch(() => undefined)
    proved = second !== undefined
    if (second !== 'created') return
    throw new DeltaError(
      'store.failed',
      `${bucket.name} created ${path} twice: it does not honour the condition that the object must not exist.`,
      'Use a store with conditional writes. On this one, two writers would overwrite each other’s commits.',
      { key: key(path) },
    )
  }

  async function localSize(path: string): Promise<number> {
    return (await guarded('read', path, () => stat(stage.at(path)))).size
  }

  return {
    root: stage.root,
    async list(folder) {
      const under = folderKey(key(folder))
      const found = await bucket.list(under, true)
      return found.map(({ key: at }) => at.slice(under.length)).filter((name) => name !== '')
    },
    async walk(folder) {
      const under = folderKey(key(folder))
      const found = await bucket.list(under, false)
      return found.filter(({ key: at }) => !at.endsWith('/')).map(({ key: at, ...facts }) => ({ path: at.slice(prefix.length), ...facts }))
    },
    stat: async (path) => await bucket.head(key(path)),
    async read(path) {
      const bytes = await bucket.get(key(path))
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
    },
    readBytes: async (path, range) => await bucket.get(key(path), range),
    async fetch(paths) {
      await inTurns([...new Set(paths)], 8, (path) => guarded('download', path, () => stage.fetch(path, key(path))))
      await stage.trim()
    },
    hold: () => stage.hold(),
    async putIfAbsent(path, text) {
      const body = new TextEncoder().encode(text)
      const created = await won(path, await bucket.create(key(path), body), () => Promise.resolve(body))
      if (created) await proveCondition(path, body)
      return created
    },
    async put(path, text) {
      const object = key(path)
      if (!isTemporary(path)) return await bucket.put(object, new TextEncoder().encode(text))
      await guarded('write', path, async () => {
        await mkdir(dirname(stage.at(path)), { recursive: true })
        await writeFile(stage.at(path), text)
      })
    },
    async persist(paths) {
      await inTurns(paths, 4, async (path) => {
        const size = await localSize(path)
        await bucket.upload(key(path), stage.at(path), size, 'always')
        stage.added(path, size)
      })
      await stage.trim()
    },
    async adopt(temporary, path) {
      const size = await localSize(temporary)
      try {
        const creation = await bucket.upload(key(path), stage.at(temporary), size, 'absent')
        const created = await won(path, creation, () => readFile(stage.at(temporary)))
        if (!created) return false
        if (!proved && size <= probeBytes) await proveCondition(path, await readFile(stage.at(temporary)))
        await guarded('create', path, async () => {
          await mkdir(dirname(stage.at(path)), { recursive: true })
          await rename(stage.at(temporary), stage.at(path))
        })
        stage.added(path, size)
        return true
      } finally {
        await stage.remove(temporary)
      }
    },
    async delete(path) {
      const object = key(path)
      if (!isTemporary(path)) await bucket.delete(object)
      await stage.remove(path)
    },
    async makeFolder(path) {
      key(path)
      await guarded('create', path, () => mkdir(stage.at(path), { recursive: true }))
    },
  }
}

function folderKey(key: string): string {
  return key === '' || key.endsWith('/') ? key : `${key}/`
}

async function guarded<T>(what: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof DeltaError) throw cause
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new DeltaError(
      'store.failed',
      `Cannot ${what} ${path} in the local stage: ${message}`,
      'Check the free space and the permissions of the stage folder, and that no other process uses it.',
      { path },
      cause,
    )
  }
}
