/**
 * `docs/errors.md`: every error of the platform, from the definitions themselves. `--write` writes it; the architecture test compares it.
 */
import { globSync, writeFileSync } from 'node:fs'
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

const anchorOf = ({ page }: ErrorDefinition): string => page.slice(page.indexOf('#') + 1)

export function errorsPage(errors: readonly ErrorDefinition[]): string {
  const rows = errors.map(
    (error) => `| <a id="${anchorOf(error)}"></a>\`${error.code}\` | ${error.kind} | ${error.status} | ${error.about} |`,
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

if (import.meta.main && process.argv.includes('--write')) writeFileSync(errorsFile, errorsPage(await readErrors()))
