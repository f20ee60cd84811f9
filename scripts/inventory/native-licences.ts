/** What the binaries are made of, and under which licence each part is: none of the packages tells it. */

export interface Library {
  readonly name: string
  readonly licence: string
  readonly files: RegExp
  readonly version: (text: string, file: string) => string | undefined
}

const found =
  (pattern: RegExp): Library['version'] =>
  (text) =>
    pattern.exec(text)?.[1]

/** Of 20904: 2.9.4. */
const dotted = (number: string): string => [0, 1, 2].map((at) => Math.trunc(Number(number) / 100 ** (2 - at)) % 100).join('.')

const foundDotted =
  (pattern: RegExp): Library['version'] =>
  (text) => {
    const number = pattern.exec(text)?.[1]
    return number === undefined ? undefined : dotted(number)
  }

export const postgresLibraries: readonly Library[] = [
  { name: 'postgresql', licence: 'PostgreSQL', files: /^lib(pq|ecpg|ecpg_compat|pgtypes)\./, version: found(/\(PostgreSQL\) (\d+\.\d+)/) },
  { name: 'openssl', licence: 'OpenSSL', files: /^lib(crypto|ssl)\./, version: found(/OpenSSL (\d+\.\d+\.\d+[a-z]*) /) },
  { name: 'icu', licence: 'ICU', files: /^libicu/, version: (_, file) => /\.so\.(\d+\.\d+)$/.exec(file)?.[1] },
  { name: 'libxml2', licence: 'MIT AND ISC', files: /^libxml2\./, version: foundDotted(/(2\d{4})\0+xmlGe/) },
  { name: 'libxslt', licence: 'X11', files: /^libxslt\./, version: foundDotted(/\0(1\d{4})(?:-|\0)/) },
  { name: 'zlib', licence: 'Zlib', files: /^libz\./, version: found(/deflate (\d+\.\d+\.\d+)/) },
  { name: 'liblzma', licence: 'LicenseRef-public-domain', files: /^liblzma\./, version: found(/\0(5\.\d+\.\d+)\0/) },
  { name: 'ossp-uuid', licence: 'LicenseRef-ossp-uuid', files: /^libossp-uuid\./, version: found(/OSSP uuid (\d+\.\d+\.\d+) /) },
]

export const duckdbLicences: Readonly<Record<string, string>> = {
  adbc: 'Apache-2.0',
  apache: 'Apache-2.0',
  brotli: 'MIT',
  fast_float: 'MIT',
  fastpforlib: 'Apache-2.0',
  fmt: 'MIT',
  fsst: 'MIT',
  hll: 'MIT AND BSD-3-Clause',
  httplib: 'MIT',
  icu: 'ICU',
  jaro_winkler: 'MIT',
  jemalloc: 'BSD-2-Clause',
  libpgquery: 'BSD-3-Clause AND PostgreSQL',
  lz4: 'BSD-2-Clause',
  mbedtls: 'Apache-2.0',
  miniz: 'MIT',
  moodycamel: 'BSD-2-Clause',
  nanoarrow: 'Apache-2.0',
  parquet: 'Apache-2.0',
  pdqsort: 'Zlib',
  re2: 'BSD-3-Clause',
  ska_sort: 'BSL-1.0',
  skiplistlib: 'MIT',
  snappy: 'BSD-3-Clause',
  tdigest: 'Apache-2.0',
  utf8proc: 'MIT',
  vergesort: 'MIT',
  yyjson: 'MIT',
  zstd: 'BSD-3-Clause',
}

export const nodeLicences: Readonly<Record<string, string>> = {
  acorn: 'MIT',
  ada: 'MIT',
  amaro: 'MIT',
  ares: 'MIT',
  brotli: 'MIT',
  icu: 'Unicode-3.0',
  llhttp: 'MIT',
  merve: 'MIT',
  nbytes: 'MIT',
  ncrypto: 'MIT',
  nghttp2: 'MIT',
  openssl: 'Apache-2.0',
  simdjson: 'Apache-2.0',
  simdutf: 'MIT',
  sqlite: 'blessing',
  undici: 'MIT',
  uv: 'MIT',
  uvwasi: 'MIT',
  v8: 'BSD-3-Clause',
  zlib: 'Zlib',
  zstd: 'BSD-3-Clause',
}
