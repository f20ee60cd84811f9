import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shortened } from './shortened.ts'

const here = import.meta.dirname
const root = resolve(here, '../../../../..')
const written: string[] = []
afterAll(() => Promise.all(written.map((path) => rm(path, { force: true }))))

interface Found {
  readonly line: number
  readonly code: string
  readonly message: string
}

/** Compiles variants of a file beside it, in one go. Hidden names keep other programs from seeing them. */
async function compiled<Variant extends string>(
  variants: Readonly<Record<Variant, string>>,
): Promise<Readonly<Record<Variant, readonly Found[]>>> {
  const nameOf = (variant: string): string => `.faults-check-${process.pid}-${variant}.ts`
  const config = join(here, `.faults-check-${process.pid}.json`)
  const write = async (path: string, text: string): Promise<void> => {
    written.push(path)
    await writeFile(path, text)
  }
  const names = Object.keys(variants) as Variant[]
  for (const variant of names) await write(join(here, nameOf(variant)), variants[variant])
  await write(config, JSON.stringify({ extends: join(relative(here, root), 'tsconfig.json'), include: [], files: names.map(nameOf) }))
  const output = await new Promise<string>((done) => {
    execFile(join(root, 'node_modules/.bin/tsc'), ['--noEmit', '--pretty', 'false', '-p', config], { cwd: here }, (_error, stdout) =>
      done(stdout),
    )
  })
  const faults = [...output.matchAll(/^(\S+?)\((\d+),\d+\): error (TS\d+): (.*)$/gm)]
  const of = (variant: Variant): readonly Found[] =>
    faults
      .filter(([, file]) => file === nameOf(variant))
      .map(([, , line, code = '', message = '']) => ({ line: Number(line), code, message: shortened(message) }))
  return Object.fromEntries(names.map((variant) => [variant, of(variant)])) as Record<Variant, readonly Found[]>
}

interface Mark {
  /** From 1, of the line that must not compile. */
  readonly line: number
  readonly text: string
  /** What the mark says that the compiler says. */
  readonly says: string
}

const directive = '// @ts-expect-error '

const marksIn = (source: string): readonly Mark[] => {
  const lines = source.split('\n')
  return lines.flatMap((line, at) => {
    if (!line.startsWith(directive)) return []
    const index = lines.findIndex((each, i) => i > at && !each.startsWith('//'))
    return [{ line: index + 1, text: lines[index] ?? '', says: line.slice(directive.length) }]
  })
}

describe('the lines of definitions.faults.ts', () => {
  let source: string
  let marks: readonly Mark[]
  let faults: Readonly<Record<'whole' | 'repaired' | 'bare', readonly Found[]>>
  beforeAll(async () => {
    source = await readFile(join(here, 'definitions.faults.ts'), 'utf8')
    marks = marksIn(source)
    const repaired = source.replace("timeout: '30', run: () => 1", "timeout: '30s', run: () => 1")
    expect(repaired).not.toBe(source)
    faults = await compiled({ whole: source, repaired, bare: source.replaceAll(directive, '// refused: ') })
  }, 600_000)

  it('are all refused by the compiler, and nothing else is', () => {
    expect(marks.length).toBeGreaterThan(130)
    expect(faults.whole).toEqual([])
    expect([...new Set(faults.bare.map(({ line }) => line))].sort((a, b) => a - b)).toEqual(marks.map(({ line }) => line))
  })

  it('are refused in the words that stand above them', () => {
    const first = new Map(faults.bare.toReversed().map(({ line, message }) => [line, message]))
    const other = marks.flatMap(({ line, text, says }) => {
      const message = first.get(line) ?? ''
      return message.includes(says) ? [] : [{ text, says, message }]
    })
    expect(other).toEqual([])
  })

  it('are refused once each, where TypeScript does not count a cycle from both ends', () => {
    const twice = marks.filter(({ line }) => faults.bare.filter((each) => each.line === line).length > 1).map(({ text }) => text)
    expect(twice).toEqual([expect.stringContaining('const first = task(')])
  })

  it('fail the build when one starts to compile', () => {
    expect(faults.repaired.map(({ code, message }) => `${code} ${message}`)).toEqual(["TS2578 Unused '@ts-expect-error' directive."])
  })
})
