import { mkdtempSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argument, checkArguments } from '../options/call.ts'
import { action, optional, options, text } from '../options/form.ts'
import type { Bucket } from './bucket.ts'
import { bucketForm, stageOptions } from './location-form.ts'
import type { StageOptions } from './stage.ts'
import { stagedStore } from './staged.ts'
import type { LogStore } from './store.ts'

/** A bucket in the memory of this process, for tests. Several stores may share it, like several machines on one real bucket. */
export function memoryBucket(now: () => number = Date.now): Bucket {
  checkArguments('memoryBucket', [argument('now', action)], [now])
  const objects = new Map<string, { readonly body: Uint8Array; readonly modifiedMs: number; readonly mark: string }>()
  let writes = 0
  const put = (key: string, body: Uint8Array) => void objects.set(key, { body: body.slice(), modifiedMs: now(), mark: String(++writes) })
  return {
    name: 'memory:',
    list: (prefix, shallow) =>
      Promise.resolve(
        [...objects]
          .filter(([key]) => key.startsWith(prefix) && !(shallow && key.slice(prefix.length).includes('/')))
          .map(([key, { body, modifiedMs, mark }]) => ({ key, size: body.length, modifiedMs, mark })),
      ),
    folders: (prefix) =>
      Promise.resolve([
        ...new Set(
          [...objects.keys()]
            .filter((key) => key.startsWith(prefix))
            .flatMap((key) => key.slice(prefix.length).split('/').slice(0, -1).slice(0, 1)),
        ),
      ]),
    head(key) {
      const object = objects.get(key)
      return Promise.resolve(object && { size: object.body.length, modifiedMs: object.modifiedMs, mark: object.mark })
    },
    get: (key, range) =>
      Promise.resolve(objects.get(key)?.body.slice(range?.offset ?? 0, range === undefined ? undefined : range.offset + range.length)),
    put: (key, body) => Promise.resolve(put(key, body)),
    create(key, body) {
      if (objects.has(key)) return Promise.resolve('exists')
      put(key, body)
      return Promise.resolve('created')
    },
    async upload(key, file, _size, condition) {
      const body = await readFile(file)
      if (condition === 'absent' && objects.has(key)) return 'exists'
      put(key, body)
      return 'created'
    },
    delete: (key) => Promise.resolve(void objects.delete(key)),
  }
}

export interface MemoryStoreOptions {
  /** Several stores on one bucket are like several machines on one table. A new bucket by default. */
  readonly bucket?: Bucket
  readonly prefix?: string
  /** By default a new folder in the system's temporary folder. The caller deletes it (`root`). */
  readonly stage?: StageOptions
}

const memoryStoreOptions = options<MemoryStoreOptions>({
  bucket: optional(bucketForm),
  prefix: optional(text),
  stage: optional(stageOptions),
})

/** A table in memory, for tests. DuckDB needs files, so data files are staged in a folder nevertheless. */
export function memoryStore(given: MemoryStoreOptions = {}): LogStore {
  checkArguments('memoryStore', [argument('options', memoryStoreOptions)], [given])
  const { bucket = memoryBucket(), prefix = '', stage } = given
  return stagedStore(bucket, prefix, stage ?? { folder: mkdtempSync(join(tmpdir(), 'delta-memory-')) })
}
