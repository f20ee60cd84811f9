import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { start } from '@sluice/simulator-smtp'
import { expect, test } from 'vitest'
import { type PlatformOnDisk, platformOnDisk } from '../testing/platform-on-disk.ts'
import { shop } from '../testing/shop.ts'

const crypto = fileURLToPath(new URL('../../../../projects/crypto-coincap', import.meta.url))
const withMails = {
  ...shop,
  'sluice.config.ts': `import { platform } from 'sluice'
export default platform({
  projects: ['projects/shop', ${JSON.stringify(crypto)}],
  port: 0,
  mailGroups: { ops: 'a@example.org, b@example.org', 'data-team': 'team@example.org' },
  demo: { smtp: '@sluice/simulator-smtp' },
})
`,
  'projects/shop/pipelines/fails.ts': `import { defineErrors, email, permanent, pipeline, task } from 'sluice'
const till = defineErrors('till', { empty: permanent({ about: 'The till is empty.' }) })
const breaks = task({ name: 'breaks', run: () => { throw till.empty('the till is empty', { next: 'Fill the till.' }) } })
export default pipeline({ name: 'fails', notify: { failure: [email('ops')], success: [email('ops')] }, steps: [breaks] })
`,
}

interface Mail {
  readonly subject: string
  readonly to: string
  readonly body: string
}

/** What the stand-in for the mail server kept, in order. */
function mailsOf({ stateDir }: PlatformOnDisk): readonly Mail[] {
  const folder = join(stateDir, 'mails')
  return readdirSync(folder)
    .filter((file) => file.endsWith('.eml'))
    .sort()
    .map((file) => {
      const raw = readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n')
      const header = (name: string): string => new RegExp(`^${name}: (.*(?:\\n[ \\t].*)*)`, 'im').exec(raw)?.[1] ?? ''
      return { subject: encodedWords(header('Subject')), to: header('To'), body: quotedPrintable(raw) }
    })
}

const bytesOf = (text: string): string =>
  Buffer.from(
    text.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString()
const quotedPrintable = (text: string): string => bytesOf(text.replaceAll('=\n', ''))
const encodedWords = (text: string): string =>
  text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, way: string, word: string) =>
      way.toLowerCase() === 'b' ? Buffer.from(word, 'base64').toString() : bytesOf(word.replaceAll('_', ' ')),
    )

test('in the demo each mail reaches the stand-in once: success of a run of the crypto pipeline, failure of another, and again after a clear', async () => {
  await using platform = await platformOnDisk({ ...withMails, '.sluice/profile': 'demo\n' })
  expect(platform.sluice('pipelines', 'trigger', 'crypto_data_pipeline', '--wait').status).toBe(0)
  expect(mailsOf(platform).map(({ subject }) => subject)).toEqual([expect.stringMatching(/^Pipeline Crypto Réussi - \d{4}-\d\d-\d\d$/)])

  const { id: run } = JSON.parse(platform.sluice('pipelines', 'run', 'fails', '--json').stdout) as { id: string }
  const [, failure, ...others] = mailsOf(platform)
  expect(others).toEqual([])
  expect(failure?.subject).toMatch(/^Pipeline fails failed at breaks - /)
  expect(failure?.to).toMatch(/a@example\.org,\s*b@example\.org/)
  for (const word of [
    'the till is empty',
    'Fill the till.',
    `npx sluice tasks logs fails breaks --run ${run} --attempt 1`,
    '/breaks/1.log',
  ]) {
    expect(failure?.body).toContain(word)
  }

  platform.sluice('tasks', 'clear', 'fails', 'breaks', '--yes')
  platform.sluice('pipelines', 'trigger', 'sales', '--wait')
  expect(
    mailsOf(platform)
      .slice(1)
      .map(({ subject }) => subject),
  ).toEqual([failure?.subject, failure?.subject])
  const listed = JSON.parse(platform.sluice('notify', 'list', '--json').stdout) as { project: string; state: string }[]
  expect(listed.map(({ project, state }) => [project, state])).toEqual([
    ['shop', 'delivered'],
    ['shop', 'delivered'],
    ['crypto-coincap', 'delivered'],
  ])
  expect(platform.sluice('config', 'explain', 'smtpHost').stdout).toContain('demo')
  expect(platform.sluice('notify', 'retry').stdout).toBe('0 messages are queued again\n')
})

test('without a mail server a message waits, and a note says so; once there is one it leaves', async () => {
  await using platform = await platformOnDisk({
    ...withMails,
    'sluice.config.ts': withMails['sluice.config.ts'].replace(`, ${JSON.stringify(crypto)}`, ''),
  })
  const hint = '1 message waits: set SLUICE_SMTP_HOST'
  expect(platform.sluice('pipelines', 'run', 'fails').stderr).toContain(hint)
  expect(platform.sluice('pipelines', 'show', 'sales').stderr).toContain(hint)
  expect(platform.sluice('doctor').stdout).toContain(hint)
  const queued = platform.sluice('notify', 'list', '--state', 'queued', '--json')
  expect(JSON.parse(queued.stdout)).toMatchObject([{ to: 'ops', project: 'shop', about: 'runs', attempts: 0 }])
  expect(platform.sluice('notify', 'retry', 'nothing')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('notify list --state failed'),
  })

  await using smtp = await start({ tls: 'none', auth: { user: 'me@example.org', password: 'hunter22' } })
  await platform.write(
    '.env',
    `SLUICE_SMTP_HOST=127.0.0.1\nSLUICE_SMTP_PORT=${smtp.port}\nSLUICE_SMTP_SECURITY=none\nSLUICE_SMTP_USER=me@example.org\nSLUICE_SMTP_PASSWORD=hunter22\n`,
  )
  const server = await platform.stay('Sluice runs at', 'start')
  const [mail] = await smtp.received(1)
  expect(mail).toMatchObject({ from: 'me@example.org', to: ['a@example.org', 'b@example.org'], user: 'me@example.org' })
  await server.end('SIGTERM')
  expect(smtp.mails()).toHaveLength(1)
  expect(server.output()).not.toContain('waits')
})
