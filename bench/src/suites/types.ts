import { fileURLToPath } from 'node:url'
import { generatedProject, typeCheck } from '@sluice/author/testing'
import { atMost, type Measure, measure, median, noBar } from '../measure.ts'
import { scratchFolder } from '../scratch.ts'
import { rounds, scaled } from '../settings.ts'

/** What the types of a large project cost: 500 datasets of 12 columns, 500 models, 100 pipelines with a load, a task and a check each. */
export async function run(progress: (line: string) => void): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder('types')
  const datasets = scaled(500)
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const module = (name: string): string => fileURLToPath(import.meta.resolve(name))
  const files = generatedProject(datasets, { author: module('@sluice/author'), context: module('@sluice/author/testing/context') })
  const checks = []
  for (let round = 0; round < rounds(3); round++) {
    progress(`types of ${datasets} datasets, round ${round + 1}`)
    const check = await typeCheck(root, `${scratch.dir}/${round}`, files)
    if (check.faults.length > 0) throw new Error(`The generated project does not compile: ${check.faults[0] ?? ''}`)
    checks.push(check)
  }
  return [
    measure(`tsc of a project of ${datasets} datasets`, median(checks.map(({ seconds }) => seconds)), 's', atMost(5, 's')),
    measure('its memory', median(checks.map(({ megabytes }) => megabytes)), 'MB', noBar),
    measure('its instantiations', median(checks.map(({ instantiations }) => instantiations)), '', noBar),
  ]
}
