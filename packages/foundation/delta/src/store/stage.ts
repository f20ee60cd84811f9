import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Bucket } from './bucket.ts'
import type { Hold } from './store.ts'

export interface StageOptions {
  /** Local folder that DuckDB reads and writes. For one store of one process: another one would make room by deleting what this one reads. */
  readonly folder: string
  /** Room for copies of data files, bytes; 10 GiB by default. Exceeded rather than that a file in use goes. */
  readonly limitBytes?: number
  /** How long a fetched file stays at least without a hold, longer than any query runs; 1 hour by default. */
  readonly keepMs?: number
}

interface Copy {
  readonly size: number
  usedMs: number
}

/** Local copies of a table's files. They never change, so a copy that is there is right; only what lies in `_delta_log` is asked for anew. */
export interface Stage {
  readonly root: string
  at(path: string): string
  /** Size of the copy, `undefined` when there is none. */
  sizeOf(path: string): Promise<number | undefined>
  fetch(path: string, key: string): Promise<void>
  /** DuckDB wrote it here and the bucket has it now. */
  added(path: string, size: number): void
  remove(path: string): Promise<void>
  hold(): Hold
  /** Deletes the least recently used copies until the limit holds. */
  trim(): Promise<void>
}

const partBytes = 8 * 2 ** 20

export function createStage(bucket: Bucket, { folder, limitBytes = 10 * 2 ** 30, keepMs = 3_600_000 }: StageOptions): Stage {
  const root = resolve(folder)
  mkdirSync(root, { recursive: true })
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

  /** What an earlier process left here counts too. Files that DuckDB is writing are young. */
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
      // Counted as held before the download: a trim meanwhile must not take it.
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

/** Whole or not at all, in parts that are tried again one by one; `undefined` when the object does not exist. */
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

/** At most `width` at once; the first failure stops the rest. */
export async function inTurns<T>(items: readonly T[], width: number, act: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0
  let failed = false
  const worker = async () => {
    while (next < items.length && !failed) {
      const index = next++
      await act(items[index] as T, index).catch((cause: unknown) => {
        failed = true
        throw cause
      })
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
}
