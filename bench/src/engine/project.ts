import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

const workspace = resolve(import.meta.dirname, '../../..')

export const chainLength = 40
export const waitingTasks = 64
export const waitMs = 1_000
export const tasksOfTen = 10

export interface BenchProject {
  readonly name: string
  readonly root: string
  readonly projectDir: string
  readonly stateDir: string
  /** One line an execution: task, attempt, process id, milliseconds of the machine's monotonic clock. */
  readonly marks: string
}

export interface Sizes {
  readonly wide: number
  readonly crowd: number
  readonly outputs?: number
  readonly fanIn?: number
}

/** A project whose tasks do nothing, wait, or tell when they began. */
export async function writeProject(root: string, sizes: Sizes): Promise<BenchProject> {
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
    ...Object.fromEntries(
      [
        ['fibo', chainLength, 10],
        ['long', 10, 33],
      ].map(([name, length, n]) => [
        `projects/bench/pipelines/${name}.ts`,
        `import { pipeline, task } from 'sluice'
const fibo = (n) => n < 2 ? n : fibo(n - 1) + fibo(n - 2)
const steps = []
for (let n = 0; n < ${length}; n++) steps.push(task({ name: 'step' + n, after: steps.slice(-1), run: () => { fibo(${n}) } }))
export default pipeline({ name: '${name}', steps })
`,
      ]),
    ),
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
    'projects/bench/pipelines/waits.ts': `import { setTimeout as delay } from 'node:timers/promises'
import { pipeline, task } from 'sluice'
const wait = async () => { await delay(${waitMs}) }
export default pipeline({ name: 'waits', steps: Array.from({ length: ${waitingTasks} }, (_, n) => task({ name: 'task' + n, run: wait })) })
`,
    'projects/bench/pipelines/ten.ts': `import { pipeline, task } from 'sluice'
const steps = []
for (let n = 0; n < ${tasksOfTen}; n++) steps.push(task({ name: 'task' + n, after: steps.slice(-1 - (n % 2), steps.length - (n % 2)), run: () => n }))
export default pipeline({ name: 'ten', maxActiveRuns: 10_000, steps })
`,
    'projects/bench/pipelines/fan_in.ts': `import { pipeline, task } from 'sluice'
const parts = Array.from({ length: ${sizes.fanIn ?? 1} }, (_, n) => task({ name: 'part' + n, run: () => ({ n, text: '.'.repeat(500) }) }))
const sum = task({ name: 'sum', needs: Object.fromEntries(parts.map((each, n) => ['part' + n, each])), run: (inputs) =>
  Object.values(inputs).reduce((total, each) => total + each.n, 0) })
export default pipeline({ name: 'fan_in', steps: [...parts, sum] })
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
  await writeFiles(root, files)
  await writeFile(marks, '')
  return { name: 'bench', root, projectDir, stateDir: join(root, '.sluice'), marks }
}

/** Several projects of one pipeline each, whose tasks wait. */
export async function writeProjects(root: string, count: number, tasks: number, taskMs: number): Promise<readonly BenchProject[]> {
  const names = Array.from({ length: count }, (_, n) => `project${n}`)
  await writeFiles(root, {
    'package.json': '{ "type": "module" }',
    'sluice.config.ts': `import { platform } from 'sluice'\nexport default platform({ projects: [], port: 0 })\n`,
    ...Object.fromEntries(names.flatMap((name) => Object.entries(filesOf(name, tasks, taskMs)))),
  })
  return names.map((name) => ({
    name,
    root,
    projectDir: join(root, 'projects', name),
    stateDir: join(root, '.sluice'),
    marks: join(root, 'marks'),
  }))
}

const filesOf = (name: string, tasks: number, taskMs: number): Readonly<Record<string, string>> => ({
  [`projects/${name}/package.json`]: '{ "type": "module" }',
  [`projects/${name}/sluice.config.ts`]: `import { project } from 'sluice'\nexport default project({ name: '${name}' })\n`,
  [`projects/${name}/pipelines/work.ts`]: `import { setTimeout as delay } from 'node:timers/promises'
import { pipeline, task } from 'sluice'
const work = async () => { await delay(${taskMs}) }
export default pipeline({ name: 'work_${name}', steps: Array.from({ length: ${tasks} }, (_, n) => task({ name: 'task' + n, run: work })) })
`,
})

async function writeFiles(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  await linkLibraries(root)
}

export const linkLibraries = (root: string): Promise<void> => symlink(join(workspace, 'node_modules'), join(root, 'node_modules'))
