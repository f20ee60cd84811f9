import { maskOf, toErrorRecord } from '@sluice/core'
import { expect, test } from 'vitest'
import { maskError, maskedLogger, maskOutput } from './masking.ts'

const mask = maskOf(['hunter22', '12345', 'true'])

test('the text of an error is masked wherever it stands, and a secret that spells a number or a word of JSON breaks nothing', () => {
  const error = {
    ...toErrorRecord(new Error('no hunter22')),
    facts: { hunter22: ['a hunter22'], port: 12_345, open: true, at: new Date(0) },
  }
  const masked = maskError(mask, error)
  expect(masked).toMatchObject({ message: 'no ***', facts: { '***': ['a ***'], port: '***', open: true, at: '1970-01-01T00:00:00.000Z' } })
  expect(masked.stack).not.toContain('hunter22')
})

test('facts that JSON cannot hold are left out of an error, and stay in a line of a log', () => {
  const around: { self?: unknown; key: string } = { key: 'hunter22' }
  around.self = around
  expect(maskError(mask, { ...toErrorRecord(new Error('no')), facts: around })).not.toHaveProperty('facts')
  const lines: unknown[] = []
  const keep = (message: string, facts?: object): void => void lines.push([message, facts])
  maskedLogger(mask, { debug: keep, info: keep, warn: keep, error: keep }).info('it is hunter22', { around, big: 1n })
  expect(lines).toEqual([['it is ***', { around: { key: '***', self: '(circular)' }, big: 1n }]])
})

test('a list of characters or bytes that spells a secret is a text without it, and what lies beside it stays', () => {
  const hide = maskOf(['hunter22-of-mine'])
  const spelled = { letters: [...'hunter22-of-mine'], bytes: Buffer.from('hunter22-of-mine'), rows: [1, 2] }
  const masked = maskOutput(hide, spelled as never)
  expect(masked).toEqual({ letters: expect.stringContaining('***'), bytes: { type: 'Buffer', data: '[***]' }, rows: [1, 2] })
  expect(JSON.stringify(masked)).not.toMatch(/h","u|104,117/)
  expect(maskError(hide, { ...toErrorRecord(new Error('no')), facts: spelled })).toMatchObject({
    message: 'no',
    facts: { rows: [1, 2], letters: expect.stringContaining('***') },
  })
})

test('a value that writes itself as JSON is masked as it is written', () => {
  const hide = maskOf(['hunter22'])
  const own = { toJSON: () => ({ key: 'hunter22' }) }
  expect(maskOutput(hide, { own, kept: 1 } as never)).toEqual({ own: { key: '***' }, kept: 1 })
})

test('a secret is masked as it stands, in JSON and in a URL; one of fewer than four characters is left', () => {
  const hide = maskOf(['tok/en', 'two\nlines', 'abc'])
  expect(hide(`tok/en ${JSON.stringify({ key: 'two\nlines' })} https://x.org/?t=tok%2Fen abc`)).toBe(
    '*** {"key":"***"} https://x.org/?t=*** abc',
  )
})
