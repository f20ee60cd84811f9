import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { afterAll, expect, it } from 'vitest'

const here = import.meta.dirname
const root = resolve(here, '../../../..')
const written: string[] = []
afterAll(() => Promise.all(written.map((path) => rm(path, { force: true }))))

/** Compiles variants of the file beside it, in one go: the faults of each as `line code message`. Hidden names keep other programs from seeing them. */
async function compiled(variants: Readonly<Record<string, string>>): Promise<Readonly<Record<string, readonly string[]>>> {
  const names = Object.fromEntries(Object.keys(variants).map((variant) => [variant, `.faults-check-${process.pid}-${variant}.ts`]))
  const config = join(here, `.faults-check-${process.pid}.json`)
  const write = async (path: string, text: string): Promise<void> => {
    written.push(path)
    await writeFile(path, text)
  }
  for (const [variant, text] of Object.entries(variants)) await write(join(here, names[variant] ?? ''), text)
  await write(
    config,
    JSON.stringify({ extends: join(relative(dirname(config), root), 'tsconfig.json'), include: [], files: Object.values(names) }),
  )
  const output = await new Promise<string>((done) => {
    execFile(join(root, 'node_modules/.bin/tsc'), ['--noEmit', '--pretty', 'false', '-p', config], { cwd: here }, (_error, stdout) =>
      done(stdout),
    )
  })
  const faults = [...output.matchAll(/^(\S+?)\((\d+),\d+\): error (TS\d+): (.*)$/gm)]
  return Object.fromEntries(
    Object.entries(names).map(([variant, name]) => [
      variant,
      faults.filter(([, file]) => file === name).map(([, , line, code, message]) => `${line} ${code} ${message}`),
    ]),
  )
}

/** Number, from 1, of the first line after an index that is no comment. */
const codeAfter = (lines: readonly string[], index: number): number =>
  lines.findIndex((line, at) => at > index && !line.startsWith('//')) + 1

it('each line that must not compile is held by the compiler, and one that starts to fails the build', async () => {
  const source = await readFile(join(here, 'definitions.faults.ts'), 'utf8')
  const lines = source.split('\n')
  const marked = lines.flatMap((line, index) => (line.startsWith('// @ts-expect-error') ? [codeAfter(lines, index)] : []))
  expect(marked.length).toBeGreaterThan(20)
  const repaired = source.replace("task({ name: 'g', timeout: '30', run", "task({ name: 'g', timeout: '30s', run")
  expect(repaired).not.toBe(source)
  const repairedAt = lines.findIndex((line) => line.includes("timeout: '30',"))

  const faults = await compiled({ whole: source, repaired, bare: source.replaceAll('// @ts-expect-error', '// refused:') })

  expect(faults.whole).toEqual([])
  expect(faults.repaired).toEqual([`${repairedAt} TS2578 Unused '@ts-expect-error' directive.`])
  // Without the marks, exactly the marked lines are at fault.
  const atFault = new Set(faults.bare?.map((fault) => Number.parseInt(fault, 10)))
  expect([...atFault].sort((a, b) => a - b)).toEqual(marked)
})
