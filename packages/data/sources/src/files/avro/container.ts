import type { FileHandle } from 'node:fs/promises'
import { fileErrors } from '../../errors.ts'
import { openFile } from '../folder/open-file.ts'
import { AvroBytes } from './bytes.ts'

/** An object container file (Avro 1.12, Object Container Files): a header, and blocks of records with a mark behind each. */
export interface Container extends AsyncDisposable {
  readonly schema: string
  readonly codec: string
  blocks(): AsyncGenerator<Block, void, undefined>
}

export interface Block {
  /** From 1. */
  readonly number: number
  readonly records: number
  readonly packed: Buffer
}

const pieceBytes = 1_048_576
const longestHeader = 67_108_864
const longestBlock = 268_435_456

export async function openContainer(path: string): Promise<Container> {
  const file = await openFile(path)
  try {
    const reader = new FileReader(file)
    const { schema, codec, mark } = await headerOf(reader)
    return { schema, codec, blocks: () => blocksOf(reader, mark), [Symbol.asyncDispose]: () => file.close() }
  } catch (thrown) {
    await file.close()
    throw thrown
  }
}

async function headerOf(reader: FileReader): Promise<{ readonly schema: string; readonly codec: string; readonly mark: Buffer }> {
  if (!(await reader.has(4)) || !reader.take(4).equals(Buffer.from('Obj\x01'))) throw notContainer()
  const entries = new Map<string, string>()
  const bytes = new AvroBytes()
  for (let wanted = pieceBytes; ; wanted *= 2) {
    const isAll = !(await reader.has(wanted))
    entries.clear()
    bytes.begin(reader.left)
    try {
      const text = (): string => {
        const length = bytes.length()
        const start = bytes.skip(length)
        return bytes.bytes.toString('utf8', start, start + length)
      }
      bytes.items(() => {
        const name = text()
        entries.set(name, text())
      })
      bytes.skip(16)
      break
    } catch (thrown) {
      if (!(thrown instanceof RangeError) || isAll) throw cutOff('its header')
      if (wanted > longestHeader) throw tooLong('its header', longestHeader)
    }
  }
  const header = reader.take(bytes.place)
  const schema = entries.get('avro.schema')
  if (schema === undefined) throw fileErrors.damaged('its header has no schema', { next: 'Ask whoever writes the file.' })
  return { schema, codec: entries.get('avro.codec') ?? 'null', mark: header.subarray(-16) }
}

async function* blocksOf(reader: FileReader, mark: Buffer): AsyncGenerator<Block, void, undefined> {
  const bytes = new AvroBytes()
  for (let number = 1; await reader.has(1); number++) {
    await reader.has(20)
    bytes.begin(reader.left)
    const [records, length] = headOf(bytes, number)
    if (length > longestBlock) throw tooLong(`its block ${number}`, longestBlock)
    reader.take(bytes.place)
    if (!(await reader.has(length + 16))) throw cutOff(`its block ${number}`)
    const packed = reader.take(length)
    // Without the mark nobody knows how many records were lost.
    if (!reader.take(16).equals(mark))
      throw fileErrors.damaged(`its block ${number} does not end where it says`, { facts: { block: number }, next: again })
    yield { number, records, packed }
  }
}

function headOf(bytes: AvroBytes, number: number): readonly [records: number, length: number] {
  try {
    const [records, length] = [bytes.length(), bytes.length()]
    if (records >= 0 && length >= 0) return [records, length]
  } catch {
    // The numbers go on behind the end of the file, or are none.
  }
  throw cutOff(`its block ${number}`)
}

/** Reads a file forwards, in pieces. */
class FileReader {
  readonly #file: FileHandle
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** What was read and not taken. */
  get left(): Buffer {
    return this.#bytes.subarray(this.#at)
  }

  /** Whether so many bytes are left in the file; they are read. */
  async has(count: number): Promise<boolean> {
    while (this.#bytes.length - this.#at < count) {
      const missing = count - (this.#bytes.length - this.#at)
      const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(Math.max(missing, pieceBytes)))
      if (bytesRead === 0) return false
      this.#bytes = Buffer.concat([this.left, buffer.subarray(0, bytesRead)])
      this.#at = 0
    }
    return true
  }

  take(count: number): Buffer {
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }
}

const again = 'Ask for the file again.'
const cutOff = (what: string): Error => fileErrors.damaged(`${what} is cut off or damaged`, { next: again })
const notContainer = (): Error =>
  fileErrors.damaged('it does not begin as an object container of Avro does', {
    next: 'Declare what it is: a message of Avro alone has no schema.',
  })
const tooLong = (what: string, limit: number): Error =>
  fileErrors.limit(`${what} has more than ${limit / 1_048_576} MiB`, { facts: { limit }, next: 'Have it written in smaller blocks.' })
