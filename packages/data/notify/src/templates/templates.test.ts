import { describe, expect, it } from 'vitest'
import type { Message } from '../message.ts'
import { alert } from './alert.ts'
import { tableText } from './html.ts'
import { report } from './report.ts'
import type { RunFacts } from './run.ts'
import { runFailure } from './run-failure.ts'
import { runSuccess } from './run-success.ts'

const at = Date.UTC(2026, 10, 20, 23, 30)
const run: RunFacts = {
  project: 'crypto-coincap',
  pipeline: 'crypto_data_pipeline',
  run: '01JDXYZ',
  logicalTime: at,
  startedAt: at + 1_000,
  endedAt: at + 66_000,
  timeZone: 'Europe/Paris',
  url: 'http://localhost:4000/runs/01JDXYZ',
}
const attack = '<script>alert("x")</script>'

const messages = {
  'run-success': runSuccess({
    ...run,
    datasets: [{ dataset: 'crypto-coincap:warehouse.public.crypto_temps_reel', rowsWritten: 100, rowsQuarantined: 2 }],
  }),
  'run-failure': runFailure({
    ...run,
    task: 'extract_assets',
    attempt: 3,
    error: { code: 'source.unauthorized', message: 'coincap answered 401', next: 'Set COINCAP_API_KEY.' },
    logPath: '.sluice/logs/crypto-coincap/crypto_data_pipeline/01JDXYZ/extract_assets/3.log',
    alsoFailed: ['extract_history'],
  }),
  alert: alert({
    project: 'crypto-coincap',
    title: 'market anomalies',
    at,
    timeZone: 'Europe/Paris',
    anomalies: [
      { severity: 'warning', name: 'Bitcoin', message: '24 h volume of 3.1e9 is above 1e9' },
      { severity: 'critical', name: `Evil ${attack}`, message: '24 h variation of -35 % is above 20 %' },
    ],
  }),
  report: report({
    subject: 'Rapport crypto quotidien - 2026-11-21',
    text: 'RAPPORT CRYPTO QUOTIDIEN - 2026-11-21\n=====\n',
    lang: 'fr',
    sections: [
      { heading: 'TOP 10', table: { columns: [{ name: 'rang', align: 'right' }, { name: 'nom' }], rows: [['1', 'Bitcoin']] } },
      { paragraph: 'Capitalisation: 2.45 Md' },
    ],
  }),
} satisfies Readonly<Record<string, Message>>

describe.each(Object.entries(messages))('the %s message', (name, message) => {
  it('reads as its fixture', async () => {
    await expect(`${message.subject}\n\n${message.text}`).toMatchFileSnapshot(`./fixtures/${name}.txt`)
    await expect(message.html).toMatchFileSnapshot(`./fixtures/${name}.html`)
  })

  it('closes every element it opens and chooses no background', () => {
    const tags = [...message.html.matchAll(/<(\/?)([a-z][a-z0-9]*)/g)].filter(([, , tag]) => tag !== 'meta')
    const open: (string | undefined)[] = []
    for (const [, slash, tag] of tags) slash === '/' ? expect(open.pop()).toBe(tag) : open.push(tag)
    expect(open).toEqual([])
    expect(message.html).not.toContain('background')
    expect(message.html).toContain('<meta name="color-scheme" content="light dark">')
  })
})

it('a script in a name is text in the mail, not a script', () => {
  expect(messages.alert.html).toContain('Evil &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;')
  for (const each of [
    ...Object.values(messages),
    runSuccess({ ...run, subject: attack, pipeline: attack, datasets: [{ dataset: attack, rowsWritten: 1, rowsQuarantined: 0 }] }),
    runFailure({
      ...run,
      task: attack,
      attempt: 1,
      error: { code: 'task.failed', message: attack, next: attack },
      logPath: attack,
      alsoFailed: [attack],
    }),
    report({ subject: attack, text: attack, lang: '"><script>' }),
    report({
      subject: 's',
      text: attack,
      sections: [{ heading: attack, paragraph: attack, table: { columns: [{ name: attack }], rows: [[attack]] } }],
    }),
  ]) {
    expect(each.html).not.toContain('<script')
  }
})

it('links to web addresses only', () => {
  expect(runSuccess({ ...run, url: 'javascript:alert(1)' }).html).not.toContain('href')
  expect(runSuccess({ ...run, url: 'https://x.example/?a=1&b="2"' }).html).toContain('href="https://x.example/?a=1&amp;b=&quot;2&quot;"')
})

it('the subject is English unless the project words it, and its day is that of the project', () => {
  expect(runSuccess(run).subject).toBe('Pipeline crypto_data_pipeline succeeded - 2026-11-21')
  expect(runSuccess({ ...run, subject: 'Pipeline Crypto Réussi - 2026-11-21' }).subject).toBe('Pipeline Crypto Réussi - 2026-11-21')
})

it('an alert names the worst first and counts by severity', () => {
  const { subject, text } = messages.alert
  expect(subject).toBe('Alert: market anomalies: 1 critical, 1 warning')
  expect(text.indexOf('Evil')).toBeLessThan(text.indexOf('Bitcoin'))
})

it('a table as text keeps its columns under one another', () => {
  const table = { columns: [{ name: 'n', align: 'right' as const }, { name: 'name' }], rows: [['10', 'a'], ['9']] }
  expect(tableText(table)).toBe(' n  name\n--  ----\n10  a\n 9')
})
