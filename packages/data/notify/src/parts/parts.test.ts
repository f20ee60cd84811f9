import { describe, expect, it } from 'vitest'
import {
  arrow,
  button,
  change,
  code,
  facts,
  figure,
  heading,
  link,
  type MessageParts,
  message,
  note,
  paragraph,
  table,
  toned,
} from './index.ts'
import { colours, looks } from './look.ts'

const attack = "\"><script>alert('x')</script>"
/** A report with every part. */
const report: MessageParts = {
  lang: 'fr',
  subject: 'Rapport quotidien - 2026-11-28',
  title: 'Le marché recule de 3,9 % ; 9 cryptomonnaies sur 120 montent',
  body: [
    paragraph(toned('samedi 28 novembre 2026', 'quiet'), ', 48 relevés'),
    figure({ label: 'Capitalisation totale', value: '1 950 Md $', change: change('▼ 3,91 %', -3.91) }),
    figure({ label: 'Variation moyenne', value: '−5,11 %' }),
    figure({ label: 'En hausse', value: 9, change: 'hier 64' }),
    heading('Les dix premières'),
    table({
      rows: [
        { rang: 1, nom: 'Bitcoin', prix: '56 205,80 $', change: 2.1 },
        { rang: 2, nom: 'Tether', prix: '1,0003 $', change: 0 },
      ],
      columns: [
        { name: '#', align: 'right', cell: ({ rang }) => rang },
        { name: 'Nom', cell: ({ nom }) => nom },
        { name: 'Prix', align: 'right', cell: ({ prix }) => prix },
        { name: '7 j', align: 'right', wideOnly: true, cell: ({ change: by }) => change(`${by > 0 ? '▲ ' : ''}${by} %`, by) },
      ],
    }),
    heading('Alertes'),
    table({
      rows: ['BONK'],
      columns: [
        { name: 'Sévérité', cell: () => toned('critique', 'critical') },
        { name: 'Actif', cell: (actif) => actif },
      ],
      line: (actif) => `- critique, ${actif}`,
    }),
    facts(['Pipeline', 'crypto_data_pipeline'], ['Durée', '1 min']),
    code('npx sluice runs list'),
    note('2 lignes mises de côté. ', link('Les voir', 'https://x.example/quarantine')),
    button('Ouvrir', 'https://x.example/?a=1&b=2'),
  ],
  footer: 'Envoyé par crypto_data_pipeline.',
}

describe('a message of parts', () => {
  const { subject, text, html } = message(report)

  it('reads as its fixture', async () => {
    await expect(`${subject}\n\n${text}`).toMatchFileSnapshot('./fixtures/report.txt')
    await expect(html).toMatchFileSnapshot('./fixtures/report.html')
  })

  it('says first and quietly what it is about, as a paragraph would', () => {
    const body = [heading('Les dix premières')]
    const about = '48 relevés'
    expect(message({ subject: 's', about, body })).toEqual(message({ subject: 's', body: [paragraph(toned(about, 'quiet')), ...body] }))
  })

  it('closes every element it opens', () => {
    const tags = [...html.matchAll(/<(\/?)([a-z][a-z0-9]*)/g)].filter(([, , tag]) => tag !== 'meta')
    const open: (string | undefined)[] = []
    for (const [, slash, tag] of tags) slash === '/' ? expect(open.pop()).toBe(tag) : open.push(tag)
    expect(open).toEqual([])
  })

  it('is for light and dark screens: whatever has a colour inline has another in the dark', () => {
    expect(html).toContain('<meta name="color-scheme" content="light dark">')
    const coloured = [...html.matchAll(/<[a-z0-9]+ [^>]*style="[^"]*#[0-9a-f]{6}[^"]*"/g)].map(([tag]) => tag)
    expect(coloured.length).toBeGreaterThan(20)
    const dark = html.slice(html.indexOf('prefers-color-scheme: dark'), html.indexOf('</style>'))
    for (const tag of coloured) {
      const classes = /class="([^"]*)"/.exec(tag)?.[1]?.split(' ') ?? []
      expect(classes.some((name) => dark.includes(`.${name}{`))).toBe(true)
    }
  })

  it('says the same in both: each word and number of the text stands in the page', () => {
    const page = html.replaceAll(/<[^>]*>/g, ' ').replaceAll('&amp;', '&')
    const words = text.split(/[\s(),]+/).filter((word) => !/^[-=]*$/.test(word) && !word.startsWith('https:'))
    expect(words.length).toBeGreaterThan(40)
    expect(words.filter((word) => !page.includes(word.replace(/:$/, '')))).toEqual([])
  })

  it('has its title over the text, with a rule below it, only where one is given', () => {
    const body = [paragraph('One line.')]
    expect(message({ subject: 's', body }).text).toBe('One line.\n')
    expect(message({ subject: 's', title: 't', body }).text).toBe('t\n=\n\nOne line.\n')
    expect(message({ subject: 's', body }).html).toContain('>s</h1>')
  })
})

