import { open, realpath } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { notFound } from '@sluice/core'

const chunkBytes = 64 * 1024
const pollMs = 200

/** Where an attempt's log is. @throws `not_found` for a name that leads out of the state directory. */
export async function logPath(stateDir: string, log: string): Promise<string> {
  const root = await realpath(resolve(stateDir))
  const path = resolve(root, log)
  const real = await realpath(path).catch(() => path)
  if (real.startsWith(join(root, 'logs') + sep)) return real
  throw notFound('the attempt has no log below the state directory', { facts: { log } })
}

/**
 * The bytes of a log from its start. With `ended` the file is read further as it grows, until `ended` says that nothing more will be
 * written. A file that does not exist yet counts as empty.
 */
export async function* readLog(path: string, signal: AbortSignal, ended?: () => Promise<boolean>): AsyncGenerator<Uint8Array> {
  let at = 0
  for (;;) {
    // Asked before the file is read: what was written before the end is then surely seen.
    const last = ended === undefined || (await ended())
    for await (const chunk of bytesFrom(path, at)) {
      at += chunk.byteLength
      yield chunk
    }
    if (last || signal.aborted) return
    await delay(pollMs, undefined, { signal }).catch(() => undefined)
  }
}

async function* bytesFrom(path: string, start: number): AsyncGenerator<Uint8Array> {
  const file = await open(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) return
  try {
    for (let at = start; ; ) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(chunkBytes), 0, chunkBytes, at)
      if (bytesRead === 0) return
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}
