import { SaxesParser } from 'saxes'
import { fileErrors } from '../../../errors.ts'
import type { Zip, ZipPart } from '../../bytes/zip.ts'

/** What is told of a part as it is read. Names of elements come without a prefix. */
export interface XmlListener {
  open(name: string, attributes: Attributes): void
  close(name: string): void
  /** Texts with entities and CDATA resolved; one text may come in several. */
  text(text: string): void
}

export type Attributes = Readonly<Partial<Record<string, string>>>

/**
 * Reads a part to its end, or until it is enough. A document type is refused: with it come entities that grow without end, and
 * workbooks have none.
 */
export async function readXml(zip: Zip, part: ZipPart, listener: XmlListener, isDone: () => boolean = () => false): Promise<void> {
  const parser = new SaxesParser()
  parser.on('error', ({ message }) => {
    throw broken(message)
  })
  parser.on('doctype', () => {
    throw broken('it has a document type, which workbooks have not')
  })
  parser.on('opentag', ({ name, attributes }) => listener.open(localName(name), attributes))
  parser.on('closetag', ({ name }) => listener.close(localName(name)))
  parser.on('text', (text) => listener.text(text))
  parser.on('cdata', (text) => listener.text(text))
  let decoder: InstanceType<typeof TextDecoder> | undefined
  for await (const piece of zip.pieces(part)) {
    decoder ??= new TextDecoder(encodingOf(piece), { fatal: true })
    parser.write(decoder.decode(piece, { stream: true }))
    if (isDone()) return
  }
  parser.write(decoder?.decode() ?? '').close()
}

const localName = (name: string): string => {
  const colon = name.indexOf(':')
  return colon < 0 ? name : name.slice(colon + 1)
}

/** Of the attributes that are read, those which name relations alone have a prefix. */
export const relationIn = (attributes: Attributes): string =>
  Object.entries(attributes).find(([name]) => name.endsWith(':id'))?.[1] ?? attributes.id ?? ''

const broken = (why: string): Error => fileErrors.damaged(`its XML is broken: ${why}`, { next: 'Ask for the file again.' })

function encodingOf(piece: Buffer): string {
  if (piece[0] === 0xff && piece[1] === 0xfe) return 'utf-16le'
  return piece[0] === 0xfe && piece[1] === 0xff ? 'utf-16be' : 'utf-8'
}

export interface Relation {
  readonly id: string
  /** The last word of its type: `worksheet`, `sharedStrings`. */
  readonly type: string
  /** The part that is meant. */
  readonly target: string
}

/** What a part names, as it stands in the part beside it. None where there is none. */
export async function relationsOf(zip: Zip, part: string): Promise<readonly Relation[]> {
  const slash = part.lastIndexOf('/')
  const [folder, name] = [part.slice(0, slash + 1), part.slice(slash + 1)]
  const found = partNamed(zip, `${folder}_rels/${name}.rels`)
  if (found === undefined) return []
  const relations: Relation[] = []
  await readXml(zip, found, {
    open(tag, attributes) {
      if (tag !== 'Relationship') return
      const target = attributes.Target ?? ''
      relations.push({
        id: attributes.Id ?? '',
        type: (attributes.Type ?? '').split('/').at(-1) ?? '',
        target: resolvedPath(folder, target),
      })
    },
    close: () => undefined,
    text: () => undefined,
  })
  return relations
}

function resolvedPath(folder: string, target: string): string {
  if (target.startsWith('/')) return target.slice(1)
  const steps: string[] = []
  for (const step of `${folder}${target}`.split('/')) {
    if (step === '..') steps.pop()
    else if (step !== '.' && step !== '') steps.push(step)
  }
  return steps.join('/')
}

/** Names of parts do not differ in case alone (ECMA-376 part 2, 6.2.2). */
export function partNamed(zip: Zip, name: string): ZipPart | undefined {
  const exact = zip.parts.get(name)
  if (exact !== undefined) return exact
  const lower = name.toLowerCase()
  return [...zip.parts.values()].find((part) => part.name.toLowerCase() === lower)
}

export function neededPart(zip: Zip, name: string): ZipPart {
  const part = partNamed(zip, name)
  if (part === undefined)
    throw fileErrors.damaged(`its part ${name} is missing`, { facts: { part: name }, next: 'Ask for the file again.' })
  return part
}
