import { type ReceiverKind, receiverKinds } from '@sluice/author'
import { near } from '@sluice/core'

/** What the compiler says of a place in a project, in its own words. */
export interface Diagnostic {
  /** Relative to the project, with `/`. */
  readonly file: string
  readonly line: number
  /** In UTF-16 units, from 1. */
  readonly column: number
  readonly code: number
  /** Its lines, the most general first. */
  readonly text: string
}

/** What a project may name: what it declares, and the mail groups and receivers of its platform. */
export interface NamesOfProject extends Readonly<Partial<Record<ReceiverKind, readonly string[]>>> {
  /** Over HTTP: what `ctx.connection` gives. */
  readonly connection: readonly string[]
  readonly database: readonly string[]
  readonly variable: readonly string[]
  readonly secret: readonly string[]
  readonly mailGroup: readonly string[]
}

/** What `tsc --pretty false` prints in the project's folder: `file(line,column): error TS1234: text`, further lines indented. */
export function diagnosticsOf(output: string): { readonly placed: readonly Diagnostic[]; readonly placeless: readonly string[] } {
  const placed: Diagnostic[] = []
  const placeless: string[] = []
  for (const line of output.split(/\r?\n/)) {
    const found = /^(?<file>.+?)\((?<line>\d+),(?<column>\d+)\): error TS(?<code>\d+): (?<text>.*)$/.exec(line)?.groups
    if (found !== undefined) {
      const { file = '', text = '' } = found
      placed.push({ file, line: Number(found.line), column: Number(found.column), code: Number(found.code), text })
    } else if (/^error TS\d+: /.test(line)) placeless.push(line.replace(/^error TS\d+: /, ''))
    else if (line.startsWith(' ')) {
      const last = placed.pop()
      if (last !== undefined) placed.push({ ...last, text: `${last.text}\n${line}` })
    }
  }
  return { placed, placeless }
}

/** The diagnostic as a sentence, and what to do about it. */
export function typeFault({ code, text }: Diagnostic, declared: NamesOfProject): { readonly message: string; readonly next: string } {
  const sentence = sentenceOf(text)
  if (sentence === undefined) return { message: shortened(text), next: nextFor(code, text) }
  const { kind, name } = /^this \w+ (?:declares no|has no) (?<kind>\w+|mail group|\w+ receiver) "(?<name>.*)"$/.exec(sentence)?.groups ?? {}
  if (kind === undefined || name === undefined) return { message: sentence, next: 'Correct it as the sentence says.' }
  return {
    message: sentence,
    next: nextForName(kind === 'mail group' ? 'mailGroup' : (kind.replace(' receiver', '') as keyof NamesOfProject), name, declared),
  }
}

const placesOf: Readonly<Record<keyof NamesOfProject, string>> = {
  connection: "connections in the project's sluice.config.ts",
  database: "connections in the project's sluice.config.ts, by postgresConnection",
  variable: "variables in the project's sluice.config.ts",
  secret: "secrets in the project's sluice.config.ts",
  mailGroup: 'mailGroups in the sluice.config.ts of the platform',
  ...(Object.fromEntries(receiverKinds.map((kind) => [kind, `receivers.${kind} in the sluice.config.ts of the platform`])) as Record<
    ReceiverKind,
    string
  >),
}

/** What to do about a name that is not declared. */
export function nextForName(kind: keyof NamesOfProject, name: string, declared: NamesOfProject): string {
  const known = declared[kind] ?? []
  const [meant] = near(name, known)
  const list = known.length === 0 ? 'none is declared' : `declared ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}`
  return `${meant === undefined ? '' : `Did you mean "${meant}"? `}Correct the name, or declare it under ${placesOf[kind]}: ${list}.`
}

/** The types of Sluice say in a sentence what is wrong: it stands where the type that was expected would. */
function sentenceOf(text: string): string | undefined {
  for (const [, quoted = ''] of text.matchAll(/(?:parameter of type|assignable to type) '("(?:[^"\\]|\\.)*")'/g)) {
    const sentence = JSON.parse(quoted) as string
    if (/^\S+ \S+ \S/.test(sentence)) return sentence
  }
  return undefined
}

/** A displayed type may be as long as a page. */
const longestType = 120

const shortened = (text: string): string =>
  text.replaceAll(/'([^'\n]+)'/g, (whole, type: string) => (type.length <= longestType ? whole : `'${type.slice(0, longestType)}...'`))

function nextFor(code: number, text: string): string {
  const meant = /Did you mean(?: to write)? '("?[^'"]+"?)'\?/.exec(text)?.[1]
  if (meant !== undefined) return `Write ${meant.replaceAll('"', "'")}, if that is what you meant.`
  if (/'Promise</.test(text) && [2339, 2322, 2345, 2488, 2504].includes(code)) return 'Write await before the call that gives the promise.'
  return advice[code] ?? 'Correct the line: its types do not fit.'
}

const advice: Readonly<Record<number, string>> = {
  2304: 'Import or declare the name, or correct it.',
  2305: 'Import a name that the module exports.',
  2307: 'Correct the path, or install the package with npm.',
  2339: 'Name a property that the value has.',
  2353: 'Take the option out, or correct its name.',
  2554: 'Give as many arguments as the function takes.',
  2741: 'Give the property that is missing.',
  18048: 'Say what happens where the value is undefined.',
  18047: 'Say what happens where the value is null.',
  2532: 'Say what happens where the value is undefined.',
  7006: 'Give the parameter a type.',
}
