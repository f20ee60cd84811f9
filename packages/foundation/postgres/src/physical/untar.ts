import { chmod, mkdir, open } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { postgresErrors } from '../errors.ts'

const block = 512

/** Bytes of a stream, as many as are asked for. */
class Reader {
  readonly #source: AsyncIterator<Buffer>
  #waiting: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** At most so many; `undefined` at the end. */
  async some(most: number): Promise<Buffer | undefined> {
    while (this.#waiting.length === 0) {
      const next = await this.#source.next()
      if (next.done === true) return undefined
      this.#waiting = next.value
    }
    const part = this.#waiting.subarray(0, most)
    this.#waiting = this.#waiting.subarray(part.length)
    return part
  }

  async all(bytes: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = []
    for (let left = bytes; left > 0; ) {
      const part = await this.some(left)
      if (part === undefined) return undefined
      parts.push(part)
      left -= part.length
    }
    return Buffer.concat(parts)
  }
}

/** Unpacks a tar of PostgreSQL: files and folders, for their owner alone. Links, which only tablespaces need, are refused. */
export async function untar(source: AsyncIterable<Buffer>, folder: string): Promise<void> {
  const reader = new Reader(source)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (let head = await reader.all(block); head !== undefined; head = await reader.all(block)) {
    if (head.every((byte) => byte === 0)) continue
    const { path, size, isFolder } = entryOf(head)
    const at = join(folder, path)
    if (isFolder) {
      await mkdir(at, { recursive: true, mode: 0o700 })
      continue
    }
    await mkdir(dirname(at), { recursive: true, mode: 0o700 })
    const file = await open(at, 'w', 0o600)
    try {
      for (let left = size; left > 0; ) {
        const part = await reader.some(left)
        if (part === undefined) throw cut()
        await file.writeFile(part)
        left -= part.length
      }
      await file.datasync()
    } finally {
      await file.close()
    }
    const padding = (block - (size % block)) % block
    if (padding > 0 && (await reader.all(padding)) === undefined) throw cut()
  }
  await chmod(folder, 0o700)
}

const cut = () => postgresErrors.failed('the tar of the base backup was cut', { next: 'Use another backup.' })

/** A header of ustar (POSIX.1-1988); sizes over 8 GB are binary, as GNU and PostgreSQL write them. */
function entryOf(head: Buffer): { readonly path: string; readonly size: number; readonly isFolder: boolean } {
  const text = (from: number, length: number): string =>
    head
      .subarray(from, from + length)
      .toString('utf8')
      .replace(/\0.*$/s, '')
  const prefix = text(345, 155)
  const path = normalize(prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`)
  const size = ((head[124] ?? 0) & 0x80) === 0 ? Number.parseInt(text(124, 12).trim() || '0', 8) : Number(head.readBigUInt64BE(128))
  const kind = text(156, 1)
  if ((kind !== '' && kind !== '0' && kind !== '5') || path.startsWith('..') || path.startsWith('/')) {
    throw postgresErrors.failed(`the base backup holds ${path}, which is neither a file nor a folder of the data directory`, {
      next: 'A server with tablespaces is saved logically: sluice backup.',
    })
  }
  return { path, size, isFolder: kind === '5' }
}
