import { type Random, seeded, seedOfRun } from '@sluice/core/testing'
import { SaxesParser } from 'saxes'
import { expect, test } from 'vitest'
import { XmlScanner } from './scanner.ts'

/** What is told of a document, one text for each run of texts; `undefined` where it is refused. */
type Told = readonly string[] | undefined

const localName = (name: string): string => name.slice(name.indexOf(':') + 1)

/** Pieces that end anywhere, also within a character. */
function bySluice(document: Buffer, cuts: readonly number[]): Told {
  const told = telling()
  const scanner = new XmlScanner({
    open: (name, tag) => told.put(`<${name} ${['r', 's', 't', 'x:id'].map((each) => `${each}=${tag.value(each) ?? '-'}`).join(' ')}>`),
    close: (name) => told.put(`</${name}>`),
    text: (bytes, from, to) => told.text(bytes.toString('utf8', from, to)),
  })
  try {
    for (const [at, from] of [0, ...cuts].entries()) scanner.write(document.subarray(from, cuts[at] ?? document.length))
    scanner.end()
    return told.all()
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'file.damaged' })
    return undefined
  }
}

function bySaxes(document: Buffer): Told {
  const told = telling()
  const parser = new SaxesParser()
  const refuse = (why: unknown): never => {
    throw why
  }
  parser.on('error', refuse)
  parser.on('doctype', refuse)
  parser.on('opentag', ({ name, attributes }) =>
    told.put(
      `<${localName(name)} ${['r', 's', 't', 'x:id'].map((each) => `${each}=${(attributes as Record<string, string>)[each] ?? '-'}`).join(' ')}>`,
    ),
  )
  parser.on('closetag', ({ name }) => told.put(`</${localName(name)}>`))
  parser.on('text', (text) => told.text(text))
  parser.on('cdata', (text) => told.text(text))
  try {
    parser.write(new TextDecoder('utf-8', { fatal: true }).decode(document)).close()
    return told.all()
  } catch {
    return undefined
  }
}

function telling() {
  const all: string[] = []
  let text = ''
  const put = (word: string): void => {
    if (text !== '') all.push(JSON.stringify(text))
    text = ''
    all.push(word)
  }
  return {
    put,
    text(piece: string): void {
      text += piece
    },
    // Spaces outside of the root are texts to saxes.
    all: (): readonly string[] => all.slice(all.findIndex((word) => word.startsWith('<'))),
  }
}

const texts = [
  '1',
  '43831.5',
  'a &amp; b',
  '&lt;',
  '&#65;',
  '&#x1F600;',
  'é',
  '日本',
  '😀',
  '\r\n',
  '\r',
  '\n',
  '\t',
  ']',
  ']]',
  '>',
  '"',
  "'",
  '&quot;',
  '&apos;',
] as const
const faulty = [
  ']]>',
  '&',
  '&;',
  '&nbsp;',
  '&#0;',
  '&#xD800;',
  '&#x110000;',
  '&amp',
  '<',
  '\0',
  '\u0001',
  '\ufffe',
  '\uffff',
  '<a',
  '</',
  '<!',
  '<?',
  '<a b>',
  '<a b=c>',
  '<a b="<"/>',
  '<a b="1"b="2"/>',
  '<a r="1" r="2"/>',
  '<!DOCTYPE a>',
  '<1/>',
  '< a/>',
  '</a b>',
  '--',
  '<?xml version="1.0"?>',
  '<!-- a -- b -->',
] as const
/** `<?p?x?>`: behind the name of an instruction stands a space or its end (XML 1.0, 2.6). */
const readBySaxesAlone = /<\?[^\s?]+\?(?!>)/
const names = ['row', 'c', 'v', 'x:c', 'is', 't', 'é', 'a-b.c'] as const

function element(random: Random, depth: number): string {
  const { pick, chance, integer } = random
  const name = pick(names)
  const attributes = ['r', 's', 't', 'x:id']
    .filter(() => chance(0.4))
    .map(
      (each) =>
        `${pick([' ', '\n', '  '])}${each}${pick(['=', ' = '])}${pick(['"v"', "'v'", '"a&amp;b"', '"a\tb\r\nc"', `'"'`, '"é😀"', '"&#9;"', '"]]>"', '"&#10;"'])}`,
    )
    .join('')
  if (chance(0.1)) return `<${name}${attributes}${pick(['/>', ' />'])}`
  const parts = Array.from({ length: integer(5) }, () => {
    if (depth < 4 && chance(0.4)) return element(random, depth + 1)
    if (chance(0.1)) return pick(['<!-- c -->', '<!---->', '<![CDATA[a<b&c]]>', '<![CDATA[]]]>', '<![CDATA[\r\n]]>', '<?pi a?>', '<?p?>'])
    return pick(texts)
  })
  return `<${name}${attributes}>${parts.join('')}</${name}${chance(0.1) ? ' ' : ''}>`
}

const beginning = [
  '',
  '\ufeff',
  '<?xml version="1.0"?>',
  "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n",
  ' ',
  '<!-- a -->\r\n',
] as const

test('a document in pieces is told of as saxes tells of it whole, and what saxes refuses is refused', () => {
  const random = seeded(seedOfRun())
  const { pick, chance, integer } = random
  const seen = { read: 0, refused: 0 }
  for (let times = process.env.SLUICE_TEST_LONG === undefined ? 600 : 20_000; times > 0; times--) {
    let text = `${pick(beginning)}${element(random, 0)}${pick(['', '\n', '<!-- e -->', '<?p?>'])}`
    for (let faults = chance(0.5) ? 0 : 1 + integer(2); faults > 0; faults--) {
      const at = integer(text.length + 1)
      text = `${text.slice(0, at)}${chance(0.6) ? pick(faulty) : ''}${text.slice(chance(0.5) ? at : Math.min(text.length, at + integer(4)))}`
    }
    const document = Buffer.from(text)
    const cuts = Array.from({ length: integer(6) }, () => integer(document.length + 1)).toSorted((a, b) => a - b)
    const expected = bySaxes(document)
    if (expected !== undefined && readBySaxesAlone.test(text)) continue
    expect(bySluice(document, cuts), JSON.stringify(text)).toEqual(expected)
    seen[expected === undefined ? 'refused' : 'read']++
  }
  expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(100)
})

test.each(faulty)('%j in a text is refused, however the text is cut', (fault) => {
  const document = Buffer.from(`<a>x${fault}y</a>`)
  const isText = fault === '--'
  for (let at = 0; at <= document.length; at++) expect(bySluice(document, [at]) !== undefined).toBe(isText)
})

test('a byte that is not UTF-8 is refused, and a tag of millions of bytes is too long', () => {
  expect(bySluice(Buffer.from('<a>\xff</a>', 'latin1'), [3])).toBeUndefined()
  expect(bySluice(Buffer.from('<a>\xe2\x82</a>', 'latin1'), [4])).toBeUndefined()
  const scanner = new XmlScanner({ open: () => undefined, close: () => undefined, text: () => undefined })
  scanner.write(Buffer.from('<a b="'))
  expect(() => scanner.write(Buffer.alloc(17 << 20, 'x'))).toThrow(expect.objectContaining({ code: 'file.limit' }))
})
