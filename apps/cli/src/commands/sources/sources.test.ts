import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installed } from '@sluice/core/testing/installed'
import { afterAll, beforeAll, expect, test } from 'vitest'

const { bin } = installed()
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice sources '))
  await writeFile(join(folder, 'orders.csv'), 'id;total\n1;1.50\n2;22.75\n')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** In a folder without a platform. */
const sluice = async (...words: readonly string[]) =>
  await promisify(execFile)(process.execPath, [bin, 'sources', ...words], { cwd: folder }).catch(
    (error: { readonly stdout: string; readonly stderr: string; readonly code: number }) => error,
  )

test('sniff and convert work without a platform', async () => {
  const sniffed = await sluice('sniff', 'orders.csv')
  expect(sniffed.stdout).toContain('id integer  total decimal(18, 2)')
  expect(sniffed.stdout).toContain('pull({ from: ordersFiles, into: orders })')
  const { columns } = JSON.parse((await sluice('sniff', 'orders.csv', '--delimiter', ',', '--json')).stdout) as { columns: unknown }
  expect(columns).toMatchObject([{ name: 'id;total', type: 'text' }])
  const done = JSON.parse((await sluice('convert', 'orders.csv', 'orders.jsonl', '--json')).stdout) as object
  expect(done).toMatchObject({ rowsIn: 2, rowsWritten: 2, rowsQuarantined: 0, detected: { format: 'csv', delimiter: ';' } })
  const again = await sluice('convert', 'orders.csv', 'orders.jsonl')
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('--overwrite') })
  expect((await sluice('convert', 'orders.csv', 'orders.jsonl', '--overwrite')).stdout).toContain('2 rows in, 2 written')
})
