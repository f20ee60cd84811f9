import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Bucket } from './bucket.ts'
import { inTurns } from './in-turns.ts'
import { diskFailed } from './on-disk.ts'
import type { Hold } from './store.ts'

export interface StageOptions {
  /**
   * The local folder that DuckDB reads and writes. It belongs to one store of one process: a second store would delete files that the first
   * one reads.
   */
  readonly folder: string
  /** The space for copies of data files in bytes, 10 GiB by default. Files in use may exceed it. */
  readonly limitBytes?: number
  /** How long a fetched file is kept at least without a hold. It must exceed the time of any query. 1 hour by default. */
  readonly keepMs?: number
}

interface Copy {
  readonly size: number
  usedMs: number
}

/**
 * Local copies of a table's files. Data files never change, so an existing copy is valid. Files in `_delta_log` are downloaded each time.
 */
export interface Stage {
  readonly root: string
  at(path: string): string
  /** The size of the copy; `undefined` when there is none. */
  sizeOf(path: string): Promise<number | undefined>
  fetch(path: string, key: string): Promise<void>
  /** Records a file that DuckDB wrote here and that is now in the bucket. */
  added(path: string, size: number): void
  remove(path: string): Promise<void>
  hold(): Hold
  /** Deletes the least recently used copies until the limit holds. */
  trim(): Promise<void>
}

const partBytes = 8 * 2 ** 20

export function createStage(bucket: Bucket, { folder, limitBytes = 10 * 2 ** 30, keepMs = 3_600_000 }: StageOptions): Stage {
  const root = resolve(folder)
  try {
    mkdirSync(root, { recursive: true })
  } catch (cause) {
    throw diskFailed('create', root, cause)
  }
  const copies = new Map<string, Copy>()
  const holds = new Set<Set<string>>()
  const underWay = new Map<string, Promise<void>>()
  let surveyed: Promise<void> | undefined
  const at = (path: string) => join(root, path)

  function used(path: string, size: number): void {
    copies.delete(path)
    copies.set(path, { size, usedMs: Date.now() })
    for (const held of holds) held.add(path)
  }

  async function sizeOf(path: string): Promise<number | undefined> {
    const facts = await stat(at(path)).catch(() => undefined)
    return facts?.isFile() === true ? facts.size : undefined
  }

  async function download(path: string, key: string): Promise<void> {
    const present = path.startsWith('_delta_log/') ? undefined : await sizeOf(path)
    const size = present ?? (await downloadTo(bucket, key, at(path)))
    if (size !== undefined) used(path, size)
  }

  /** Counts the files that an earlier process left. Files that DuckDB is writing have a recent time, so they are kept. */
  async function survey(): Promise<void> {
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const file = join(entry.parentPath, entry.name)
      const path = relative(root, file).split(sep).join('/')
      const facts = await stat(file).catch(() => undefined)
      if (facts !== undefined && !copies.has(path)) copies.set(path, { size: facts.size, usedMs: facts.mtimeMs })
    }
  }

  return {
    root,
    at,
    sizeOf,
    async fetch(path, key) {
      // Held before the download starts, so that a concurrent trim keeps it.
      for (const held of holds) held.add(path)
      const running = underWay.get(path) ?? download(path, key).finally(() => underWay.delete(path))
      underWay.set(path, running)
      await running
    },
    added: used,
    async remove(path) {
      copies.delete(path)
      await rm(at(path), { force: true })
    },
    hold() {
      const held = new Set<string>()
      holds.add(held)
      return { [Symbol.dispose]: () => void holds.delete(held) }
    },
    async trim() {
      surveyed ??= survey()
      await surveyed
      let bytes = copies.values().reduce((sum, copy) => sum + copy.size, 0)
      if (bytes <= limitBytes) return
      for (const [path, copy] of [...copies].sort(([, a], [, b]) => a.usedMs - b.usedMs)) {
        if (bytes <= limitBytes) return
        const isHeld = [...holds].some((held) => held.has(path))
        if (isHeld || underWay.has(path) || Date.now() - copy.usedMs < keepMs) continue
        copies.delete(path)
        bytes -= copy.size
        await rm(at(path), { force: true })
      }
    },
  }
}

/**
 * Downloads an object in parts, each with its own retries. Either the whole file appears or nothing. `undefined` when the object does not
 * exist.
 */
async function downloadTo(bucket: Bucket, key: string, target: string): Promise<number | undefined> {
  const facts = await bucket.head(key)
  if (facts === undefined) return undefined
  await mkdir(dirname(target), { recursive: true })
  const temporary = join(dirname(target), `.${randomUUID()}.tmp`)
  const file = await open(temporary, 'wx')
  try {
    const offsets = Array.from({ length: Math.ceil(facts.size / partBytes) }, (_, part) => part * partBytes)
    await inTurns(offsets, 4, async (offset) => {
      const length = Math.min(partBytes, facts.size - offset)
      const bytes = await bucket.get(key, { offset, length })
      if (bytes?.length !== length) throw new Error(`${bucket.name}${key} changed while it was read`)
      await file.write(bytes, 0, length, offset)
    })
    await file.close()
    await rename(temporary, target)
  } catch (cause) {
    await file.close()
    await rm(temporary, { force: true })
    throw cause
  }
  return facts.size
}
