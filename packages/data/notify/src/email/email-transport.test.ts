import { SluiceError, toErrorRecord } from '@sluice/core'
import { certificate, expiredCertificate, type SmtpOptions, type SmtpSimulator, start } from '@sluice/simulator-smtp'
import { describe, expect, it } from 'vitest'
import type { Sending } from '../message.ts'
import { emailTransport } from './email-transport.ts'
import type { EmailSettings } from './settings.ts'

const auth = { user: 'me@example.org', password: 'app pass"word$' }
const sending: Sending = {
  key: 'run-1:success:email:ops@example.org',
  to: 'ops@example.org',
  message: { subject: 'Pipeline Crypto Réussi - 2026-11-21', text: 'Bonjour é\n.\nfin\n', html: '<p>Bonjour é</p>' },
}
const settings = (smtp: SmtpSimulator, more: Partial<EmailSettings> = {}): EmailSettings => ({
  host: smtp.host,
  port: smtp.port,
  security: 'none',
  from: 'Sluice <alerts@example.org>',
  timeoutMs: 600_000,
  ca: certificate,
  ...more,
})
const failure = async (send: Promise<unknown>): Promise<SluiceError> => {
  const error = await send.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(SluiceError)
  return error as SluiceError
}

describe('a mail arrives', () => {
  it.each<{ tls: SmtpOptions['tls']; login: boolean }>([
    { tls: 'none', login: false },
    { tls: 'none', login: true },
    { tls: 'starttls', login: true },
    { tls: 'starttls', login: false },
    { tls: 'ssl', login: true },
  ])('whole, over $tls, login $login', async ({ tls, login }) => {
    await using smtp = await start({ tls, ...(login ? { auth } : {}) })
    expect(await emailTransport(settings(smtp, { security: tls, ...(login ? auth : {}) })).send(sending)).toEqual({
      'ops@example.org': { state: 'delivered' },
    })
    expect(smtp.mails()).toEqual([
      expect.objectContaining({
        from: 'alerts@example.org',
        to: ['ops@example.org'],
        subject: sending.message.subject,
        text: sending.message.text,
        html: sending.message.html,
        secure: tls !== 'none',
        user: login ? auth.user : undefined,
      }),
    ])
    expect(smtp.mails()[0]?.headers).toMatchObject({ from: 'Sluice <alerts@example.org>', 'auto-submitted': 'auto-generated' })
  })

  it('with the same Message-ID at each repeat of a key, and another for another key', async () => {
    await using smtp = await start({ tls: 'none' })
    const transport = emailTransport(settings(smtp))
    for (const key of ['a', 'a', 'b']) await transport.send({ ...sending, key })
    const [first, repeat, other] = smtp.mails().map(({ headers }) => headers['message-id'])
    expect(first).toMatch(/^<[0-9a-f]{40}@example\.org>$/)
    expect(repeat).toBe(first)
    expect(other).not.toBe(first)
  })

  it('at each address of a group; those that the server refuses are told', async () => {
    await using smtp = await start({ tls: 'none', faults: [{ kind: 'reject_recipient', to: 'gone@example.org' }] })
    const transport = emailTransport(settings(smtp, { groups: { ops: ['a@example.org', 'gone@example.org'] } }))
    expect(await transport.send({ ...sending, to: 'ops' })).toEqual({
      'a@example.org': { state: 'delivered' },
      'gone@example.org': { state: 'refused', reason: expect.stringContaining('550') },
    })
    expect(smtp.mails()[0]?.to).toEqual(['a@example.org'])
    await transport.send({ ...sending, to: 'b@example.org, c@example.org' })
    expect(smtp.mails()[1]?.to).toEqual(['b@example.org', 'c@example.org'])
  })
})

