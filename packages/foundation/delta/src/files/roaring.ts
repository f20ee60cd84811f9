import { unreachable } from '../errors.ts'
/**
 * Row positions of one data file: ascending whole numbers from 0 to 2^53, without repetition. Doubles hold them exactly at eight bytes a
 * row, can be sorted natively, and have no limit of 2^32.
 */
export type Positions = Float64Array

const magic = 1681511377
/**
 * The form of the inline example in the protocol, which early writers used: magic number, count and the size of each bitmap are big-endian
 * integers.
 */
const oldMagic = 1681511376
const cookieWithRuns = 12347
const cookieWithoutRuns = 12346
/** In the form with runs, a bucket of fewer containers has no offsets. */
const offsetsFrom = 4
const arrayLimit = 4096
const bitmapBytes = 8192
const bucketSize = 2 ** 32
const containerSize = 65536

/** A vector of more rows is treated as broken, because it would not fit into memory. */
const maxCardinality = 2 ** 28

/** Says why the bytes are not a bitmap. */
export class RoaringError extends Error {}

/**
 * Decodes the form of PROTOCOL.md, Deletion Vector Format: magic number, count of buckets, and for each bucket its upper 32 bits and a
 * bitmap of the lower ones. Throws `RoaringError` on any other input, before it allocates more than the bytes can describe.
 */
export function decodePositions(bytes: Uint8Array): Positions {
  const buckets = readBuckets(new Reader(bytes))
  const total = buckets.reduce((sum, { containers }) => sum + containers.reduce((rows, { cardinality }) => rows + cardinality, 0), 0)
  if (total > maxCardinality) throw new RoaringError(`it contains more than ${maxCardinality} rows`)
  const positions = new Float64Array(total)
  let at = 0
  for (const { base, containers } of buckets) for (const container of containers) at = fill(positions, at, base, container)
  if (at !== total) throw new RoaringError('a container does not contain the number of rows that it declares')
  for (let i = 1; i < total; i++)
    if ((positions[i] ?? 0) <= (positions[i - 1] ?? 0)) throw new RoaringError('its rows are not in ascending order')
  return positions
}

interface Bucket {
  readonly base: number
  readonly containers: readonly Container[]
}

function readBuckets(reader: Reader): Bucket[] {
  const first = reader.take(4)
  const old = first.getUint32(0) === oldMagic
  if (!old && first.getUint32(0, true) !== magic) throw new RoaringError('the magic number is wrong')
  const count = old ? reader.take(4).getUint32(0) : reader.uint32()
  if ((!old && reader.uint32() !== 0) || count > reader.left) throw new RoaringError(`${count} buckets are impossible`)
  let last = -1
  return Array.from({ length: count }, (_, index) => {
    const key = old ? index : reader.uint32()
    if (old) reader.take(4)
    if (key <= last || key >= 2 ** 21) throw new RoaringError('the keys of the buckets are not in ascending order')
    last = key
    return { base: key * bucketSize, containers: readContainers(reader) }
  })
}

interface Container {
  readonly key: number
  readonly cardinality: number
  readonly form: 'runs' | 'array' | 'bitmap'
  readonly data: DataView
}

function readContainers(reader: Reader): Container[] {
  const cookie = reader.uint32()
  const withRuns = (cookie & 0xffff) === cookieWithRuns
  if (!withRuns && cookie !== cookieWithoutRuns) throw new RoaringError('a bucket has an unknown cookie')
  const count = withRuns ? (cookie >>> 16) + 1 : reader.uint32()
  if (count > containerSize) throw new RoaringError(`a bucket cannot have ${count} containers`)
  const flags = withRuns ? reader.take(Math.ceil(count / 8)) : undefined
  const header = reader.take(count * 4)
  if (!withRuns || count >= offsetsFrom) reader.take(count * 4)
  return Array.from({ length: count }, (_, index) => {
    const key = header.getUint16(index * 4, true)
    const cardinality = header.getUint16(index * 4 + 2, true) + 1
    if (flags !== undefined && ((flags.getUint8(index >> 3) >> (index & 7)) & 1) === 1)
      return { key, cardinality, form: 'runs', data: reader.take(reader.uint16() * 4) }
    if (cardinality <= arrayLimit) return { key, cardinality, form: 'array', data: reader.take(cardinality * 2) }
    return { key, cardinality, form: 'bitmap', data: reader.take(bitmapBytes) }
  })
}

/** Writes at most as many rows as the container declares. The caller compares the numbers. */
function fill(target: Positions, from: number, bucketBase: number, { key, cardinality, form, data }: Container): number {
  const base = bucketBase + key * containerSize
  let at = from
  switch (form) {
    case 'array':
      for (let i = 0; i < cardinality; i++) target[at++] = base + data.getUint16(i * 2, true)
      return at
    case 'bitmap':
      for (let word = 0; word < bitmapBytes / 4; word++) {
        let bits = data.getUint32(word * 4, true)
        while (bits !== 0) {
          const bit = 31 - Math.clz32(bits & -bits)
          target[at++] = base + word * 32 + bit
          bits &= bits - 1
        }
      }
      break
    case 'runs':
      for (let run = 0; run < data.byteLength / 4; run++) {
        const start = data.getUint16(run * 4, true)
        const end = start + data.getUint16(run * 4 + 2, true)
        if (end >= containerSize) throw new RoaringError('a run exceeds its container')
        for (let value = start; value <= end; value++) target[at++] = base + value
      }
      break
    default:
      return unreachable(form)
  }
  if (at - from !== cardinality) throw new RoaringError('a container does not contain the number of rows that it declares')
  return at
}

