import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { expect, it } from 'vitest'
import { certificate, type SmtpOptions, type SmtpSimulator, start } from './index.ts'

const mail = { from: 'a@example.org', to: ['b@example.org', 'c@example.org'], subject: 'Réussi', text: 'é = ok\n', html: '<p>é</p>' }

const client = (smtp: SmtpSimulator, options: SmtpOptions, password = 'right') =>
  createTransport({
    host: smtp.host,
    port: smtp.port,
    secure: options.tls === 'ssl',
    requireTLS: options.tls === 'starttls',
    tls: { ca: certificate },
    ...(options.auth === undefined ? {} : { auth: { user: 'me', pass: password } }),
  })

it.each<SmtpOptions>([
  { tls: 'none' },
  { tls: 'starttls', auth: { user: 'me', password: 'right' } },
  { tls: 'ssl', auth: { user: 'me', password: 'right' } },
])('keeps what it receives as it was written, over $tls', async (options) => {
  await using smtp = await start(options)
  await client(smtp, options).sendMail(mail)
  expect(smtp.mails()).toEqual([
    expect.objectContaining({
      from: 'a@example.org',
      to: ['b@example.org', 'c@example.org'],
      subject: 'Réussi',
      text: 'é = ok\n',
      html: '<p>é</p>',
      secure: options.tls !== 'none',
      user: options.auth?.user,
    }),
  ])
})

it('refuses another password, and a mail before the login', async () => {
  const options: SmtpOptions = { tls: 'starttls', auth: { user: 'me', password: 'right' } }
  await using smtp = await start(options)
  await expect(client(smtp, options, 'wrong').sendMail(mail)).rejects.toMatchObject({ responseCode: 535 })
  await expect(client(smtp, { tls: 'starttls' }).sendMail(mail)).rejects.toMatchObject({ responseCode: 530 })
  expect(smtp.mails()).toEqual([])
})

it('meets each fault as often as it says, then works', async () => {
  await using smtp = await start({ tls: 'none' })
  const sender = client(smtp, { tls: 'none' })
  const one = { ...mail, to: 'b@example.org' }
  smtp.setFaults([
    { kind: 'refuse', times: 1 },
    { kind: 'greylist', times: 2 },
    { kind: 'reject_recipient', to: 'c@example.org' },
    { kind: 'drop_after_data', times: 1 },
  ])
  await expect(sender.sendMail(one)).rejects.toMatchObject({ code: 'ECONNECTION' })
  await expect(sender.sendMail(one)).rejects.toMatchObject({ responseCode: 451 })
  await expect(sender.sendMail(one)).rejects.toMatchObject({ responseCode: 451 })
  await expect(sender.sendMail(one)).rejects.toMatchObject({ code: 'ECONNECTION' })
  expect(smtp.mails()).toHaveLength(1)
  expect(await sender.sendMail(mail)).toMatchObject({ accepted: ['b@example.org'], rejected: ['c@example.org'] })
  expect(smtp.mails()).toHaveLength(2)
})

it('answers late when told to, after it has kept the mail', async () => {
  await using smtp = await start({ tls: 'none', faults: [{ kind: 'slow', delayMs: 60_000 }] })
  const sent = client(smtp, { tls: 'none' }).sendMail(mail)
  const answered = sent.then(
    () => 'taken',
    () => 'cut',
  )
  expect(await smtp.received(1)).toHaveLength(1)
  await smtp.close()
  expect(await answered).toBe('cut')
})

it('keeps mails as files too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'smtp-'))
  try {
    await using smtp = await start({ tls: 'none', store: join(folder, 'mails') })
    await client(smtp, { tls: 'none' }).sendMail(mail)
    const [name, ...others] = await readdir(join(folder, 'mails'))
    expect([name, others]).toEqual([expect.stringMatching(/^\d+-000001\.eml$/), []])
    expect(await readFile(join(folder, 'mails', name ?? ''), 'latin1')).toBe(smtp.mails()[0]?.raw)
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('says that its port is taken, refuses unknown faults, and closes while a client is connected', async () => {
  const smtp = await start({ tls: 'none' })
  await expect(start({ tls: 'none', port: smtp.port })).rejects.toMatchObject({ code: 'port_in_use' })
  expect(() => smtp.setFaults([{ kind: 'greylist', times: 0 }])).toThrow(expect.objectContaining({ code: 'fault_invalid' }))
  const socket = connect(smtp.port, smtp.host)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await new Promise((resolve) => socket.once('data', resolve))
  await smtp.close()
  await closed
})