describe('each address for itself', () => {
  const envelope = (smtp: SmtpSimulator) => smtp.commands().filter((line) => /^(MAIL|RCPT)/.test(line))

  it('one that is put off is told apart from one that is refused and from those that have it', async () => {
    await using smtp = await start({
      tls: 'none',
      mostRecipients: 2,
      faults: [
        { kind: 'reject_recipient', to: 'b@example.org' },
        { kind: 'greylist', to: 'c@example.org', times: 1 },
      ],
    })
    const to = 'a@example.org, b@example.org, c@example.org, d@example.org, e@example.org, nonsense'
    const answers = await emailTransport(settings(smtp)).send({ ...sending, to })
    expect(Object.entries(answers).map(([address, { state }]) => [address, state])).toEqual([
      ['nonsense', 'refused'],
      ['a@example.org', 'delivered'],
      ['b@example.org', 'refused'],
      ['c@example.org', 'deferred'],
      ['d@example.org', 'delivered'],
      ['e@example.org', 'deferred'],
    ])
    // The repeat goes to nobody else, and still says whom the message is for.
    await emailTransport(settings(smtp)).send({ ...sending, to, settled: { ...answers, 'c@example.org': { state: 'delivered' } } as never })
    expect(smtp.mails()).toHaveLength(1)
    const { 'c@example.org': _, 'e@example.org': __, ...settled } = answers
    expect(await emailTransport(settings(smtp)).send({ ...sending, to, settled })).toMatchObject({
      'c@example.org': { state: 'delivered' },
      'e@example.org': { state: 'delivered' },
    })
    expect(smtp.mails()[1]?.to).toEqual(['c@example.org', 'e@example.org'])
    expect(smtp.mails()[1]?.headers.to).toContain('a@example.org')
  })

  it('the same address is told once, whatever the case it is written in', async () => {
    await using smtp = await start({ tls: 'none' })
    await emailTransport(settings(smtp, { groups: { ops: ['a@example.org', 'A@Example.org', 'a@example.org'] } })).send({
      ...sending,
      to: 'ops',
    })
    expect(envelope(smtp)).toEqual([expect.stringContaining('MAIL FROM:<alerts@example.org>'), 'RCPT TO:<a@example.org>'])
  })

  it('a comma too many is nobody', async () => {
    await using smtp = await start({ tls: 'none' })
    expect(await emailTransport(settings(smtp)).send({ ...sending, to: ' a@example.org, ,b@example.org,' })).toEqual({
      'a@example.org': { state: 'delivered' },
      'b@example.org': { state: 'delivered' },
    })
  })

  it('a domain with other letters goes over the wire as punycode', async () => {
    await using smtp = await start({ tls: 'none' })
    await emailTransport(settings(smtp, { from: 'Sluice <alerts@bücher.example>' })).send({ ...sending, to: 'ops@exämple.org' })
    expect(envelope(smtp)).toEqual([
      expect.stringContaining('MAIL FROM:<alerts@xn--bcher-kva.example>'),
      'RCPT TO:<ops@xn--exmple-cua.org>',
    ])
    expect(smtp.mails()[0]?.headers.to).toBe('ops@xn--exmple-cua.org')
  })

  it('letters before the @ reach a server that announces SMTPUTF8, and are refused by name for one that does not', async () => {
    await using able = await start({ tls: 'none', utf8: true })
    expect(await emailTransport(settings(able)).send({ ...sending, to: 'jürgen@example.org' })).toEqual({
      'jürgen@example.org': { state: 'delivered' },
    })
    expect(envelope(able)[0]).toContain('SMTPUTF8')
    await using plain = await start({ tls: 'none' })
    expect(await emailTransport(settings(plain)).send({ ...sending, to: 'jürgen@example.org, a@example.org' })).toEqual({
      'a@example.org': { state: 'delivered' },
      'jürgen@example.org': { state: 'refused', reason: expect.stringContaining('SMTPUTF8') },
    })
    expect(plain.mails()[0]?.headers.to).toBe('a@example.org')
    const error = await failure(emailTransport(settings(plain)).send({ ...sending, to: 'jürgen@example.org' }))
    expect(error).toMatchObject({ code: 'notify.refused', message: expect.stringMatching(/^jürgen@example\.org: .*SMTPUTF8/) })
    expect(envelope(plain).join()).not.toContain('jürgen')
  })
})

describe('nothing is sent in clear that should not be', () => {
  it('a server that offers no STARTTLS is refused, login or not', async () => {
    await using smtp = await start({ tls: 'none', auth })
    const error = await failure(emailTransport(settings(smtp, { security: 'starttls', ...auth })).send(sending))
    expect(error).toMatchObject({ code: 'notify.misconfigured', next: expect.stringContaining('offers no STARTTLS') })
    expect(smtp.mails()).toEqual([])
  })

  it.each(['starttls', 'ssl'] as const)('a certificate that nobody vouches for is refused over %s', async (tls) => {
    await using smtp = await start({ tls, auth })
    const { ca: _, ...unknown } = settings(smtp, { security: tls, ...auth })
    const error = await failure(emailTransport(unknown).send(sending))
    expect(error).toMatchObject({ code: 'notify.misconfigured', next: expect.stringContaining('certificate') })
    expect(smtp.mails()).toEqual([])
  })

  it('TLS to a port that speaks none is refused with the usual ports', async () => {
    await using smtp = await start({ tls: 'starttls' })
    const error = await failure(emailTransport(settings(smtp, { security: 'ssl' })).send(sending))
    expect(error).toMatchObject({ code: 'notify.misconfigured', next: expect.stringContaining('587') })
  })
})

