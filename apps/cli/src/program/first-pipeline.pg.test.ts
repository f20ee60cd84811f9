import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { readSteps, type Step } from '../testing/guide-steps.ts'

const workspace = fileURLToPath(import.meta.resolve('../../../../'))
const guide = readFileSync(join(workspace, 'docs/guide/first-pipeline.md'), 'utf8')
const around = join(realpathSync(mkdtempSync(join(tmpdir(), 'sluice-guide-'))), 'a person')
afterAll(() => rmSync(dirname(around), { recursive: true, force: true }))

/** What a person types, in a shell of its own as a terminal has it. */
function type(line: string, folder: string): string {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:SLUICE_|npm_)/.test(name))
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line], {
    cwd: folder,
    env: { ...Object.fromEntries(own), NO_COLOR: '1', SLUICE_WORKERS: '1' },
    encoding: 'utf8',
  })
  expect(status, `$ ${line}\n${stdout}${stderr}`).toBe(0)
  return stdout + stderr
}

test('the guide of the first pipeline, typed from an empty folder, ends in a pipeline that has run', () => {
  mkdirSync(around, { recursive: true })
  symlinkSync(workspace, join(around, 'sluice'))
  const steps = readSteps(guide)
  const kinds = new Set(steps.map(({ kind }) => kind))
  expect([...kinds].sort()).toEqual(['shows', 'types', 'writes'])

  let [folder, said] = [around, '']
  for (const step of steps) said = carryOut(step, said)
  expect(said).toContain('silver.readings')

  function carryOut(step: Step, before: string): string {
    switch (step.kind) {
      case 'writes':
        mkdirSync(dirname(join(folder, step.file)), { recursive: true })
        writeFileSync(join(folder, step.file), step.text)
        return before
      case 'shows':
        for (const line of step.lines) expect(before).toContain(line)
        return before
      case 'types':
        return step.lines
          .map((line) => {
            // The clone is there already; its packages are those of this workspace.
            if (line.startsWith('git clone ')) return ''
            const output = type(line, folder)
            folder = join(folder, /\bcd ([\w-]+) &&/.exec(line)?.[1] ?? '')
            return output
          })
          .join('')
    }
  }
})
