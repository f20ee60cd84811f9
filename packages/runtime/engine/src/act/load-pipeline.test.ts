import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pipelineLoader } from './load-pipeline.ts'

let stateDir: string
beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'sluice-steps-'))
})
afterAll(() => rm(stateDir, { recursive: true, force: true }))

test('a version whose file is gone is named, relative to the state or absolute, with the way out', async () => {
  const load = pipelineLoader(stateDir)
  const missing = { code: 'definition.broken', kind: 'permanent', next: expect.stringContaining('.sluice/versions') }
  await expect(load(1, 'versions/abc/shop/pipelines/sales.ts')).rejects.toMatchObject({
    ...missing,
    facts: { file: join(stateDir, 'versions/abc/shop/pipelines/sales.ts') },
  })
  await expect(load(2, join(stateDir, 'gone.ts'))).rejects.toMatchObject({ ...missing, facts: { file: join(stateDir, 'gone.ts') } })
})

test('a file without a pipeline says so', async () => {
  await writeFile(join(stateDir, 'nothing.mjs'), 'export default 1\n')
  await expect(pipelineLoader(stateDir)(3, 'nothing.mjs')).rejects.toThrow('has no pipeline as its default export')
})
