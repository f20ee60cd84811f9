import type { Compression } from '@sluice/author'

/** The first bytes of each form, in hexadecimal: RFC 1952, RFC 8878 (frames, and frames to skip), bzip2, APPNOTE 4.3.7 and 4.3.16. */
const beginnings: readonly (readonly [Compression, RegExp])[] = [
  ['gzip', /^1f8b/],
  ['zstd', /^(?:28b52ffd|5.2a4d18)/],
  ['bzip2', /^425a683[1-9](?:314159265359|177245385090)/],
  ['zip', /^504b(?:0304|0506)/],
]

/** How a file is packed, by its first bytes: the name of a file lies too often. */
export function compressionOf(head: Uint8Array): Compression {
  const text = Buffer.from(head.subarray(0, 16)).toString('hex')
  return beginnings.find(([, beginning]) => beginning.test(text))?.[0] ?? 'none'
}
