import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { generatedProject } from './generated-project.ts'
import { typeCheck } from './type-check.ts'

const root = resolve(import.meta.dirname, '../../../../..')
const modules = { author: resolve(import.meta.dirname, '../index.ts'), context: resolve(import.meta.dirname, 'context.ts') }

it('types cost a project in proportion to its size', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice types '))
  try {
    const checked = async (datasets: number) => await typeCheck(root, join(folder, String(datasets)), generatedProject(datasets, modules))
    const [none, one, two] = [await checked(5), await checked(50), await checked(100)]
    expect([none.faults, one.faults, two.faults]).toEqual([[], [], []])
    // Counts of the compiler, which do not depend on the machine: seen 1,180 a dataset with its share of models, loads, checks and tasks.
    const each = (two.instantiations - one.instantiations) / 50
    expect(each).toBeLessThan(2_000)
    expect(each / ((one.instantiations - none.instantiations) / 45)).toBeLessThan(1.1)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
