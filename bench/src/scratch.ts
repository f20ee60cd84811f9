import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const cleanups = new Set<() => Promise<void>>()

/** Something to be undone when the benchmark ends, in whatever way: by itself, by an error, by a signal. Last in, first out, once. */
export function undo(work: () => Promise<void>): AsyncDisposable {
  let undone: Promise<void> | undefined
  const once = (): Promise<void> => (undone ??= work())
  cleanups.add(once)
  return {
    [Symbol.asyncDispose]: async () => {
      await once()
      cleanups.delete(once)
    },
  }
}

/** For signals. */
export async function undoAll(): Promise<void> {
  for (const work of [...cleanups].reverse()) await work().catch((error: unknown) => console.error(error))
}

/** A temporary folder, on the disk that `TMPDIR` names, that goes with the benchmark. */
export async function scratchFolder(name: string): Promise<AsyncDisposable & { readonly dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), `sluice-bench-${name}-`))
  return { dir, ...undo(() => rm(dir, { recursive: true, force: true, maxRetries: 3 })) }
}
