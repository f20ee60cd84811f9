/** A node of a text in parentheses: a word, or a list of nodes. */
type Node = string | readonly Node[]
type List = readonly Node[]

const [i32, i64, v128, none] = [0x7f, 0x7e, 0x7b, 0x40]
const valueTypes: Readonly<Record<string, number>> = { i32, i64, v128 }
const loop = 0x03
const [block, branchIf, elseOf, end] = [0x02, 0x0d, 0x05, 0x0b]

/** Bytes of the instructions that take what stands before them alone. */
const plain: Readonly<Record<string, readonly number[]>> = {
  return: [0x0f],
  'i32.eqz': [0x45],
  'i32.eq': [0x46],
  'i32.ne': [0x47],
  'i32.lt_u': [0x49],
  'i32.gt_u': [0x4b],
  'i32.le_u': [0x4d],
  'i32.ge_u': [0x4f],
  'i64.gt_u': [0x56],
  'i32.ctz': [0x68],
  'i32.add': [0x6a],
  'i32.sub': [0x6b],
  'i32.mul': [0x6c],
  'i32.rem_u': [0x70],
  'i32.and': [0x71],
  'i32.or': [0x72],
  'i32.xor': [0x73],
  'i32.shr_u': [0x76],
  'i64.add': [0x7c],
  'i64.mul': [0x7e],
  'i64.extend_i32_u': [0xad],
  'i8x16.splat': [0xfd, 0x0f],
  'i8x16.eq': [0xfd, 0x23],
  'i8x16.le_u': [0xfd, 0x2a],
  'v128.or': [0xfd, 0x50],
  'i8x16.bitmask': [0xfd, 0x64],
  'i8x16.sub': [0xfd, 0x71],
}

/** Those that also say where in memory, behind their place. */
const inMemory: Readonly<Record<string, readonly number[]>> = {
  'i32.load': [0x28],
  'i64.load': [0x29],
  'i32.load8_u': [0x2d],
  'i32.load16_u': [0x2f],
  'i32.store': [0x36],
  'i32.store8': [0x3a],
  'v128.load': [0xfd, 0x00],
}

interface Scope {
  readonly functions: readonly string[]
  readonly locals: readonly string[]
  /** The innermost one last. */
  readonly labels: readonly string[]
}

/**
 * The bytes of a WebAssembly module whose text is folded (WebAssembly Core 2.0, chapter 6): of its instructions those that are in use here.
 * Its first memory and the functions that say so are exported.
 */
export function assemble(text: string): Uint8Array<ArrayBuffer> {
  const fields = parse(text)
  const functions = fields.filter(([kind]) => kind === 'func')
  const names = functions.map((field) => String(field[1]))
  const memory = fields.find(([kind]) => kind === 'memory')
  const exported = functions.flatMap((field, at) => {
    const name = field.find((part): part is List => typeof part !== 'string' && part[0] === 'export')?.[1]
    return name === undefined ? [] : [[...nameOf(String(name)), 0, ...unsigned(at)]]
  })
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, functions.map(signatureOf)),
    ...section(
      3,
      functions.map((_, at) => unsigned(at)),
    ),
    ...section(5, [[0, ...unsigned(Number(memory?.at(-1)))]]),
    ...section(7, [[...nameOf('"memory"'), 2, 0], ...exported]),
    ...section(
      10,
      functions.map((field) => codeOf(field, names)),
    ),
  ])
}

function parse(text: string): readonly List[] {
  const open: Node[][] = [[]]
  for (const [word] of text.replaceAll(/;;.*/g, '').matchAll(/[()]|"[^"]*"|[^\s()]+/g)) {
    if (word === '(') open.push([])
    else if (word === ')') {
      const closed = open.pop() ?? []
      open.at(-1)?.push(closed)
    } else open.at(-1)?.push(word)
  }
  const [fields, ...unclosed] = open
  if (fields === undefined || unclosed.length > 0) throw new SyntaxError('parentheses that do not match')
  return fields.map(listOf)
}

const listOf = (node: Node): List => (typeof node === 'string' ? [node] : node)
const partsOf = (field: List, kind: string): readonly List[] => field.map(listOf).filter(([first]) => first === kind)
const typeOf = (node: Node | undefined): number => known(valueTypes, String(node))

