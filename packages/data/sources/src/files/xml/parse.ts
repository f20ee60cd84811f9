import { SaxesParser } from 'saxes'
import { fileErrors } from '../../errors.ts'
import { openFile } from '../folder/open-file.ts'
import type { Parse } from '../isolated/parser.ts'
import { cellsOf } from './cells.ts'
import { cellWriter } from './columns.ts'
import { type Element, elementOf, localName } from './element.ts'
import type { XmlResult, XmlTask } from './task.ts'

const deepest = 512
/** Characters of one row. */
const longestRow = 64 << 20
/** Paths outside of the rows that are counted. */
const mostOthers = 200

/**
 * Reads the rows of a document, in the isolated process. Well-formed XML alone is read (saxes is strict); a document type is refused before
 * it can declare an entity, so that the five predefined ones and numbers of characters are all there are.
 */
export const parse: Parse<XmlTask, XmlResult> = async ({ path, task, createRows }) => {
  const rows = createRows('rows')
  const number = rows.addColumn('_row', 'BIGINT')
  const writer = cellWriter(rows, task.paths)
  const whole = new Set(task.paths ?? [])
  const parser = new SaxesParser()
  /** Names of the elements that are open, outside of a row; how many of them lead to the rows. */
  const open: string[] = []
  let leading = 0
  let around = task.rows.length === 1
  const others = new Map<string, number>()
  /** Elements of the row at hand, the row first. */
  const inside: Element[] = []
  let [rowLine, characters, lineOfTag] = [0, 0, 1]

  function take(length: number): void {
    characters += length
    if (characters <= longestRow) return
    throw fileErrors.limit(`line ${rowLine}: a row has more than ${longestRow >> 20} million characters`, {
      facts: { line: rowLine },
      next: 'Look at the file: a row of that length is mostly a mistake, or made to do harm.',
    })
  }

  function begin(name: string, attributes: Readonly<Record<string, string>>): void {
    if (open.length + inside.length >= deepest) throw tooDeep(lineOfTag)
    const parent = inside.at(-1)
    const isRow = parent === undefined && leading === open.length && open.length === task.rows.length - 1 && isStep(name)
    if (parent === undefined && !isRow) {
      if (leading === open.length && isStep(name)) leading++
      open.push(localName(name))
      around ||= leading === task.rows.length - 1 && leading === open.length
      countOther()
      return
    }
    if (isRow) [rowLine, characters] = [lineOfTag, 0]
    const element = elementOf(name, attributes)
    take(name.length + element.attributes.reduce((sum, [of, value]) => sum + of.length + value.length, 0) + 16)
    parent?.children.push(element)
    inside.push(element)
  }

  const isStep = (name: string): boolean => task.rows[open.length] === localName(name)

  function countOther(): void {
    const at = `/${open.join('/')}`
    if (others.has(at) || others.size < mostOthers) others.set(at, (others.get(at) ?? 0) + 1)
  }

  function end(): void {
    const element = inside.pop()
    if (element === undefined) {
      open.pop()
      leading = Math.min(leading, open.length)
      return
    }
    if (inside.length > 0) return
    writer.write(cellsOf(element, whole))
    number.whole(rows.at, rowLine)
    rows.endRow()
  }

  function addText(text: string): void {
    const element = inside.at(-1)
    if (element === undefined) return
    take(text.length)
    element.text += text
  }

  parser.on('error', (fault) => {
    throw notXml(fault.message)
  })
  parser.on('doctype', () => {
    throw fileErrors.unsupported(`line ${parser.line}: it has a document type, which may declare entities`, {
      facts: { line: parser.line },
      next: 'Take <!DOCTYPE ...> out of the file where it is made.',
    })
  })
  parser.on('opentagstart', () => {
    lineOfTag = parser.line
  })
  parser.on('opentag', ({ name, attributes }) => begin(name, attributes))
  parser.on('closetag', end)
  parser.on('text', addText)
  parser.on('cdata', addText)

  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  await using file = await openFile(path)
  for await (const piece of file.createReadStream({ start: task.start, highWaterMark: 1 << 18, autoClose: false })) {
    parser.write(decoded(decoder, piece as Buffer, parser.line))
  }
  if (task.isWhole) {
    parser.write(decoded(decoder, undefined, parser.line))
    parser.close()
  }
  rows.close()
  return {
    columns: writer.columns(),
    rows: rows.rows,
    around,
    others: [...others].sort(([, a], [, b]) => b - a).slice(0, 5),
  }
}

function decoded(decoder: InstanceType<typeof TextDecoder>, piece: Buffer | undefined, line: number): string {
  try {
    return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true })
  } catch {
    throw fileErrors.damaged(`behind line ${line}: a byte is not written in the encoding of the file`, {
      facts: { line },
      next: 'Say how the file is written: xml({ encoding: "windows-1252", ... }), or have it made anew.',
    })
  }
}

/** saxes says `3:14: unclosed tag: b`. */
function notXml(message: string): Error {
  const [, line, column, what] = /^(\d+):(\d+): (.*)$/s.exec(message) ?? [undefined, '?', '?', message]
  return fileErrors.damaged(
    `line ${line}, character ${Number(column) + 1}: it is not well-formed XML: ${String(what).replace(/\.$/, '')}`,
    {
      facts: { line: Number(line), character: Number(column) + 1 },
      next: 'Have the file made anew; where it was cut off, get it again.',
    },
  )
}

const tooDeep = (line: number): Error =>
  fileErrors.limit(`line ${line}: its elements are nested more than ${deepest} levels deep`, {
    facts: { line },
    next: 'Look at the file: it is mostly a mistake, or made to do harm.',
  })
