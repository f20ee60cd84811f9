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
  readonly needs?: string
  /** Another workflow, in place of steps. */
  readonly uses?: string
  readonly permissions?: Readonly<Record<string, string>>
  readonly environment?: string
  readonly strategy?: { readonly 'fail-fast'?: boolean; readonly matrix?: Readonly<Record<string, readonly string[]>> }
  readonly steps?: readonly Step[]
}

export interface Workflow {
  readonly on: { readonly push?: { readonly tags?: readonly string[] } }
  readonly permissions?: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, Job | undefined>>
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

export const missingTools = ({ steps = [] }: Job): readonly string[] =>
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

/**
 * What a release may not do: publish without the tests before it, or let anything run beside the right to publish that others have written
 * (packages, their scripts) or that somebody may type into (a tag in the text of a command).
 */
export function releaseFaults({ jobs }: Workflow): readonly string[] {
  const before = (name: string): readonly string[] => {
    const needs = jobs[name]?.needs
    return needs === undefined ? [] : [needs, ...before(needs)]
  }
  return Object.entries(jobs).flatMap(([name, job]) => {
    const runs = (job?.steps ?? []).flatMap(({ run }) => run ?? [])
    const may = Object.entries(job?.permissions ?? {}).flatMap(([what, right]) => (right === 'write' ? [what] : []))
    const isTested = before(name).some((each) => jobs[each]?.uses === './.github/workflows/ci.yml')
    return [
      ...runs.filter((run) => run.includes('${{')).map(() => `${name} puts an expression into a command`),
      ...(may.length > 0 && !isTested ? [`${name} may write and does not wait for the tests`] : []),
      ...(may.includes('id-token') && job?.environment === undefined ? [`${name} publishes outside of an environment`] : []),
      ...(may.length > 0 ? runs.filter((run) => /\bnp[mx]\b/.test(run)).map(() => `${name} may write and runs packages`) : []),
      ...(may.length > 1 ? [`${name} may write ${may.join(' and ')}`] : []),
    ]
  })
}
