import { describe, expect, it } from 'vitest'
import { parseEnvFile } from './env-file.ts'

const values = (text: string) => Object.fromEntries([...parseEnvFile(text, '.env')].map(([name, { value }]) => [name, value]))

describe('a .env file', () => {
  it('is read with comments, quotes, escapes, export, blanks and Windows line ends', () => {
    const text = [
      '\uFEFF# keys',
      '',
      'PLAIN=abc',
      'export  EXPORTED=1',
      '  SPACED = a b  # comment',
      'HASH=a#b',
      'EMPTY=',
      'ONLY_COMMENT= # none',
      "SINGLE='a # \\n $b' # comment",
      'DOUBLE="line\\nnext \\"quoted\\" \\\\ \\$HOME"',
      'EQUALS=a=b==',
      'URL=postgresql://u:p@h/db?x=1',
    ].join('\r\n')
    expect(values(text)).toEqual({
      PLAIN: 'abc',
      EXPORTED: '1',
      SPACED: 'a b',
      HASH: 'a#b',
      EMPTY: '',
      ONLY_COMMENT: '',
      SINGLE: 'a # \\n $b',
      DOUBLE: 'line\nnext "quoted" \\ $HOME',
      EQUALS: 'a=b==',
      URL: 'postgresql://u:p@h/db?x=1',
    })
  })

  it('tells the line of each entry', () => {
    expect(parseEnvFile('\n# a\nA=1\n\nB=2', '.env').get('B')).toEqual({ value: '2', line: 5 })
  })

  it.each([
    ['a line without "="', 's3cret-value', /no "="/],
    ['a text before "=" that is not a name', 's3cret value=1', /not the name of a variable/],
    ['a missing name', '=s3cret', /not the name of a variable/],
    ['a quote that is not closed', 'KEY="s3cret', /the value of KEY has no closing quote/],
    ['text behind the closing quote', "KEY='s3cret'tail", /the value of KEY has text after its closing quote/],
    ['an escape that does not exist', 'KEY="s3cret\\x"', /the value of KEY has an escape that does not exist/],
    ['a name set twice', 'A=s3cret', /A is set a second time, first on line 1/],
  ])('is refused for %s, by its line and without the text', (_, line, fault) => {
    let thrown: unknown
    try {
      parseEnvFile(`A=1\n# c\n${line}\n`, '.env')
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ code: 'config.invalid', facts: { file: '.env', line: 3 }, message: expect.stringMatching(fault) })
    expect((thrown as Error).message).toMatch(/^\.env:3: /)
    expect(JSON.stringify({ ...(thrown as object), message: (thrown as Error).message })).not.toContain('s3cret')
  })
})
