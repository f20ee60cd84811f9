import { spawn } from 'node:child_process'
import { access, copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { DefinitionError } from '@sluice/author'
import { definitionErrors, type FileFault } from './definition-errors.ts'
import { projectFiles } from './project-files.ts'
import { type Diagnostic, diagnosticsOf, type NamesOfProject, typeFault } from './type-faults.ts'

export interface CheckedTypes {
  readonly errors: readonly DefinitionError[]
  /** Why the types were not looked at, a sentence. */
  readonly left: string | null
}

export interface TypeCheckOptions {
  readonly project: string
  /** Absolute. */
  readonly projectDir: string
  /** The folder may hold other code with settings of its own: of it, what definitions import is looked at, and no more. */
  readonly atRoot: boolean
  readonly stateDir: string
  readonly declared: NamesOfProject
  /** What was found when the files were imported: the compiler need not say it again. */
  readonly known: readonly DefinitionError[]
  readonly signal?: AbortSignal
}

/** Where the project's own `tsconfig.json` does not say it, nor one above. */
const strict = {
  target: 'esnext',
  lib: ['esnext'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
}

/**
 * The types of a project's files, checked by the TypeScript that the project has installed, as its own `tsconfig.json` says or strictly.
 * What the compiler keeps (`<stateDir>/types/<project>`) makes a second look cheap, and the first one at the next project: a fifth of the
 * processor time. Names of connections, variables and secrets are types too: the compiler is given those that the project declares.
 */
export async function checkTypes(options: TypeCheckOptions): Promise<CheckedTypes> {
  const { project, projectDir, atRoot, stateDir, declared, known, signal } = options
  const compiler = compilerOf(projectDir)
  if (compiler === null) return { errors: [], left: `The types of ${project} were not checked: npm install --save-dev typescript` }
  const files = (await projectFiles(projectDir)).filter(({ path }) => path.endsWith('.ts'))
  const folder = join(stateDir, 'types', project)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await beginWithKept(folder)
  await write(join(folder, 'names.d.ts'), namesText(declared))
  const config = join(folder, 'tsconfig.json')
  const own = files.filter(({ path }) => !atRoot || isDefinition(path)).map(({ path }) => join(projectDir, path))
  await write(config, JSON.stringify(await configOf(projectDir, folder, own), null, 2))
  const output = await run(compiler, ['-p', config, '--pretty', 'false', ...fewCores], projectDir, signal)
  const sources = new Map(files.map(({ path, content }) => [path, new TextDecoder().decode(content)]))
  const { placed, placeless } = diagnosticsOf(output)
  const ofModules = placed.filter(({ code }) => ofCommonJs.has(code))
  const faults = worthTelling(
    placed.filter((each) => sources.has(each.file) && !ofModules.includes(each)),
    known,
    sources,
  ).map((diagnostic): FileFault => {
    const { file, line } = diagnostic
    const text = (sources.get(file) ?? '').split('\n')[line - 1] ?? ''
    const column = Array.from(text.slice(0, diagnostic.column - 1)).length + 1
    return { asked: file, fault: { file: join(projectDir, file), line, column, ...typeFault(diagnostic, declared) } }
  })
  const [first] = placeless
  return {
    errors: definitionErrors(
      project,
      projectDir,
      [...(ofModules.length === 0 ? [] : [await notModules(projectDir)]), ...faults],
      (file) => sources.get(file) ?? '',
    ),
    left: first === undefined ? null : `The types of ${project} were not checked: ${first}`,
  }
}

/** What the compiler says of each import and export of a file that it takes for CommonJS. */
const ofCommonJs: ReadonlySet<number> = new Set([1286, 1287, 1295, 1309, 1470, 1479, 1541, 1542])

/** One line of a manifest decides it for all files. */
async function notModules(projectDir: string): Promise<FileFault> {
  const found = await nearest(projectDir, 'package.json')
  const file = found ?? join(projectDir, 'package.json')
  const asked = relative(projectDir, file).replaceAll(sep, '/')
  return {
    asked,
    fault: {
      file,
      line: null,
      column: null,
      message: `${asked} does not say that the files of the project are modules${found === null ? ': it is not there' : ''}`,
      next: found === null ? 'Write it: { "type": "module" }' : 'Add "type": "module" to it.',
    },
  }
}

/** On two cores the checkers that run side by side take twice the processor time and gain no second. */
const fewCores = availableParallelism() > 2 ? [] : ['--singleThreaded']

const kept = 'checked.tsbuildinfo'

/**
 * A project that was never looked at begins with what the compiler kept of another one: nearly all files are those of `sluice`. The
 * compiler knows files by their place and content, so what is the other project's own is not found here and plays no part.
 */
async function beginWithKept(folder: string): Promise<void> {
  if ((await existing(join(folder, kept))) !== null) return
  const others = (await readdir(dirname(folder))).map((name) => join(dirname(folder), name, kept))
  const times = await Promise.all(
    others.map(async (file) => ({
      file,
      ms: await stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    })),
  )
  const newest = times.filter(({ ms }) => ms > 0).sort((a, b) => b.ms - a.ms)[0]
  // It may go meanwhile: then the first look is a whole one.
  if (newest !== undefined) await copyFile(newest.file, join(folder, kept)).catch(() => undefined)
}

/** Where definitions are read from. */
const isDefinition = (path: string): boolean => /^(?:sluice\.config\.ts$|(?:datasets|models|pipelines)\/)/.test(path)

/** One line tells one mistake; what an import has found in a call is the reason of what the compiler finds in it. */
function worthTelling(
  diagnostics: readonly Diagnostic[],
  known: readonly DefinitionError[],
  sources: ReadonlyMap<string, string>,
): readonly Diagnostic[] {
  const told = new Set<string>()
  return diagnostics.filter((diagnostic) => {
    const { file, line } = diagnostic
    const source = sources.get(file) ?? ''
    const follows = (error: DefinitionError): boolean =>
      error.file === file && (isOfImport(error, source) || isOfStatement(error, line, source))
    if (known.some(follows)) return false
    if (told.has(`${file}:${line}`)) return false
    told.add(`${file}:${line}`)
    return true
  })
}

/** What could not be imported has no types, wherever the file names it. */
const isOfImport = ({ line }: DefinitionError, source: string): boolean =>
  line !== null && /^(?:import\b|\} from\b)/.test(source.split('\n')[line - 1] ?? '')

const isOfStatement = (error: DefinitionError, line: number, source: string): boolean =>
  error.line !== null && statementOf(source, error.line) === statementOf(source, line)

/** Of two faults in one statement the second follows from the first. Statements of a module begin at the left edge. */
const statementOf = (source: string, line: number): number =>
  source
    .split('\n')
    .slice(0, line)
    .findLastIndex((text) => /^[A-Za-z]/.test(text))

/** The compiler that the project's files would import. */
function compilerOf(projectDir: string): string | null {
  try {
    return join(dirname(createRequire(join(projectDir, 'sluice.config.ts')).resolve('typescript/package.json')), 'bin/tsc')
  } catch {
    return null
  }
}

async function configOf(projectDir: string, folder: string, files: readonly string[]): Promise<object> {
  const own = await nearest(projectDir, 'tsconfig.json')
  const typeRoots = await Promise.all(above(projectDir).map((each) => existing(join(each, 'node_modules/@types'))))
  return {
    ...(own === null ? {} : { extends: own }),
    compilerOptions: {
      ...(own === null ? strict : {}),
      typeRoots: typeRoots.filter((each) => each !== null),
      noEmit: true,
      composite: false,
      declaration: false,
      incremental: true,
      tsBuildInfoFile: join(folder, kept),
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      // A draft has names that nothing uses yet.
      noUnusedLocals: false,
      noUnusedParameters: false,
    },
    files: [join(folder, 'names.d.ts'), ...files],
    include: [],
    references: [],
  }
}

const namesText = (names: NamesOfProject): string =>
  `import 'sluice'
declare module 'sluice' {
  interface DeclaredNames {
${Object.entries(names)
  .map(([kind, known]) => `    ${kind}: ${union(known)}\n`)
  .join('')}  }
}
`

const union = (names: readonly string[]): string => (names.length === 0 ? 'never' : names.map((name) => JSON.stringify(name)).join(' | '))

const above = (folder: string): readonly string[] => (dirname(folder) === folder ? [folder] : [folder, ...above(dirname(folder))])

async function nearest(folder: string, name: string): Promise<string | null> {
  for (const each of above(resolve(folder))) {
    const found = await existing(join(each, name))
    if (found !== null) return found
  }
  return null
}

const existing = (path: string): Promise<string | null> =>
  access(path).then(
    () => path,
    () => null,
  )

/** What it prints; its exit code says no more than that. */
async function run(compiler: string, args: readonly string[], cwd: string, signal: AbortSignal | undefined): Promise<string> {
  const child = spawn(process.execPath, [compiler, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'ignore'],
    ...(signal === undefined ? {} : { signal }),
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  return await new Promise((resolve, reject) => {
    child.on('error', reject).on('close', () => resolve(output))
  })
}

/** A file that is as it was keeps what the compiler remembers of it. */
async function write(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => null)) !== text) await writeFile(path, text)
}
