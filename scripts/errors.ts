/**
 * `docs/errors.md`, every error of the platform, and a page for each in `docs/errors/`, from the definitions themselves. What stands behind
 * `<!-- by hand -->` in a page is kept. `--write` writes them; a test compares them.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ErrorDefinition } from '@sluice/core'
import { root } from './workspace.ts'

export const errorsFile = join(root, 'docs/errors.md')

const sources = ['packages/foundation/core/src/general-errors.ts', ...globSync('packages/*/*/src/errors.ts', { cwd: root })]
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => !['core', 'delta', 'spark'].includes(file.split('/')[2] ?? '') || file.endsWith('general-errors.ts'))

/** The definitions that the packages export, sorted by code. */
export async function readErrors(): Promise<readonly ErrorDefinition[]> {
  const modules = await Promise.all(sources.map((file) => import(pathToFileURL(join(root, file)).href) as Promise<Record<string, unknown>>))
  return modules
    .flatMap((module) => Object.values(module))
    .flatMap((each) =>
      isDefinition(each) ? [each] : typeof each === 'object' && each !== null ? Object.values(each).filter(isDefinition) : [],
    )
    .sort((a, b) => (a.code < b.code ? -1 : 1))
}

const isDefinition = (value: unknown): value is ErrorDefinition => typeof value === 'function' && 'code' in value && 'about' in value

/** Codes that two packages define. */
export const defined = (errors: readonly ErrorDefinition[]): readonly string[] =>
  errors.map(({ code }) => code).filter((code, at, all) => all.indexOf(code) !== at)

export const pageFile = ({ page }: Pick<ErrorDefinition, 'page'>): string => join(root, page)

const byHand = '<!-- by hand -->\n'

/** The page of an error, with what somebody wrote on it. */
export function errorPage({ code, kind, status, about }: ErrorDefinition, written: string): string {
  const advice = written.includes(byHand) ? written.slice(written.indexOf(byHand)) : `${byHand}**Why.** \n\n**What to do.** \n`
  return `# ${code}

<!-- generated: npm run docs:errors -->

${about}

${kinds[kind]} The API answers ${status}. All errors: [errors](../errors.md).

${advice}`
}

const kinds: Readonly<Record<ErrorDefinition['kind'], string>> = {
  retryable: '**Retryable**: a task that meets it is tried again, by the retry of its step.',
  permanent: '**Permanent**: a task that meets it fails at once, since trying again unchanged would fail again.',
  bug: '**Bug**: the fault is in the platform itself.',
}

/** What a page lacks, a sentence each. */
export function pageFaults(code: string, page: string): readonly string[] {
  const advice = page.slice(Math.max(0, page.indexOf(byHand)))
  return ['Why', 'What to do'].flatMap((part) =>
    new RegExp(`\\*\\*${part}\\.\\*\\* \\S.{20,}`).test(advice) ? [] : [`${code}: nobody wrote "${part}"`],
  )
}

const written = (error: ErrorDefinition): string => (existsSync(pageFile(error)) ? readFileSync(pageFile(error), 'utf8') : '')
export const pageTexts = (errors: readonly ErrorDefinition[]) =>
  errors.map((error) => ({ error, is: written(error), shouldBe: errorPage(error, written(error)) }))

export function errorsPage(errors: readonly ErrorDefinition[]): string {
  const rows = errors.map(
    (error) =>
      `| <a id="${error.code.replaceAll(/[._]/g, '-')}"></a>[\`${error.code}\`](errors/${error.code}.md) | ${error.kind} | ${error.status} | ${error.about} |`,
  )
  return `# Errors

<!-- generated: npm run docs:errors -->

Each error has a code, a sentence that says what happened, facts that a program may read, and a sentence that says what to do next. Its kind
decides what the engine does: it tries a **retryable** error again by the retry of the step; a **permanent** one would fail again unchanged; a
**bug** is the platform's own fault, please report it. The API answers with the status and
[problem+json](https://www.rfc-editor.org/rfc/rfc9457); the command line prints code, message and the next step.

| Code | Kind | HTTP | What happened |
|---|---|---|---|
${rows.join('\n')}
`
}

if (import.meta.main && process.argv.includes('--write')) {
  const errors = await readErrors()
  writeFileSync(errorsFile, errorsPage(errors))
  for (const { error, shouldBe } of pageTexts(errors)) writeFileSync(pageFile(error), shouldBe)
}
