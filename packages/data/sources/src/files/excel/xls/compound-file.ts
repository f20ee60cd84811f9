import { fileErrors } from '../../../errors.ts'

/** The streams of a compound file ([MS-CFB]): a file system in a file, with sectors and a table that says which comes next. */
export interface CompoundFile {
  readonly names: readonly string[]
  stream(name: string): Buffer | undefined
}

const endOfChain = 0xfffffffe

export function compoundFile(file: Buffer): CompoundFile {
  if (file.length < 512) throw cutOff()
  const sectorBytes = 1 << file.readUInt16LE(30)
  if (sectorBytes !== 512 && sectorBytes !== 4_096) throw cutOff()
  const sector = (number: number): Buffer => {
    const start = (number + 1) * sectorBytes
    if (start >= file.length) throw cutOff()
    return file.subarray(start, start + sectorBytes)
  }
  const table = tableOf(file, sector)
  /** Each sector stands in one chain once: a chain that is longer than the file goes in a circle. */
  function chain(first: number, next: Uint32Array, most: number): readonly number[] {
    const sectors: number[] = []
    for (let at = first; at !== endOfChain; at = next[at] ?? endOfChain) {
      if (at >= next.length || sectors.length >= most) throw cutOff()
      sectors.push(at)
    }
    return sectors
  }
  const read = (first: number): Buffer => Buffer.concat(chain(first, table, table.length).map(sector))
  const directory = read(file.readUInt32LE(48))
  const entries = Array.from({ length: Math.floor(directory.length / 128) }, (_, index) => entryOf(directory.subarray(index * 128)))
  const root = entries.find(({ type }) => type === 5)
  const smallest = file.readUInt32LE(56)
  const firstOfSmall = file.readUInt32LE(60)
  let small: { readonly table: Uint32Array; readonly bytes: Buffer } | undefined
  return {
    names: entries.filter(({ type }) => type === 2).map(({ name }) => name),
    stream(name) {
      const entry = entries.find((each) => each.type === 2 && each.name.toLowerCase() === name.toLowerCase())
      if (entry === undefined) return undefined
      if (entry.bytes > file.length) throw cutOff()
      if (entry.bytes >= smallest) return read(entry.first).subarray(0, entry.bytes)
      small ??= {
        table: firstOfSmall === endOfChain ? new Uint32Array() : words(read(firstOfSmall)),
        bytes: root === undefined || root.bytes === 0 ? Buffer.alloc(0) : read(root.first),
      }
      const { table: next, bytes } = small
      const pieces = entry.bytes === 0 ? [] : chain(entry.first, next, next.length)
      return Buffer.concat(pieces.map((each) => bytes.subarray(each * 64, each * 64 + 64))).subarray(0, entry.bytes)
    },
  }
}

interface Entry {
  readonly name: string
  readonly type: number
  readonly first: number
  readonly bytes: number
}

function entryOf(entry: Buffer): Entry {
  const nameBytes = Math.min(Math.max(entry.readUInt16LE(64) - 2, 0), 62)
  return {
    name: entry.toString('utf16le', 0, nameBytes),
    type: entry.readUInt8(66),
    first: entry.readUInt32LE(116),
    bytes: entry.readUInt32LE(120),
  }
}

/** 109 of its sectors stand in the header; those that hold the others form a chain, whose last word leads on. */
function tableOf(file: Buffer, sector: (number: number) => Buffer): Uint32Array {
  const sectors: number[] = []
  for (let index = 0; index < 109; index++) sectors.push(file.readUInt32LE(76 + index * 4))
  let next = file.readUInt32LE(68)
  for (let left = file.readUInt32LE(72); left > 0 && next < 0xfffffffa; left--) {
    const more = words(sector(next))
    sectors.push(...more.subarray(0, -1))
    next = more.at(-1) ?? endOfChain
    if (sectors.length > file.length / 4) throw cutOff()
  }
  return words(Buffer.concat(sectors.filter((each) => each < 0xfffffffa).map(sector)))
}

function words(bytes: Buffer): Uint32Array {
  const out = new Uint32Array(Math.floor(bytes.length / 4))
  for (let index = 0; index < out.length; index++) out[index] = bytes.readUInt32LE(index * 4)
  return out
}

const cutOff = (): Error => fileErrors.damaged('it is cut off, or its directory is damaged', { next: 'Ask for the file again.' })
