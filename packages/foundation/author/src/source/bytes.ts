/** How the bytes of a file are packed. Found by its first bytes unless given. A zip holds one member. */
export type Compression = 'none' | 'gzip' | 'zstd' | 'bzip2' | 'zip'

/** How the characters of a file of text are written. Found by looking unless given. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'iso-8859-1' | 'windows-1252' | 'big5'

/** The compiler holds both lists complete. */
export const compressions = Object.keys({ none: 1, gzip: 1, zstd: 1, bzip2: 1, zip: 1 } satisfies Record<Compression, 1>)
export const encodings = Object.keys({
  'utf-8': 1,
  'utf-16le': 1,
  'utf-16be': 1,
  'iso-8859-1': 1,
  'windows-1252': 1,
  big5: 1,
} satisfies Record<Encoding, 1>)
