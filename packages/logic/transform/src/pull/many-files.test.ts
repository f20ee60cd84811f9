import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { long } from '@sluice/core/testing'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'sluice many files '))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const script = join(import.meta.dirname, 'many-files.cases.ts')
const run = async (...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [script, ...args], { maxBuffer: 1 << 24 })).stdout

interface Told {
  readonly ms: number
  readonly cpuMs: number
  readonly peakMb: number
  readonly files: Readonly<Record<string, number>>
}

async function pulled(count: number): Promise<Told> {
  const root = join(folder, String(count))
  await run('make', root, String(count))
  // The first pull keeps what the receipts tell beside the table.
  await run('pull', root)
  for (let file = 0; file < 10; file++) writeFileSync(join(root, 'inbox', String(file), `new ${file}.csv`), `id,note\n${file},new\n`)
  const told = JSON.parse(await run('pull', root)) as Told
  expect(told.files).toMatchObject({ found: count + 10, new: 10, unchanged: count, moved: 0, vanished: 0 })
  return told
}

test.runIf(long)('ten new files among 200,000 known ones are found and pulled in less than 1,200 MB', async () => {
  const [few, many] = [await pulled(2_000), await pulled(200_000)]
  const tell = ({ ms, cpuMs, peakMb }: Told): string => `${ms} ms, ${cpuMs} ms of a processor, at most ${peakMb} MB`
  console.info(`2,000 files: ${tell(few)}; 200,000 files: ${tell(many)}`)
  expect(many.peakMb).toBeLessThan(1_200)
})
