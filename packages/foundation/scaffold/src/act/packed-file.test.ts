import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { versionOrFile } from './packed-file.ts'

function packed(): string {
  const folder = mkdtempSync(join(tmpdir(), 'packed file '))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'sluice-0.0.0.tgz'), '')
  return join(folder, 'sluice-0.0.0.tgz')
}

test('a file is named by its whole path, from wherever it was given', () => {
  const file = packed()
  expect([file, relative('.', file), `file:${file}`].map(versionOrFile)).toEqual([file, file, file])
})

test.each(['^1.2.3', '1.2.3', 'latest', 'https://example.org/sluice-1.2.3.tgz', 'npm:sluice@1'])('%s stays as it is', (version) => {
  expect(versionOrFile(version)).toBe(version)
})

test('a file that is not there is refused before anything is written, with the one that may be meant', () => {
  const file = packed()
  const refusal = (given: string) => {
    try {
      return versionOrFile(given)
    } catch (thrown) {
      return thrown
    }
  }
  expect(refusal(file.replace('0.0.0', '0.1.0'))).toMatchObject({
    code: 'request.invalid',
    message: expect.stringContaining('sluice-0.1.0.tgz is not there'),
    next: `Did you mean ${file}?`,
  })
  expect(refusal('nowhere/x.tgz')).toMatchObject({ next: expect.stringContaining('npm run pack') })
})