const signatureOf = (field: List): readonly number[] => [
  0x60,
  ...vector(partsOf(field, 'param').map((part) => [typeOf(part[2])])),
  ...vector(partsOf(field, 'result').map((part) => [typeOf(part[1])])),
]

function codeOf(field: List, functions: readonly string[]): readonly number[] {
  const locals = partsOf(field, 'local')
  const named = [...partsOf(field, 'param'), ...locals].map((part) => String(part[1]))
  const body = field.slice(2).filter((node) => !['export', 'param', 'result', 'local'].includes(String(listOf(node)[0])))
  const scope: Scope = { functions, locals: named, labels: [] }
  const bytes = [...vector(locals.map((part) => [1, typeOf(part[2])])), ...body.flatMap((node) => emit(node, scope)), end]
  return [...unsigned(bytes.length), ...bytes]
}

function emit(node: Node, scope: Scope): readonly number[] {
  const [name, ...rest] = listOf(node)
  const operands = rest.filter((each) => typeof each !== 'string')
  const words = rest.filter((each) => typeof each === 'string')
  const given = (): readonly number[] => operands.flatMap((each) => emit(each, scope))
  const within = (label: string): readonly number[] => {
    const inner = { ...scope, labels: [...scope.labels, label] }
    return operands.flatMap((each) => emit(each, inner))
  }
  const [word = ''] = words
  switch (name) {
    case 'block':
    case 'loop':
      return [name === 'loop' ? loop : block, none, ...within(word), end]
    case 'if': {
      const [condition = '', ...branches] = operands
      const inner = { ...scope, labels: [...scope.labels, ''] }
      const [first = [], second] = branches.map((branch) => listOf(branch).slice(1))
      const bytes = (nodes: List): readonly number[] => nodes.flatMap((each) => emit(each, inner))
      return [...emit(condition, scope), 0x04, none, ...bytes(first), ...(second === undefined ? [] : [elseOf, ...bytes(second)]), end]
    }
    case 'br':
      return [0x0c, ...depthOf(word, scope)]
    case 'br_if':
      return [...given(), branchIf, ...depthOf(word, scope)]
    case 'br_table': {
      const depths = words.map((label) => depthOf(label, scope))
      return [...given(), 0x0e, ...vector(depths.slice(0, -1)), ...(depths.at(-1) ?? [])]
    }
    case 'call':
      return [...given(), 0x10, ...placeOf(word, scope.functions)]
    case 'local.get':
      return [0x20, ...placeOf(word, scope.locals)]
    case 'local.set':
      return [...given(), 0x21, ...placeOf(word, scope.locals)]
    case 'local.tee':
      return [...given(), 0x22, ...placeOf(word, scope.locals)]
    case 'i32.const':
      return [0x41, ...signed(Number(word))]
    case 'i64.const':
      return [0x42, ...signed(Number(word))]
    default: {
      const place = inMemory[String(name)]
      if (place === undefined) return [...given(), ...known(plain, String(name))]
      return [...given(), ...place, 0, ...unsigned(Number(word.replace('offset=', '')))]
    }
  }
}

function known<T>(all: Readonly<Record<string, T>>, name: string): T {
  const found = all[name]
  if (found === undefined) throw new SyntaxError(`${name} is not known`)
  return found
}

function placeOf(name: string, among: readonly string[]): readonly number[] {
  const at = among.indexOf(name)
  if (at === -1) throw new SyntaxError(`${name} is not declared`)
  return unsigned(at)
}

function depthOf(label: string, { labels }: Scope): readonly number[] {
  return placeOf(label, labels.toReversed())
}

const section = (id: number, items: readonly (readonly number[])[]): readonly number[] => {
  const bytes = vector(items)
  return [id, ...unsigned(bytes.length), ...bytes]
}

const vector = (items: readonly (readonly number[])[]): readonly number[] => [...unsigned(items.length), ...items.flat()]

/** A name stands between quotation marks. */
const nameOf = (quoted: string): readonly number[] => vector([...quoted.slice(1, -1)].map((letter) => [letter.charCodeAt(0)]))

/** LEB128 (5.2.2). */
function unsigned(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

function signed(value: number): readonly number[] {
  const low = value & 0x7f
  const rest = value >> 7
  const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)
  return isLast ? [low] : [low | 0x80, ...signed(rest)]
}
