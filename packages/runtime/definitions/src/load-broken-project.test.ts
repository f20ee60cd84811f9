import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { busyProcesses } from './testing/busy-processes.ts'
import { good, type Shop, shopOnDisk } from './testing/shop.ts'

let platform: Shop
beforeEach(async () => {
  platform = await shopOnDisk()
})
afterEach(() => platform.remove())

const load: Shop['load'] = (...given) => platform.load(...given)
const errorsBeside: Shop['errorsBeside'] = (...given) => platform.errorsBeside(...given)

describe('a broken file beside a good one', () => {
  it('that throws is shown with its line, column and frame', async () => {
    const [error, ...more] = await errorsBeside({
      'pipelines/bad.ts':
        'const settings: { a?: { b: number } } = {}\n\nconst value = (settings.a as { b: number }).b\nexport default value\n',
    })
    expect(more).toEqual([])
    expect(error).toMatchObject({ project: 'shop', file: 'pipelines/bad.ts', line: 3, column: 45 })
    expect(error?.message).toBe("TypeError: Cannot read properties of undefined (reading 'b')")
    expect(error?.next).toMatch(/must not throw/)
    expect(error?.frame).toBe(
      [
        '  1 | const settings: { a?: { b: number } } = {}',
        '  2 |',
        '> 3 | const value = (settings.a as { b: number }).b',
        '    |                                             ^',
        '  4 | export default value',
        '  5 |',
      ].join('\n'),
    )
  })

  it('that throws something other than an error is shown', async () => {
    const [error] = await errorsBeside({ 'pipelines/bad.ts': "throw 'no'\n" })
    expect(error).toMatchObject({ file: 'pipelines/bad.ts', message: expect.stringContaining('not an error was thrown: no') })
  })

  it('that breaks a rule of the platform points at the call and says what to do', async () => {
    const [error] = await errorsBeside({
      'pipelines/bad.ts':
        "import { task } from 'sluice'\n\nconst one = task({ name: 'one', timeout: '30', run: () => 1 })\nexport default one\n",
    })
    expect(error).toMatchObject({
      file: 'pipelines/bad.ts',
      line: 3,
      message: '"30" is not a duration',
      next: expect.stringContaining("'30s'"),
    })
  })

  it.each([
    ['that the type stripper refuses', 'const a: number = 1\nconst b: = 2\n', 2, 10, /Unexpected token/],
    ['that V8 refuses early', 'const a: number = 1\nlet a = 2\nexport default a\n', 2, 5, /already been declared/],
    ['of a kind that cannot be stripped', '\nenum A { B }\n', 2, 1, /enum is not supported/],
    [
      'that imports a name that is not exported',
      "\nimport { nope } from 'sluice'\nnope()\n",
      2,
      10,
      /does not provide an export named 'nope'/,
    ],
  ])('with syntax %s is shown with its line', async (_, text, line, column, message) => {
    const [error, ...more] = await errorsBeside({ 'pipelines/bad.ts': text })
    expect(more).toEqual([])
    expect(error).toMatchObject({ file: 'pipelines/bad.ts', line, column, message: expect.stringMatching(message) })
    expect(error?.frame).toContain(`> ${line} |`)
  })

  it.each([
    ['a package', "import a from 'no-such-package'", "'no-such-package'", /Install no-such-package/],
    ['a file of a package', "import { a } from 'sluice/nope'", "'sluice/nope'", /correct the name/],
    ['a file', "import { a } from '../sources/none.ts'", "'../sources/none.ts'", /Correct the path/],
    ['a file by a name without ending', "import { pause } from '../sources/pause'", "'../sources/pause'", /'..\/sources\/pause.ts'/],
  ])('that imports %s that is not there names the import and its line', async (_, text, specifier, next) => {
    const [error] = await errorsBeside({ 'pipelines/bad.ts': `import 'sluice'\n\n${text}\nexport default 1\n` })
    expect(error).toMatchObject({
      file: 'pipelines/bad.ts',
      line: 3,
      column: text.indexOf(specifier) + 1,
      message: `Cannot find module ${specifier}`,
      next: expect.stringMatching(next),
    })
  })

  it.each([
    ['.gitignore names', 'made/names.ts', '.gitignore names made', /Take it out of \.gitignore/],
    ['a .gitignore below names', 'sources/own.ts', 'sources/.gitignore names sources/own.ts', /Take it out of sources\/\.gitignore/],
    ['is a fixture', 'fixtures/rows.ts', '(fixtures)', /another name or folder/],
    ['is a test', 'sources/a.test.ts', '(sources/a.test.ts)', /another name or folder/],
  ])('that imports a file which %s is told that it is there and left out', async (_, path, rule, next) => {
    const [error, ...more] = await errorsBeside({
      '.gitignore': '/made/\n',
      'sources/.gitignore': 'own.ts\n',
      [path]: 'export const a = 1\n',
      'pipelines/bad.ts': `import { a } from '../${path}'\nexport default a\n`,
    })
    expect(more).toEqual([])
    expect(error).toMatchObject({
      file: 'pipelines/bad.ts',
      line: 1,
      message: expect.stringContaining(rule),
      next: expect.stringMatching(next),
    })
    expect(error?.message).toMatch(/^Cannot find module '.*': the file is there, and is not part of a version, since /)
  })

  it('without a pipeline as its default export is told what to end with', async () => {
    const errors = await errorsBeside({
      'pipelines/none.ts': 'export const a = 1\n',
      'pipelines/other.ts': '\n\nexport default { a: 1 }\n',
    })
    expect(errors).toMatchObject([
      {
        file: 'pipelines/none.ts',
        line: 1,
        column: 1,
        message: 'there is no default export',
        next: expect.stringContaining('export default pipeline('),
      },
      { file: 'pipelines/other.ts', line: 3, column: 1, message: 'the default export is not a pipeline' },
    ])
  })

  it('with a second pipeline, which would never run, is told that a file holds one', async () => {
    const [first] = good.split('export default')
    const errors = await errorsBeside({
      'pipelines/two.ts': `${first}export const other = pipeline({ name: 'two', steps: [second] })\nexport default pipeline({ name: 'three', steps: [first] })\n`,
    })
    expect(errors).toMatchObject([
      { file: 'pipelines/two.ts', message: 'the pipeline two is exported as other, and only the default export of a file is run' },
    ])
  })

  it('with the name of a pipeline already defined is refused, and the first stays', async () => {
    const [error] = await errorsBeside({ 'pipelines/twin.ts': good })
    expect(error).toMatchObject({ file: 'pipelines/twin.ts', line: 6, message: 'pipeline "good" is already defined in pipelines/good.ts' })
  })

  it('with two steps of one name is refused at the second', async () => {
    const [error] = await errorsBeside({
      'pipelines/bad.ts': good.replaceAll("'good'", "'bad'").replace("name: 'second'", "name: 'first'"),
    })
    expect(error).toMatchObject({ file: 'pipelines/bad.ts', line: 5, message: 'pipeline bad: two steps are named "first"' })
  })

  it('that never ends is stopped and shown with the line it was at', async () => {
    // The good file takes a third of a second of processor time on a slow machine.
    const limitMs = 2_000
    const errors = await errorsBeside(
      {
        'pipelines/a-loop.ts': 'let i = 0\n\nfunction spin(): void {\n  while (true) i++\n}\nspin()\nexport default i\n',
        'pipelines/b-wait.ts': 'await new Promise(() => {})\nexport default 1\n',
      },
      limitMs,
    )
    expect(errors).toMatchObject([
      {
        file: 'pipelines/a-loop.ts',
        line: 4,
        message: `the file was still being imported after ${limitMs / 1_000} s of processor time`,
        next: expect.stringContaining('loop'),
      },
      {
        file: 'pipelines/b-wait.ts',
        line: null,
        message: `the file was still being imported after it had waited for ${limitMs / 1_000} s`,
        next: expect.stringContaining('await'),
      },
    ])
  })

  it.runIf(process.platform === 'linux')('is not called slow where others have the processors', async () => {
    await load()
    await using _others = await busyProcesses(3 * availableParallelism())
    const budgetMs = 1_500
    // It computes beyond the budget by the clock, and has a quarter of a processor meanwhile.
    await platform.write({
      'projects/shop/pipelines/good.ts': `const until = performance.now() + ${budgetMs}\nwhile (performance.now() < until);\n${good}`,
    })
    const began = performance.now()
    const loaded = await load(budgetMs)
    expect(loaded.errors).toEqual([])
    expect(performance.now() - began).toBeGreaterThan(budgetMs)
  })

  it('that take long are tried side by side: three that wait for each other are read', async () => {
    const names = ['a', 'b', 'c']
    const marks = await mkdtemp(join(tmpdir(), 'sluice-marks-'))
    const waiting = (name: string): string => `import { existsSync, writeFileSync } from 'node:fs'
writeFileSync(${JSON.stringify(join(marks, name))}, '')
const all = ${JSON.stringify(names.map((each) => join(marks, each)))}
while (!all.every((mark) => existsSync(mark))) await new Promise((resolve) => setTimeout(resolve, 20))
export default 1
`
    const errors = await errorsBeside(Object.fromEntries(names.map((name) => [`pipelines/${name}-wait.ts`, waiting(name)])), 30_000)
    expect(errors.map(({ file }) => file)).toEqual(names.map((name) => `pipelines/${name}-wait.ts`))
    // In series the first would wait for the others until its time is over.
    for (const { message } of errors) expect(message).not.toContain('imported')
    await rm(marks, { recursive: true })
  })

  it.each([
    ['a NUL in a description', "description: 'a\\u0000b',", 'description holds the character NUL (\\u0000), which no database can store'],
    [
      'half of a surrogate pair in a parameter',
      "params: { x: ['\\ud800'] },",
      'params.x[0] holds half of a surrogate pair, which no database can store',
    ],
    ['a NUL in the name of a parameter', "params: { 'x\\0': 1 },", 'holds a name with the character NUL'],
    ['a NUL in a tag, made by code', 'tags: [String.fromCharCode(0)],', 'tags[0] holds the character NUL'],
  ])('with %s is refused at its line, and the others are loaded', async (_, option, message) => {
    const [error, ...more] = await errorsBeside({
      'pipelines/odd.ts': good.replace("'good', ", `'odd',\n  ${option}\n  `),
    })
    expect(more).toEqual([])
    expect(error).toMatchObject({ file: 'pipelines/odd.ts', line: 7, message: expect.stringContaining(message) })
  })

  it('of datasets with a text that no database can store is refused', async () => {
    const [error] = await errorsBeside({
      'datasets/odd.ts': `import { dataset, text } from 'sluice'
export const odd = dataset('public.odd', {
  on: 'warehouse',
  description: 'fine \\u{1F600}',
  columns: { id: text({ comment: 'half \\udc00' }) },
  key: ['id'],
})
`,
    })
    expect(error).toMatchObject({ file: 'datasets/odd.ts', line: 5, message: expect.stringContaining('half of a surrogate pair') })
  })

  it('that ends the process is shown, whatever the exit code', async () => {
    const errors = await errorsBeside({
      'pipelines/a-exit.ts': 'process.exit(0)\n',
      'pipelines/b-kill.ts': "process.kill(process.pid, 'SIGKILL')\nawait new Promise(() => {})\n",
    })
    expect(errors).toMatchObject([
      {
        file: 'pipelines/a-exit.ts',
        message: expect.stringContaining('ended with code 0'),
        next: expect.stringContaining('process.exit()'),
      },
      { file: 'pipelines/b-kill.ts', message: expect.stringContaining('ended with signal SIGKILL') },
    ])
  })

  it('that drops a promise which fails is shown at the line of the failure', async () => {
    const [error] = await errorsBeside({
      'pipelines/bad.ts': "async function later() {\n  throw new RangeError('late')\n}\nlater()\nexport default 1\n",
    })
    expect(error).toMatchObject({ file: 'pipelines/bad.ts', line: 2, message: 'RangeError: late' })
  })

  it('that ends the process only later costs no other file', async () => {
    const errors = await errorsBeside({
      'pipelines/a-late.ts': `setTimeout(() => process.exit(3), 1)\n${good.replaceAll("'good'", "'late'")}`,
      'pipelines/b-slow.ts': `await new Promise((resolve) => setTimeout(resolve, 150))\n${good.replaceAll("'good'", "'slow'")}`,
    })
    expect(errors).toEqual([])
  })

  it('imported by two pipelines is shown once, with both', async () => {
    const importer = "import { value } from '../models/shared.ts'\nexport default value\n"
    const errors = await errorsBeside({
      'models/shared.ts': "\nexport const value = JSON.parse('{')\n",
      'pipelines/a.ts': importer,
      'pipelines/b.ts': importer,
    })
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ file: 'models/shared.ts', line: 2 })
    expect(errors[0]?.message).toMatch(/^SyntaxError: .*\(imported by pipelines\/a.ts, pipelines\/b.ts\)$/)
  })

  it('under datasets is shown, and so is a dataset that is declared twice, at the second', async () => {
    const twin = (column: string) =>
      `import { dataset, text } from 'sluice'\nexport const t = dataset('public.t', { on: 'warehouse', columns: { ${column}: text() } })\n`
    const errors = await errorsBeside({ 'datasets/a.ts': twin('a'), 'datasets/b.ts': twin('b'), 'datasets/c.ts': "throw new Error('c')\n" })
    expect(errors).toMatchObject([
      { file: 'datasets/c.ts', line: 1, message: 'Error: c' },
      { file: 'datasets/b.ts', line: 2, message: 'dataset warehouse.public.t: it is declared twice' },
    ])
  })

  it('whose steps go in a circle, or write one dataset without order, tells all of it at once and is not loaded', async () => {
    const errors = await errorsBeside({
      'pipelines/bad.ts': `import { dataset, model, pipeline, sql, text } from 'sluice'
const [a, b, c] = ['silver.a', 'silver.b', 'silver.c'].map((name) => dataset(name, { on: 'lake', columns: { id: text() } }))
const one = model({ name: 'one', into: a, from: { b }, refresh: 'full', query: ({ b }) => sql\`select id from \${b}\` })
const two = model({ name: 'two', into: b, from: { a }, refresh: 'full', query: ({ a }) => sql\`select id from \${a}\` })
export default pipeline({ name: 'bad', steps: [one, two] })
`,
      'pipelines/worse.ts': `import { dataset, model, pipeline, sql, text } from 'sluice'
const c = dataset('silver.c', { on: 'lake', columns: { id: text() } })
const first = model({ name: 'first', into: c, refresh: 'full', query: () => sql\`select 'a' as id\` })
const second = model({ name: 'second', into: c, refresh: 'full', query: () => sql\`select 'b' as id\` })
export default pipeline({ name: 'worse', steps: [first, second] })
`,
    })
    expect(errors).toMatchObject([
      {
        file: 'pipelines/bad.ts',
        message: expect.stringMatching(/^pipeline bad: a cycle: /),
        next: expect.stringContaining('split a step'),
      },
      {
        file: 'pipelines/worse.ts',
        line: 4,
        message: 'pipeline worse: "first" and "second" both fill lake.silver.c, and nothing says which comes first',
      },
    ])
    expect((await load()).specs.map(({ name }) => name)).toEqual(['good'])
  })

  it('with several faults has all of them, each at the step it is about', async () => {
    const errors = await errorsBeside({
      'pipelines/bad.ts': `import { dataset, pipeline, raw, task } from 'sluice'
const bodies = dataset('bronze.a', { on: 'lake', bodies: raw() })
const one = task({ name: 'one', fills: [bodies], run: () => 1 })
const two = task({ name: 'two', fills: [bodies], run: () => 1 })
const three = task({ name: 'three', run: () => 1 })
export default pipeline({ name: 'bad', steps: [one, two], order: [one, three] })
`,
    })
    expect(errors).toMatchObject([
      { file: 'pipelines/bad.ts', line: 5, message: 'pipeline bad: order names "three", which is not among its steps' },
      {
        file: 'pipelines/bad.ts',
        line: 4,
        column: 26,
        message: 'pipeline bad: "one" and "two" both fill lake.bronze.a, and nothing says which comes first',
        next: expect.stringContaining('order'),
        frame: expect.stringContaining('> 4 |'),
      },
    ])
    expect((await load()).specs.map(({ name }) => name)).toEqual(['good'])
  })

  it('that takes the batches of another into rows without a key is refused, and the first stays', async () => {
    const files = {
      'datasets/all.ts': `import { dataset, raw, text } from 'sluice'
export const bodies = dataset('bronze.a', { on: 'lake', bodies: raw() })
export const rows = dataset('silver.a', { on: 'lake', columns: { a: text() } })
`,
      'models/clean.ts': `import { model, sql } from 'sluice'
import { bodies, rows } from '../datasets/all.ts'
export const clean = model({ name: 'clean', into: rows, from: { bodies }, refresh: 'batch', query: () => sql\`select payload as a from \${bodies.batch}\` })
`,
      'pipelines/a.ts': `import { pipeline } from 'sluice'
import { clean } from '../models/clean.ts'
export default pipeline({ name: 'first', steps: [clean] })
`,
      'pipelines/b.ts': `import { pipeline } from 'sluice'
import { clean } from '../models/clean.ts'
export default pipeline({ name: 'second', steps: [clean] })
`,
    }
    expect(await errorsBeside(files)).toMatchObject([
      {
        file: 'pipelines/b.ts',
        line: 3,
        message: expect.stringContaining('pipeline second: "clean" takes the batches of lake.bronze.a into lake.silver.a'),
      },
    ])
    expect((await load()).specs.map(({ name }) => name)).toEqual(['first', 'good'])
  })

  it('that throws a text of megabytes has an error that can be read', async () => {
    await platform.write({ 'projects/shop/pipelines/long.ts': `throw new Error('begin ' + 'z'.repeat(5_000_000) + ' end')\n` })
    const { errors } = await load()
    expect(errors).toMatchObject([
      { file: 'pipelines/long.ts', message: expect.stringMatching(/^Error: begin z.* characters left out .*z end$/s) },
    ])
    expect(errors[0]?.message.length).toBeLessThan(10_000)
  })

  it('named sluice.config.ts that does not exist is named', async () => {
    await rm(join(platform.root, 'projects/shop/sluice.config.ts'))
    expect(await load()).toMatchObject({ project: null, errors: [{ file: 'sluice.config.ts', message: 'the file does not exist' }] })
  })

  it('named sluice.config.ts leaves the pipelines readable and gives no project', async () => {
    await platform.write({
      'projects/shop/sluice.config.ts': "import { project } from 'sluice'\nexport default project({ name: 'Not A Name' })\n",
    })
    const loaded = await load()
    expect(loaded.project).toBeNull()
    expect(loaded.specs).toHaveLength(1)
    expect(loaded.errors).toMatchObject([
      { project: 'shop', file: 'sluice.config.ts', line: 2, message: '"Not A Name" is not a project name' },
    ])
  })
})
