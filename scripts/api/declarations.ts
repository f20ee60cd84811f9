import { readFileSync } from 'node:fs'
import { isolatedDeclarationSync } from 'rolldown/experimental'

/** A declaration of a file, as its readers see it: without bodies and initial values. */
export interface Declared {
  readonly name: string
  /** What is said of it, without the signs of a comment; empty where nothing is. */
  readonly about: string
  readonly text: string
  readonly isType: boolean
}

/** A file as a compiler of its readers sees it. */
export interface Declarations {
  /** By name. */
  readonly declared: ReadonlyMap<string, Declared>
  /** Names that come from elsewhere: of imports, and of `export ... from`. */
  readonly elsewhere: ReadonlyMap<string, { readonly from: string; readonly name: string }>
  /** What it exports under its own names, or under names from elsewhere. */
  readonly exported: ReadonlySet<string>
  /** Modules all of whose exports are its own. */
  readonly all: readonly string[]
}

const known = new Map<string, Declarations>()

export function declarationsOf(file: string): Declarations {
  const found = known.get(file) ?? readFile(file)
  known.set(file, found)
  return found
}

/** A value whose type stands nowhere is shown as it is written. */
function readFile(file: string): Declarations {
  const source = readFileSync(file, 'utf8')
  const read = readDeclarations(isolatedDeclarationSync(file, source).code)
  const shown = [...read.declared].map(([name, each]) => {
    if (!each.text.endsWith(`const ${name}: unknown;`)) return [name, each] as const
    const text = new RegExp(`^(?:export )?(const ${name} = [\\s\\S]*?)(?:\\n\\n|\\n(?=export |/\\*\\*))`, 'm').exec(`${source}\n\n`)?.[1]
    return [name, text === undefined ? each : { ...each, text }] as const
  })
  return { ...read, declared: new Map(shown) }
}

/** @param code as the compiler writes it: each statement begins at the margin */
export function readDeclarations(code: string): Declarations {
  const [declared, elsewhere, exported, all] = [
    new Map<string, Declared>(),
    new Map<string, { from: string; name: string }>(),
    new Set<string>(),
    [] as string[],
  ]
  for (const { comment, text } of statementsOf(code)) {
    const star = /^export \* from "(.+)";/.exec(text)?.[1]
    const list = /^(import|export)(?: type)? \{([\s\S]*?)\}(?: from "(.+)")?;/.exec(text)
    const declaration = /^(export )?(?:declare )?(?:abstract )?(const|let|function|class|interface|type|enum) (\w+)/.exec(text)
    if (star !== undefined) all.push(star)
    else if (list !== null) {
      const [, way, names = '', from] = list
      for (const each of names
        .split(',')
        .map((name) => name.trim().replace(/^type /, ''))
        .filter((name) => name !== '')) {
        const [name = '', as = name] = each.split(' as ')
        if (from !== undefined) elsewhere.set(as, { from, name })
        if (way === 'export') exported.add(as)
      }
    } else if (declaration !== null) {
      const [, isExported, kind = '', name = ''] = declaration
      const before = declared.get(name)
      const own = text
        .replace(/^export /, '')
        .replace(/^declare /, '')
        .replaceAll('\t', '  ')
        .trimEnd()
      declared.set(name, {
        name,
        about: before?.about === undefined || before.about === '' ? aboutOf(comment) : before.about,
        // Several signatures of one function stand one below the other.
        text: before === undefined ? own : `${before.text}\n${own}`,
        isType: kind === 'interface' || kind === 'type',
      })
      if (isExported !== undefined) exported.add(name)
    }
  }
  return { declared, elsewhere, exported, all }
}

function statementsOf(code: string): readonly { readonly comment: string; readonly text: string }[] {
  const statements: { comment: string; text: string }[] = []
  let comment: string[] = []
  let isComment = false
  for (const line of code.split('\n')) {
    if (line.startsWith('/**')) [comment, isComment] = [[], true]
    if (isComment) {
      comment.push(line)
      isComment = !line.includes('*/')
      continue
    }
    if (/^(?:export|import|declare|type|interface|const|function|class)\b/.test(line)) {
      statements.push({ comment: comment.join('\n'), text: line })
      comment = []
    } else {
      const last = statements.at(-1)
      if (last !== undefined) last.text += `\n${line}`
    }
  }
  return statements
}

const aboutOf = (comment: string): string =>
  comment
    .replace(/^\/\*\*\s?/, '')
    .replace(/\s*\*\/\s*$/, '')
    .replaceAll(/^\s*\* ?/gm, '')
    .trim()
