import { toErrorRecord } from '@sluice/core'
import { expect, it } from 'vitest'
import { classify } from './classify.ts'
import type { EmailSettings } from './settings.ts'

const settings: EmailSettings = {
  host: 'smtp.example.org',
  port: 587,
  security: 'starttls',
  user: 'me',
  password: 's3cret',
  from: 'a@example.org',
}
const thrown = (message: string, more: object): Error => Object.assign(new Error(message), more)

it.each([
  ['a full mailbox', { code: 'EENVELOPE', responseCode: 452, permanent: false }, 'notify.unavailable'],
  ['a login that is put off', { code: 'EAUTH', responseCode: 454, permanent: false }, 'notify.unavailable'],
  ['a STARTTLS that is put off', { code: 'ETLS', responseCode: 454, permanent: false }, 'notify.unavailable'],
  ['a bad sequence of commands', { code: 'EMESSAGE', responseCode: 503, permanent: false }, 'notify.unavailable'],
  ['a reply that has no code', { code: 'EMESSAGE', response: 'abc' }, 'notify.unavailable'],
  ['a name that does not resolve', { code: 'EDNS', originalCode: 'ENOTFOUND' }, 'notify.unavailable'],
  ['a silent server', { code: 'ETIMEDOUT' }, 'notify.unavailable'],
  ['an error of no known kind', {}, 'notify.unavailable'],
  ['a refused login', { code: 'EAUTH', responseCode: 535, permanent: true }, 'notify.misconfigured'],
  ['a server that offers no login', { code: 'EAUTH' }, 'notify.misconfigured'],
  ['a refused content', { code: 'EMESSAGE', responseCode: 554, permanent: true }, 'notify.refused'],
  ['a message above the size the server announced', { code: 'EMESSAGE' }, 'notify.refused'],
  ['an expired certificate', { code: 'ESOCKET', originalCode: 'CERT_HAS_EXPIRED' }, 'notify.misconfigured'],
  ["another host's certificate", { code: 'ETLS', originalCode: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'notify.misconfigured'],
  ['a login that is asked for', { code: 'EENVELOPE', responseCode: 530, permanent: true, command: 'MAIL FROM' }, 'notify.misconfigured'],
  ['a refused sender', { code: 'EENVELOPE', responseCode: 550, permanent: true, command: 'MAIL FROM' }, 'notify.misconfigured'],
  ['a message that is too large', { code: 'EENVELOPE', responseCode: 552, permanent: true, command: 'MAIL FROM' }, 'notify.refused'],
  ['a refused recipient', { code: 'EENVELOPE', responseCode: 550, permanent: true, command: 'RCPT TO' }, 'notify.refused'],
])('%s is told apart', (_name, error, code) => {
  expect(classify(thrown('x', error), settings, { dataBegun: false })).toMatchObject({ code, next: expect.stringMatching(/\S/) })
})

it.each([530, 534, 535, 538])('%d, whatever it answers, asks for a login that holds', (responseCode) => {
  for (const command of ['MAIL FROM', 'RCPT TO', 'DATA']) {
    const refused = thrown('x', { code: 'EENVELOPE', responseCode, permanent: true, command })
    expect(classify(refused, settings, { dataBegun: false }), command).toMatchObject({
      code: 'notify.misconfigured',
      next: expect.stringContaining('Check user and password'),
    })
  }
})

it('only an unanswered message may have arrived', () => {
  expect(classify(thrown('x', { code: 'ECONNECTION' }), settings, { dataBegun: true }).facts).toMatchObject({ mayHaveArrived: true })
  expect(classify(thrown('x', { code: 'ECONNECTION' }), settings, { dataBegun: false }).facts).not.toHaveProperty('mayHaveArrived')
  expect(classify(thrown('x', { code: 'EMESSAGE', responseCode: 451 }), settings, { dataBegun: true }).facts).not.toHaveProperty(
    'mayHaveArrived',
  )
})

it('a server that repeats what it was sent does not get the password into the error', () => {
  const forms = ['s3cret', Buffer.from('s3cret').toString('base64'), Buffer.from('\0me\0s3cret').toString('base64')]
  const echo = thrown(`unknown command ${forms.join(' ')}`, {
    code: 'EAUTH',
    responseCode: 500,
    permanent: true,
    command: `AUTH PLAIN ${forms[2]}`,
  })
  const error = classify(echo, settings, { dataBegun: false })
  const shown = JSON.stringify(toErrorRecord(error))
  for (const form of forms) expect(shown).not.toContain(form)
  expect(error.message).toBe('mail server smtp.example.org:587: unknown command *** *** ***')
})
