import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

const workspace = resolve(import.meta.dirname, '../../..')

export const chainLength = 40

export interface BenchProject {
  readonly root: string
  readonly projectDir: string
  readonly stateDir: string
  /** One line an execution: task, attempt, process id, milliseconds of the machine's monotonic clock. */
  readonly marks: string
}

/** A project whose tasks do nothing, or tell when they began. */
export async function writeProject(
  root: string,
  sizes: { readonly wide: number; readonly crowd: number; readonly outputs?: number },
): Promise<BenchProject> {
  const projectDir = join(root, 'projects', 'bench')
  const marks = join(root, 'marks')
  const mark = `appendFileSync(${JSON.stringify(marks)}, [task.name, task.attempt, process.pid, Number(process.hrtime.bigint()) / 1e6].join(' ') + '\\n')`
  const files = {
    'package.json': '{ "type": "module" }',
    'projects/bench/package.json': '{ "type": "module" }',
    'projects/bench/sluice.config.ts': `import { project } from 'sluice'\nexport default project({ name: 'bench' })\n`,
    'projects/bench/pipelines/chain.ts': `import { pipeline, task } from 'sluice'
const steps = []
for (let n = 0; n < ${chainLength}; n++) steps.push(task({ name: 'step' + n, after: steps.slice(-1), run: () => {} }))
export default pipeline({ name: 'chain', steps })
`,
    'projects/bench/pipelines/single.ts': `import { pipeline, task } from 'sluice'
export default pipeline({ name: 'single', steps: [task({ name: 'only', run: () => Number(process.hrtime.bigint()) / 1e6 })] })
`,
    'projects/bench/pipelines/wide.ts': `import { pipeline, task } from 'sluice'
export default pipeline({ name: 'wide', steps: Array.from({ length: ${sizes.wide} }, (_, n) => task({ name: 'task' + n, run: () => {} })) })
`,
    'projects/bench/pipelines/outputs.ts': `import { pipeline, task } from 'sluice'
const answer = () => String(Math.random()).padEnd(16_000, '.')
export default pipeline({ name: 'outputs', steps: Array.from({ length: ${sizes.outputs ?? 1} }, (_, n) => task({ name: 'task' + n, run: answer })) })
`,
    'projects/bench/pipelines/hold.ts': `import { appendFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { pipeline, task } from 'sluice'
const hold = task({ name: 'hold', run: async (_, { task }) => {
  ${mark}
  if (task.attempt === 1) await delay(600_000)
} })
export default pipeline({ name: 'hold', steps: [hold] })
`,
    'projects/bench/pipelines/crowd.ts': `import { appendFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { pipeline, task } from 'sluice'
const crowd = Array.from({ length: ${sizes.crowd} }, (_, n) => task({ name: 'task' + n, run: async (_, { task }) => {
  ${mark}
  await delay(5)
} }))
export default pipeline({ name: 'crowd', steps: crowd })
`,
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  await symlink(join(workspace, 'node_modules'), join(root, 'node_modules'))
  await writeFile(marks, '')
  return { root, projectDir, stateDir: join(root, '.sluice'), marks }
}
