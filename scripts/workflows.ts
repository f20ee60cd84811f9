/** What the workflows of GitHub promise. Pure but for `recordedRun`; `workflows.test.ts` holds every workflow to it. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'

export interface Step {
  readonly uses?: string
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
  readonly with?: Readonly<Record<string, unknown>>
}

export interface Job {
  readonly needs?: string | readonly string[]
  readonly permissions?: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}

export interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, Job>>
}

export const workflowOf = (text: string): Workflow => parse(text) as Workflow

/** Actions that a moved tag could replace, or whose comment does not say which version the commit is. */
export const looseActions = (workflow: string): readonly string[] =>
  workflow
    .split('\n')
    .flatMap((line) => /^\s*(?:- )?uses:\s*(.+)$/.exec(line)?.[1] ?? [])
    .filter((action) => !action.startsWith('./') && !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))

/** Programs that `.ci/run` takes where they are there, and the action that brings each: a runner without it would skip in silence. */
const bringers: Readonly<Record<string, string>> = { go: 'actions/setup-go', java: 'actions/setup-java', python3: 'actions/setup-python' }

export const missingTools = ({ steps }: Job): readonly string[] =>
  Object.entries(bringers).flatMap(([tool, action]) => (steps.some(({ uses }) => uses?.startsWith(`${action}@`)) ? [] : [tool]))

/**
 * The commands that a script of continuous integration runs under an environment, each with what it requires: the script itself runs, with
 * stand-ins for the programs. Every program that the script asks for is there.
 */
export function recordedRun(script: string, environment: Readonly<Record<string, string>>): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-ci-'))
  const record = join(folder, 'record')
  try {
    const program = `#!/bin/sh\necho "$(basename "$0") $* [$SLUICE_REQUIRE]" >> '${record}'\n`
    for (const name of ['npm', 'npx', 'node', 'go', 'java', 'python3', 'apt-get']) {
      writeFileSync(join(folder, name), program, { mode: 0o755 })
    }
    const { SLUICE_REQUIRE: _, ...inherited } = process.env
    execFileSync('bash', [script], { env: { ...inherited, ...environment, PATH: `${folder}:${process.env.PATH}` }, stdio: 'pipe' })
    return readFileSync(record, 'utf8').trimEnd().split('\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What of one run is not in the other. `except` are names that a runner of GitHub cannot have. */
export const lessThan = (whole: readonly string[], other: readonly string[], except: readonly string[]): readonly string[] => {
  const required = (line: string): readonly string[] =>
    (/\[(.*)\]$/.exec(line)?.[1] ?? '').split(',').filter((name) => name !== '' && !except.includes(name))
  const command = (line: string): string => line.replace(/ \[.*\]$/, '')
  return whole.flatMap((line) => {
    const same = other.find((each) => command(each) === command(line))
    if (same === undefined) return [command(line)]
    return required(line).filter((name) => !required(same).includes(name))
  })
}
