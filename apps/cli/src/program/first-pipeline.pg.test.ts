import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { readSteps, type Step } from '../testing/guide-steps.ts'

const workspace = fileURLToPath(import.meta.resolve('../../../../'))
const guide = readFileSync(join(workspace, 'docs/guide/first-pipeline.md'), 'utf8')
const around = join(realpathSync(mkdtempSync(join(tmpdir(), 'sluice-guide-'))), 'a person')
afterAll(() => rmSync(dirname(around), { recursive: true, force: true }))

/** What a person types, in a shell of its own as a terminal has it. */
function type(line: string, folder: string): string {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:SLUICE_|npm_|VITEST|TEST$)/.test(name))
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line], {
    cwd: folder,
    env: { ...Object.fromEntries(own), NO_COLOR: '1', SLUICE_WORKERS: '1' },
    encoding: 'utf8',
  })
  expect(status, `$ ${line}\n${stdout}${stderr}`).toBe(0)
  return stripVTControlCharacters(stdout + stderr)
}

test('the guide of the first pipeline, typed from an empty folder, ends in rows, a check, a mail and a picture of the run', () => {
  mkdirSync(around, { recursive: true })
  const steps = readSteps(guide)
  const kinds = new Set(steps.map(({ kind }) => kind))
  expect([...kinds].sort()).toEqual(['shows', 'types', 'writes'])

  let [folder, said, run] = [around, '', '']
  for (const step of steps) said = carryOut(step, said)
  expect(said).toContain('██')

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
            const entered = /^cd ([\w-]+)$/.exec(line)?.[1]
            if (entered !== undefined) {
              folder = join(folder, entered)
              return ''
            }
            // The id of the run that the page shows is that of its author.
            const output = line.startsWith('npm create ') ? create(line) : type(line.replace(/\bmx[0-9a-z]{10}\b/, run), folder)
            run = /^run (mx[0-9a-z]{10}) of /m.exec(output)?.[1] ?? run
            return output
          })
          .join('')
    }
  }

  /** What `npm create` does, with the packages of this workspace in place of those that npm would install. */
  function create(line: string): string {
    const [, name = '', options = ''] = /^npm create sluice@latest ([\w-]+)(?: -- (.*))?$/.exec(line) ?? []
    const output = type(
      `node "${join(workspace, 'apps/create/bin/create-sluice.js')}" ${name} --skip-install --skip-git ${options}`,
      folder,
    )
    symlinkSync(join(workspace, 'node_modules'), join(folder, name, 'node_modules'))
    return output
  }
})