describe('a part', () => {
  const htmlOf = (...body: MessageParts['body']) => message({ subject: 's', body }).html
  const textOf = (...body: MessageParts['body']) => message({ subject: 's', body }).text

  it.each([
    ['a subject', message({ subject: attack, body: [] }).html],
    ['a title, a language, a footer', message({ subject: 's', title: attack, lang: attack, footer: attack, body: [] }).html],
    ['a paragraph', htmlOf(paragraph(attack, toned(attack, 'rise'), link(attack, attack), link(attack, `https://${attack}`)))],
    ['a heading', htmlOf(heading(attack))],
    ['a figure', htmlOf(figure({ label: attack, value: attack, change: attack }))],
    ['a table', htmlOf(table({ rows: [attack], columns: [{ name: attack, cell: (each) => toned(each, 'fall') }] }))],
    ['facts', htmlOf(facts([attack, attack]))],
    ['a note', htmlOf(note(attack))],
    ['a code', htmlOf(code(attack))],
    ['a button', htmlOf(button(attack, attack), button(attack, `https://${attack}`))],
  ])('is text, not markup: %s', (_, html) => {
    expect(html).not.toContain('<script')
    expect(html).toContain('&quot;&gt;&lt;script&gt;')
  })

  it('links to addresses of the web and of people alone; another address is shown', () => {
    const unsafe = htmlOf(paragraph(link('here', 'javascript:alert(1)')), button('there', 'data:text/html,x'))
    expect(unsafe).not.toContain('href')
    expect(unsafe).toContain('here (javascript:alert(1))')
    expect(htmlOf(paragraph(link('write', 'mailto:ops@example.org')))).toContain('href="mailto:ops@example.org"')
    expect(textOf(paragraph('See ', link('the run', 'https://x.example/1'), '.'))).toBe('See the run (https://x.example/1).\n')
  })

  it('a table as text keeps its columns under one another', () => {
    const rows = [
      { n: 10, name: 'a' },
      { n: 9, name: '' },
    ]
    const columns = [
      { name: 'n', align: 'right' as const, cell: (row: { n: number }) => row.n },
      { name: 'name', cell: (row: { name: string }) => row.name },
    ]
    expect(textOf(table({ rows, columns }))).toBe(' n  name\n--  ----\n10  a\n 9\n')
    expect(textOf(table({ rows, columns, line: ({ n, name }) => `- ${n} of ${name}` }))).toBe('- 10 of a\n- 9 of\n')
  })

  it('is left out where a condition says so, alone, in a list and as a column; the rest stands as it would without', () => {
    const one = paragraph('one')
    expect(textOf(one, false, [null, [one], undefined], [])).toBe(textOf(one, one))
    const columns = [{ name: 'n', cell: (row: number) => row }]
    expect(table({ rows: [1], columns: [false, ...columns, null, undefined] })).toEqual(table({ rows: [1], columns }))
  })

  it.each([0, '', true, 'text'])('is not %j: such a body is refused, and says what a condition is', (odd) => {
    expect(() => textOf(odd as never)).toThrow(`the body of a message lists ${JSON.stringify(odd)}, which is not a part`)
  })

  it('a table has no cell of what its rows do not have', () => {
    // @ts-expect-error Property 'price' does not exist on type '{ name: string; }'.
    const wrong = () => table({ rows: [{ name: 'a' }], columns: [{ name: 'Price', cell: ({ price }) => price }] })
    expect(wrong).not.toThrow()
  })

  it('a long cell of a text table does not push the other rows apart', () => {
    const columns = [
      { name: 'name', cell: (name: string) => name },
      { name: 'n', cell: () => 1 },
    ]
    const lines = textOf(table({ rows: ['x'.repeat(300), 'y'], columns })).split('\n')
    expect(lines[3]).toBe(`${'y'.padEnd(60)}  1`)
  })

  it('a change is coloured by its direction, and no change is not', () => {
    expect([change('+1 %', 1), change('-1 %', -1), change('0 %', 0)]).toEqual([toned('+1 %', 'rise'), toned('-1 %', 'fall'), '0 %'])
  })

  it('figures stand three in a row, four as two and two, and alone in a row of their own after another part', () => {
    const widths = (...body: MessageParts['body']) =>
      [...htmlOf(...body).matchAll(/;width:([\d.]+)%;margin-right/g)].map(([, width]) => width)
    const one = figure({ label: 'l', value: 1 })
    expect(widths(one, one, one)).toEqual(['32.00', '32.00', '32.00'])
    expect(widths(one, one, one, one)).toEqual(['49.00', '49.00', '49.00', '49.00'])
    expect(widths(one, paragraph('p'), one)).toEqual(['100.00', '100.00'])
  })
})

