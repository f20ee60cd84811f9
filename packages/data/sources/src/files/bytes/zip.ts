import { type FileHandle, open } from 'node:fs/promises'
import { fileErrors } from '../../errors.ts'
import type { FileAtHand } from '../reader.ts'

/** The one file in a zip. */
export interface ZipMember {
  readonly name: string
  /** 0: stored, 8: deflated. */
  readonly method: 0 | 8
  readonly start: number
  readonly packedBytes: number
  readonly bytes: number
  readonly crc: number
}

const endBytes = 22
const mostComment = 65_535
const entryBytes = 46

/**
 * The member of a zip that has one, folders aside (PKWARE APPNOTE 4.3). Zip64 is read where the file needs it.
 * @throws `file.damaged`, `file.encrypted`, `file.unsupported` for several members and for other ways of packing
 */
export async function onlyMember(file: FileAtHand): Promise<ZipMember> {
  await using handle = await open(file.path)
  const { at, bytes, entries } = await directoryOf(handle, file)
  if (at + bytes > file.bytes || bytes > 64 * 2 ** 20) throw damaged(file, 'its directory lies outside of it')
  const directory = await bytesAt(handle, at, bytes)
  const members: { readonly name: string; readonly place: number }[] = []
  for (let place = 0, entry = 0; entry < entries; entry++) {
    if (place + entryBytes > directory.length || directory.readUInt32LE(place) !== 0x02014b50) throw damaged(file, 'its directory is wrong')
    const nameBytes = directory.readUInt16LE(place + 28)
    const name = directory.toString('utf8', place + entryBytes, place + entryBytes + nameBytes)
    // What macOS puts beside each file is not a file of anybody.
    if (!name.endsWith('/') && !name.startsWith('__MACOSX/')) members.push({ name, place })
    place += entryBytes + nameBytes + directory.readUInt16LE(place + 30) + directory.readUInt16LE(place + 32)
  }
  const [member, ...others] = members
  if (member === undefined) throw damaged(file, 'it has no file in it')
  if (others.length > 0)
    throw fileErrors.unsupported(`${file.name}: the zip holds ${members.length} files, where one is read`, {
      facts: { file: file.name, members: members.slice(0, 20).map(({ name }) => name) },
      next: 'Unpack it, and pull the files that are meant.',
    })
  return await memberAt(handle, file, directory, member)
}

async function memberAt(
  handle: FileHandle,
  file: FileAtHand,
  directory: Buffer,
  { name, place }: { readonly name: string; readonly place: number },
): Promise<ZipMember> {
  if ((directory.readUInt16LE(place + 8) & 1) === 1)
    throw fileErrors.encrypted(`${file.name}: "${name}" in the zip is protected by a password`, {
      facts: { file: file.name, member: name },
      next: 'Unpack it with its password, and pull what is in it.',
    })
  const method = directory.readUInt16LE(place + 10)
  if (method !== 0 && method !== 8)
    throw fileErrors.unsupported(`${file.name}: "${name}" in the zip is packed by method ${method}`, {
      facts: { file: file.name, member: name, method },
      next: 'Unpack it, or pack it anew by the usual method (deflate).',
    })
  const sizes = sizesOf(directory, place)
  const header = await bytesAt(handle, sizes.start, 30)
  if (header.length < 30 || header.readUInt32LE(0) !== 0x04034b50) throw damaged(file, `"${name}" does not begin where its directory says`)
  const start = sizes.start + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  if (start + sizes.packed > file.bytes) throw damaged(file, `"${name}" lies outside of it`)
  return { name, method, start, packedBytes: sizes.packed, bytes: sizes.bytes, crc: directory.readUInt32LE(place + 16) }
}

/** Sizes of four bytes, or where they are all ones of eight in the extra field 1 (4.5.3). */
function sizesOf(directory: Buffer, place: number): { readonly packed: number; readonly bytes: number; readonly start: number } {
  const small = {
    bytes: directory.readUInt32LE(place + 24),
    packed: directory.readUInt32LE(place + 20),
    start: directory.readUInt32LE(place + 42),
  }
  const from = place + entryBytes + directory.readUInt16LE(place + 28)
  const extra = directory.subarray(from, from + directory.readUInt16LE(place + 30))
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue
    let next = at + 4
    const wide = (size: number): number => {
      if (size !== 0xffffffff || next + 8 > extra.length) return size
      next += 8
      return Number(extra.readBigUInt64LE(next - 8))
    }
    const bytes = wide(small.bytes)
    const packed = wide(small.packed)
    return { bytes, packed, start: wide(small.start) }
  }
  return small
}

async function directoryOf(handle: FileHandle, file: FileAtHand): Promise<{ at: number; bytes: number; entries: number }> {
  const from = Math.max(0, file.bytes - endBytes - mostComment)
  const tail = await bytesAt(handle, from, file.bytes - from)
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end === -1 || end + endBytes > tail.length) throw damaged(file, 'its end is missing')
  const small = { entries: tail.readUInt16LE(end + 10), bytes: tail.readUInt32LE(end + 12), at: tail.readUInt32LE(end + 16) }
  if (small.entries !== 0xffff && small.at !== 0xffffffff && small.bytes !== 0xffffffff) return small
  const locator = end - 20
  if (locator < 0 || tail.readUInt32LE(locator) !== 0x07064b50) return small
  const wide = await bytesAt(handle, Number(tail.readBigUInt64LE(locator + 8)), 56)
  if (wide.length < 56 || wide.readUInt32LE(0) !== 0x06064b50) throw damaged(file, 'its directory is wrong')
  return { entries: Number(wide.readBigUInt64LE(32)), bytes: Number(wide.readBigUInt64LE(40)), at: Number(wide.readBigUInt64LE(48)) }
}

async function bytesAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await handle.read(bytes, 0, length, position)
  return bytes.subarray(0, bytesRead)
}

const damaged = (file: FileAtHand, why: string) =>
  fileErrors.damaged(`${file.name}: the zip is cut off or damaged: ${why}`, {
    facts: { file: file.name },
    next: 'Fetch the file again from where it comes from.',
  })
