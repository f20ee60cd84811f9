import { type Html, html } from './html.ts'

/**
 * How parts look. Mail programs drop much of CSS, so the light look stands inline; programs that read a style sheet get the dark one and
 * the narrow one from it. Each look has its class, so that no colour exists for one of the two alone.
 */
interface Look {
  /** Light, and what is the same in both. */
  readonly style: string
  readonly dark: string
  /** On a screen of 480 px or less. */
  readonly narrow: string
}

export const colours = {
  ground: ['#f2f5f6', '#0e1417'],
  surface: ['#ffffff', '#141b1f'],
  noted: ['#fdf6e3', '#2b2411'],
  line: ['#e3e8ea', '#26323a'],
  text: ['#13202a', '#e7edf0'],
  quiet: ['#55646e', '#9aaab4'],
  accent: ['#0b7a75', '#3fbfb5'],
  onAccent: ['#ffffff', '#06201f'],
  rise: ['#1b7f53', '#3fb27f'],
  fall: ['#c23434', '#ee6a6a'],
  warning: ['#8a5f00', '#e0b252'],
} as const satisfies Readonly<Record<string, readonly [light: string, dark: string]>>

const font = "-apple-system,'Segoe UI',Inter,Roboto,Arial,sans-serif"
const mono = 'ui-monospace,Menlo,Consolas,monospace'

/** Properties and the colours they have, in both themes. */
type Colours = Readonly<Record<string, keyof typeof colours>>
const inTheme = (declarations: Colours, theme: 0 | 1): string =>
  Object.entries(declarations)
    .map(([property, colour]) => `${property}:${colours[colour][theme]}`)
    .join(';')

const look = (style: string, declarations: Colours = {}, narrow = ''): Look => ({
  style: [style, inTheme(declarations, 0)].filter((each) => each !== '').join(';'),
  dark: inTheme(declarations, 1),
  narrow,
})
const inline = (colour: keyof typeof colours, style = ''): Look => look(style, { color: colour })
const cell = 'padding:7px 0 7px 10px;border-top:1px solid;vertical-align:top;overflow-wrap:anywhere'

export const looks = {
  ground: look(`margin:0;padding:0;font:15px/1.5 ${font}`, { background: 'ground', color: 'text' }),
  card: look(
    'max-width:600px;box-sizing:border-box;margin:0 auto;padding:22px;border:1px solid;border-radius:10px;text-align:left',
    { background: 'surface', color: 'text', 'border-color': 'line' },
    'padding:16px',
  ),
  title: look('font-size:20px;line-height:1.3;margin:0 0 12px;letter-spacing:-.01em;overflow-wrap:anywhere'),
  heading: look('font-size:14px;margin:24px 0 8px'),
  paragraph: look('margin:8px 0;overflow-wrap:anywhere'),
  figure: look(
    'display:inline-block;vertical-align:top;box-sizing:border-box;min-width:150px;margin-top:12px;padding:10px 12px;border:1px solid;border-radius:8px',
    { 'border-color': 'line' },
    'display:block;width:100%;margin-right:0',
  ),
  label: look('display:block;font-size:13px', { color: 'quiet' }),
  value: look('display:block;font-size:20px;line-height:1.4;letter-spacing:-.01em;font-weight:700'),
  under: look('display:block;font-size:13px', { color: 'quiet' }),
  table: look('width:100%;border-collapse:collapse;margin:8px 0;font-size:14px;font-variant-numeric:tabular-nums'),
  head: look('padding:7px 0 7px 10px;font-weight:500;font-size:13px;vertical-align:bottom', { color: 'quiet' }),
  cell: look(cell, { 'border-color': 'line' }),
  fact: look('padding:7px 12px 7px 0;border-top:1px solid;vertical-align:top;text-align:left;font-weight:500', {
    color: 'quiet',
    'border-color': 'line',
  }),
  code: look(
    `font:13px/1.5 ${mono};padding:8px 12px;border:1px solid;border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere;margin:8px 0`,
    { background: 'ground', color: 'text', 'border-color': 'line' },
  ),
  note: look('border-radius:8px;padding:10px 12px;font-size:14px;margin:16px 0 8px;overflow-wrap:anywhere', {
    background: 'noted',
    color: 'text',
  }),
  button: look('display:inline-block;text-decoration:none;font-weight:600;border-radius:7px;padding:9px 14px', {
    background: 'accent',
    color: 'onAccent',
  }),
  link: inline('accent'),
  footer: look('max-width:600px;margin:0 auto;padding:14px 4px;font-size:12.5px;text-align:left;overflow-wrap:anywhere', {
    color: 'quiet',
  }),
  strong: look('font-weight:700'),
  quiet: inline('quiet'),
  rise: inline('rise'),
  fall: inline('fall'),
  warning: inline('warning', 'font-weight:600'),
  critical: inline('fall', 'font-weight:700'),
  wideOnly: look('', {}, 'display:none'),
} as const satisfies Readonly<Record<string, Look>>

export type LookName = keyof typeof looks

/** The attributes of an element that looks so; `more` is added to the style. A class stands there where a sheet has a rule for it. */
export const like = (names: LookName | readonly LookName[], more = ''): Html => {
  const all = typeof names === 'string' ? [names] : names
  const style = [...all.map((name) => looks[name].style), more].filter((each) => each !== '').join(';')
  const classes = all.filter((name) => ruled(looks[name])).join(' ')
  const attributes = [...(classes === '' ? [] : [html`class="${classes}"`]), ...(style === '' ? [] : [html`style="${style}"`])]
  return { markup: attributes.map(({ markup }) => markup).join(' ') }
}

const ruled = ({ dark, narrow }: Look): boolean => dark !== '' || narrow !== ''

const rules = (of: (each: Look) => string): string =>
  Object.entries<Look>(looks)
    .flatMap(([name, each]) => {
      const declarations = of(each)
      return declarations === '' ? [] : [`.${name}{${declarations.replaceAll(/;|$/g, (end) => ` !important${end}`)}}`]
    })
    .join('\n')

/** Two sheets: a program that does not understand one of them drops that one. `!important`, since inline styles win otherwise. */
export const styleSheets: readonly Html[] = [
  { markup: `<style>@media (prefers-color-scheme: dark) {\n${rules(({ dark }) => dark)}\n}</style>\n` },
  { markup: `<style>@media (max-width: 480px) {\n${rules(({ narrow }) => narrow)}\n}</style>\n` },
]