describe('a failure is told apart', () => {
  it('a wrong password is a fault of the settings, names the app password and repeats no secret', async () => {
    await using smtp = await start({ tls: 'starttls', auth })
    const password = 'wrong secret'
    const error = await failure(emailTransport(settings(smtp, { security: 'starttls', user: auth.user, password })).send(sending))
    expect(error).toMatchObject({
      code: 'notify.misconfigured',
      facts: { smtpCode: 535, command: 'AUTH' },
      next: expect.stringContaining('app password'),
    })
    const shown = JSON.stringify(toErrorRecord(error)) + String(error.stack) + String(error.cause)
    for (const form of [
      password,
      Buffer.from(password).toString('base64'),
      Buffer.from(`\0${auth.user}\0${password}`).toString('base64'),
    ]) {
      expect(shown).not.toContain(form)
    }
  })

  it('a server that asks for a login it was not given is a fault of the settings', async () => {
    await using smtp = await start({ tls: 'none', auth })
    expect(await failure(emailTransport(settings(smtp)).send(sending))).toMatchObject({
      code: 'notify.misconfigured',
      facts: { smtpCode: 530 },
    })
  })

  it('greylisting and a cut connection are retryable and surely did not arrive', async () => {
    await using smtp = await start({
      tls: 'none',
      faults: [
        { kind: 'greylist', times: 1 },
        { kind: 'refuse', times: 1 },
      ],
    })
    const transport = emailTransport(settings(smtp))
    for (let index = 0; index < 2; index++) {
      const error = await failure(transport.send(sending))
      expect(error).toMatchObject({ code: 'notify.unavailable', kind: 'retryable' })
      expect(error.facts).not.toHaveProperty('mayHaveArrived')
    }
    expect(await transport.send(sending)).toEqual({ 'ops@example.org': { state: 'delivered' } })
    expect(smtp.mails()).toHaveLength(1)
  })

  it('a server that is not there is retryable', async () => {
    const smtp = await start({ tls: 'none' })
    await smtp.close()
    const error = await failure(emailTransport(settings(smtp)).send(sending))
    expect(error).toMatchObject({ code: 'notify.unavailable', facts: { systemCode: 'ECONNREFUSED' } })
  })

  it('an expired certificate and a sender that the account may not use are faults of the settings', async () => {
    await using expired = await start({ tls: 'ssl', expired: true })
    const error = await failure(emailTransport(settings(expired, { security: 'ssl', ca: expiredCertificate })).send(sending))
    expect(error).toMatchObject({ code: 'notify.misconfigured', facts: { systemCode: 'CERT_HAS_EXPIRED' } })
    await using smtp = await start({ tls: 'none', faults: [{ kind: 'reject_sender' }] })
    expect(await failure(emailTransport(settings(smtp)).send(sending))).toMatchObject({
      code: 'notify.misconfigured',
      next: expect.stringContaining('mailFrom'),
    })
  })

  it('a recipient that does not exist is permanent', async () => {
    await using smtp = await start({ tls: 'none', faults: [{ kind: 'reject_recipient' }] })
    const error = await failure(emailTransport(settings(smtp)).send(sending))
    expect(error).toMatchObject({ code: 'notify.refused', facts: { smtpCode: 550 }, message: expect.stringContaining('5.1.1') })
  })

  it('an answer that was lost after the message is retryable and says that it may have arrived', async () => {
    await using smtp = await start({ tls: 'none', faults: [{ kind: 'drop_after_data', times: 1 }] })
    const error = await failure(emailTransport(settings(smtp)).send(sending))
    expect(error).toMatchObject({ code: 'notify.unavailable', facts: { mayHaveArrived: true } })
    expect(smtp.mails()).toHaveLength(1)
  })

  it('a server that falls silent is given up after the time of the settings, or when told to', async () => {
    await using smtp = await start({ tls: 'none', faults: [{ kind: 'slow', delayMs: 3_600_000 }] })
    const silent = await failure(emailTransport(settings(smtp, { timeoutMs: 2_000 })).send(sending))
    expect(silent).toMatchObject({ code: 'notify.unavailable', facts: { mayHaveArrived: true } })
    const control = new AbortController()
    const told = failure(emailTransport(settings(smtp)).send(sending, control.signal))
    await smtp.received(2)
    control.abort()
    expect(await told).toMatchObject({ code: 'notify.unavailable', facts: { mayHaveArrived: true } })
  })

  it.each(['nobody', 'a b@example.org', 'a@example.org\r\nBcc: x@example.org', '', 'constructor'])(
    'a recipient that is neither address nor group is permanent: %j',
    async (to) => {
      await using smtp = await start({ tls: 'none' })
      const error = await failure(emailTransport(settings(smtp)).send({ ...sending, to }))
      expect(error).toMatchObject({ code: 'notify.refused', facts: { to } })
      expect(smtp.mails()).toEqual([])
    },
  )
})

it('a subject cannot add headers', async () => {
  await using smtp = await start({ tls: 'none' })
  const message = { ...sending.message, subject: 'x\r\nBcc: spy@example.org\r\n\r\nbody' }
  await emailTransport(settings(smtp)).send({ ...sending, message })
  expect(smtp.mails()[0]?.headers).not.toHaveProperty('bcc')
  expect(smtp.mails()[0]?.to).toEqual(['ops@example.org'])
})

it.each<[string, Partial<EmailSettings>]>([
  ['host', { host: '' }],
  ['port', { port: 0 }],
  ['from', { from: 'nobody' }],
  ['password', { user: 'me' }],
  ['timeoutMs', { timeoutMs: 0 }],
])('settings with a wrong %s are refused before anything is sent', (setting, wrong) => {
  const base: EmailSettings = { host: 'localhost', port: 587, security: 'starttls', from: 'a@example.org' }
  expect(() => emailTransport({ ...base, ...wrong })).toThrow(expect.objectContaining({ code: 'config.invalid', facts: { setting } }))
})