describe('the colours', () => {
  const luminance = (hex: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  /** WCAG 2.2, 1.4.3. */
  const contrast = (one: string, other: string): number => {
    const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
    return (high + 0.05) / (low + 0.05)
  }

  it.each([
    ['light', 0],
    ['dark', 1],
  ] as const)('let text be read on its ground: 4.5 : 1 at least, %s', (_, theme) => {
    const of = (name: keyof typeof colours) => colours[name][theme]
    const pairs = [
      ...(['text', 'quiet', 'accent', 'rise', 'fall', 'warning'] as const).map((name) => [name, 'surface'] as const),
      ['text', 'ground'] as const,
      ['quiet', 'ground'] as const,
      ['text', 'noted'] as const,
      ['accent', 'noted'] as const,
      ['onAccent', 'accent'] as const,
    ]
    expect(pairs.filter(([text, ground]) => contrast(of(text), of(ground)) < 4.5)).toEqual([])
  })

  it('a contrast that is too low would be found', () => {
    expect(contrast('#ffffff', '#000000')).toBeCloseTo(21)
    expect(contrast('#9aaab4', '#ffffff')).toBeLessThan(4.5)
  })

  it('are all used', () => {
    const used = JSON.stringify(looks)
    for (const [light, dark] of Object.values(colours)) expect([used.includes(light), used.includes(dark)]).toEqual([true, true])
  })
})

it('an arrow says the direction of a change; what is written like no change has none', () => {
  const written = (by: number | null) => (by === null ? 'n/a' : `${by.toFixed(2)} %`)
  expect([arrow('2.104', written), arrow(-0.5, written)]).toEqual([toned('▲\u00a02.10 %', 'rise'), toned('▼\u00a00.50 %', 'fall')])
  expect([arrow(0, written), arrow('-0.004', written), arrow(null, written)]).toEqual(['0.00 %', '0.00 %', 'n/a'])
})