/**
 * The reverse of `decodePositions`. Each container takes the shortest of its three forms. Throws a `RangeError` for positions that do not
 * ascend.
 */
export function encodePositions(positions: Positions): Uint8Array {
  const out = new Writer(positions.length * 2 + 64)
  out.uint32(magic)
  const countAt = out.length
  out.uint32(0)
  out.uint32(0)
  let buckets = 0
  let last = -1
  for (let from = 0; from < positions.length; ) {
    const key = Math.floor((positions[from] ?? 0) / bucketSize)
    let to = from
    while (to < positions.length && Math.floor((positions[to] ?? 0) / bucketSize) === key) to++
    if (!(key > last)) throw new RangeError('Row positions must be whole numbers in ascending order.')
    last = key
    out.uint32(key)
    writeBucket(out, toContainers(positions, from, to, key * bucketSize))
    buckets++
    from = to
  }
  out.patchUint32(countAt, buckets)
  return out.bytes()
}

interface PlainContainer {
  readonly key: number
  readonly values: Uint16Array
  readonly runs: number
}

function toContainers(positions: Positions, from: number, to: number, base: number): PlainContainer[] {
  const containers: PlainContainer[] = []
  for (let start = from; start < to; ) {
    const key = Math.floor(((positions[start] ?? 0) - base) / containerSize)
    const offset = base + key * containerSize
    let end = start
    let runs = 0
    let last = -2
    while (end < to) {
      const value = (positions[end] ?? 0) - offset
      if (value >= containerSize) break
      if (!Number.isInteger(value) || value <= last || !((positions[end] ?? -1) >= 0))
        throw new RangeError('Row positions must be whole numbers in ascending order.')
      if (value !== last + 1) runs++
      last = value
      end++
    }
    containers.push({ key, values: Uint16Array.from(positions.subarray(start, end), (position) => position - offset), runs })
    start = end
  }
  return containers
}

function writeBucket(out: Writer, containers: readonly PlainContainer[]): void {
  const asRuns = containers.map(({ values, runs }) => 2 + runs * 4 < Math.min(values.length * 2, bitmapBytes))
  const withRuns = asRuns.includes(true)
  const start = out.length
  if (withRuns) {
    out.uint32(cookieWithRuns | ((containers.length - 1) << 16))
    const flags = new Uint8Array(Math.ceil(containers.length / 8))
    for (const [index, isRuns] of asRuns.entries()) if (isRuns) flags[index >> 3] = (flags[index >> 3] ?? 0) | (1 << (index & 7))
    out.put(flags)
  } else {
    out.uint32(cookieWithoutRuns)
    out.uint32(containers.length)
  }
  for (const { key, values } of containers) {
    out.uint16(key)
    out.uint16(values.length - 1)
  }
  const offsetsAt = out.length
  const withOffsets = !withRuns || containers.length >= offsetsFrom
  if (withOffsets) for (const _ of containers) out.uint32(0)
  for (const [index, container] of containers.entries()) {
    if (withOffsets) out.patchUint32(offsetsAt + index * 4, out.length - start)
    if (asRuns[index] === true) writeRuns(out, container)
    else if (container.values.length <= arrayLimit) for (const value of container.values) out.uint16(value)
    else out.put(toBitmap(container.values))
  }
}

function writeRuns(out: Writer, { values, runs }: PlainContainer): void {
  out.uint16(runs)
  for (let i = 0; i < values.length; ) {
    const first = values[i] ?? 0
    let length = 0
    while (values[i + length + 1] === first + length + 1) length++
    out.uint16(first)
    out.uint16(length)
    i += length + 1
  }
}

function toBitmap(values: Uint16Array): Uint8Array {
  const bits = new Uint8Array(bitmapBytes)
  for (const value of values) bits[value >> 3] = (bits[value >> 3] ?? 0) | (1 << (value & 7))
  return bits
}

class Reader {
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#view.byteLength - this.#at
  }

  take(length: number): DataView {
    if (this.#at + length > this.#view.byteLength) throw new RoaringError('it ends too early')
    const taken = new DataView(this.#view.buffer, this.#view.byteOffset + this.#at, length)
    this.#at += length
    return taken
  }

  uint16(): number {
    return this.take(2).getUint16(0, true)
  }

  uint32(): number {
    return this.take(4).getUint32(0, true)
  }
}

class Writer {
  #bytes: Uint8Array
  #view: DataView
  length = 0

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  #reserve(length: number): number {
    const at = this.length
    if (at + length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, at + length))
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    this.length += length
    return at
  }

  uint16(value: number): void {
    const at = this.#reserve(2)
    this.#view.setUint16(at, value, true)
  }

  uint32(value: number): void {
    const at = this.#reserve(4)
    this.#view.setUint32(at, value, true)
  }

  patchUint32(at: number, value: number): void {
    this.#view.setUint32(at, value, true)
  }

  put(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length)
    this.#bytes.set(bytes, at)
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.length)
  }
}
