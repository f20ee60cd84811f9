import { fileErrors } from '../../../errors.ts'
import type { Zip, ZipPart } from '../../bytes/zip.ts'
import { broken } from './xml/faults.ts'
import { type XmlListener, XmlScanner } from './xml/scanner.ts'

/**
 * Reads a part to its end, or until it is enough. A document type is refused: with it come entities that grow without end, and
 * workbooks have none.
 */
export async function readXml(zip: Zip, part: ZipPart, listener: XmlListener, isDone: () => boolean = () => false): Promise<void> {
  const scanner = new XmlScanner(listener)
  let decoder: InstanceType<typeof TextDecoder> | undefined
  let isFirst = true
  for await (const piece of zip.pieces(part)) {
    if (isFirst) decoder = wideDecoder(piece)
    isFirst = false
    scanner.write(decoder === undefined ? piece : decoded(decoder, piece))
    if (isDone()) return
  }
  if (decoder !== undefined) scanner.write(decoded(decoder))
  scanner.end()
}

/** Of UTF-16, which its first bytes tell. */
function wideDecoder(piece: Buffer): InstanceType<typeof TextDecoder> | undefined {
  const [first, second] = piece
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le', { fatal: true })
  return first === 0xfe && second === 0xff ? new TextDecoder('utf-16be', { fatal: true }) : undefined
}

function decoded(decoder: InstanceType<typeof TextDecoder>, piece?: Buffer): Buffer {
  try {
    return Buffer.from(piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true }))
  } catch {
    throw broken('it is not written in its encoding')
  }
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
    open(name, tag) {
      if (name !== 'Relationship') return
      relations.push({
        id: tag.value('Id') ?? '',
        type: (tag.value('Type') ?? '').split('/').at(-1) ?? '',
        target: resolvedPath(folder, tag.value('Target') ?? ''),
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
