import { readFileSync } from 'node:fs'
import { basename, dirname, extname, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isSluiceError, positionOfImport } from '@sluice/core'
import type { Fault, FilePlace, LoadRequest } from './loader-protocol.ts'
import { placeOfQuoted } from './named-place.ts'
import { withoutSourceMap } from './source-map.ts'

/**
 * What was thrown while a file was imported, as a fault with its place. Node reports the place in one of four ways: in the stack (a
 * throw); as `path:line` above the message (stripped TypeScript, a missing export); in the message alone (a missing module, whose import is
 * looked up in the source); not at all (early errors of V8).
 */
export function faultOf(thrown: unknown, { base, file, fileFirst = false }: Omit<LoadRequest, 'what'>): Fault {
  const error = thrown instanceof Error ? thrown : new Error(`a value that is not an error was thrown: ${String(thrown)}`)
  const code = 'code' in error ? String(error.code) : ''
  const clean = (text: string): string => text.replaceAll(`file://${base}${sep}`, '').replaceAll(`${base}${sep}`, '')
  const missing = missingModule(error, code, base, file)
  if (missing !== null) return missing
  const header = headerPlace(error.stack ?? '')
  if (header !== null && error instanceof SyntaxError) {
    return { ...header, message: `${error.name}: ${clean(error.message)}`, next: nextForSyntax(code, error.message) }
  }
  if (error instanceof SyntaxError && !stackPlace(error.stack ?? '', base)) {
    return {
      file: null,
      line: null,
      column: null,
      message: `${error.name}: ${error.message}`,
      next: 'Correct the syntax.',
      placeless: true,
    }
  }
  const own = fileFirst ? stackPlace(error.stack ?? '', dirname(file), file) : null
  const place = own ?? stackPlace(error.stack ?? '', base) ?? { file: null, line: null, column: null }
  if (isSluiceError(error)) return { ...atQuoted(place, error.message), message: clean(error.message), next: error.next ?? null }
  return {
    ...place,
    message: `${error.name}: ${clean(error.message)}`,
    next: 'Importing a definition must not throw. Correct the line, or move the work into a task.',
  }
}

/** Where the call that refused its options has what it is about. */
function atQuoted(place: FilePlace, message: string): FilePlace {
  const { file, line, column } = place
  if (file === null || line === null) return place
  const quoted = placeOfQuoted(withoutSourceMap(readFileSync(file, 'utf8')), { line, column }, message)
  return quoted === null ? place : { file, ...quoted }
}

/** The first frame of a stack that is in the user's folder, or in one file of it. */
export function stackPlace(stack: string, base: string, only?: string): FilePlace | null {
  for (const frame of stack.split('\n')) {
    const found = /(?:\(|at (?:async )?)((?:file:\/\/)?\/[^()]*?|file:\/\/\/[A-Z]:[^()]*?):(\d+):(\d+)\)?$/.exec(frame)
    if (found?.[1] === undefined) continue
    const file = found[1].startsWith('file:') ? fileURLToPath(found[1]) : found[1]
    if (file.startsWith(base + sep) && (only === undefined || file === only))
      return { file, line: Number(found[2]), column: Number(found[3]) }
  }
  return null
}

/** The head that Node gives a syntax error: `file:///path:12`, the source line, carets. */
export function headerPlace(text: string): FilePlace | null {
  const lines = text.split('\n')
  const at = lines.findIndex((line) => /^file:\/\/.*:\d+$/.test(line))
  const head = /^(file:\/\/.*):(\d+)$/.exec(lines[at] ?? '')
  if (head?.[1] === undefined) return null
  const caret = lines.slice(at + 1, at + 4).find((line) => /^\s*\^+\s*$/.test(line))
  return { file: fileURLToPath(head[1]), line: Number(head[2]), column: caret === undefined ? null : caret.indexOf('^') + 1 }
}

function nextForSyntax(code: string, message: string): string {
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return 'Node strips types and does not compile: write a union of strings instead of an enum, fields instead of parameter properties.'
  }
  if (message.includes('does not provide an export')) {
    return 'Import a name the module exports; for a type write "import type".'
  }
  return 'Correct the syntax.'
}

function missingModule(error: Error, code: string, base: string, file: string): Fault | null {
  if (!['ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED', 'ERR_UNSUPPORTED_DIR_IMPORT'].includes(code)) return null
  const importer = / imported from (.+)$/m.exec(error.message)?.[1]?.replace(/^file:\/\//, '')
  if (error.message.includes(`'${file}'`)) {
    return { file, line: null, column: null, message: 'the file does not exist', next: 'Create it, or correct its name.' }
  }
  if (importer === undefined || !importer.startsWith(base + sep)) return null
  const target = /(?:module|package|import) '([^']+)'/.exec(error.message)?.[1] ?? ''
  const subpath = /subpath '\.([^']+)' is not defined/.exec(error.message)?.[1]
  const wanted = (specifier: string): boolean =>
    specifier.startsWith('.')
      ? resolve(dirname(importer), specifier) === resolve(target)
      : subpath === undefined
        ? specifier === target || specifier.startsWith(`${target}/`)
        : specifier.endsWith(subpath)
  const found = positionOfImport(withoutSourceMap(readFileSync(importer, 'utf8')), wanted)
  const specifier = found?.specifier ?? basename(target)
  return {
    file: importer,
    line: found?.line ?? null,
    column: found?.column ?? null,
    message: `Cannot find module '${specifier}'`,
    next: nextForModule(specifier),
    ...(specifier.startsWith('.') ? { missing: resolve(dirname(importer), specifier) } : {}),
  }
}

function nextForModule(specifier: string): string {
  if (!specifier.startsWith('.')) return `Install ${specifier} with npm, or correct the name.`
  if (extname(specifier) === '') return `Write the file's ending: '${specifier}.ts'.`
  return 'Correct the path, or create the file. A project imports only files of its own folder, and no tests or fixtures.'
}
