import { describe, expect, it } from 'vitest'
import type { Message } from '../message.ts'
import { letterOf } from '../testing/letter.ts'
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
  'run-failure-french': runFailure({
    ...run,
    language: 'fr',
    task: 'extract_assets',
    attempt: 3,
    error: { code: 'source.unauthorized', message: 'coincap answered 401', next: 'Set COINCAP_API_KEY.' },
    logPath: '.sluice/logs/crypto-coincap/crypto_data_pipeline/01JDXYZ/extract_assets/3.log',
    alsoFailed: ['extract_history'],
  }),
} satisfies Readonly<Record<string, Message>>

describe.each(Object.entries(messages))('the %s message', (name, message) => {
  it('reads as its fixture', async () => {
    await expect(`${message.subject}\n\n${message.text}`).toMatchFileSnapshot(`./fixtures/${name}.txt`)
    await expect(letterOf(message.html)).toMatchFileSnapshot(`./fixtures/${name}.html`)
  })
})

it('a script in a name is text in the mail, not a script', () => {
  for (const each of [
    runSuccess({ ...run, subject: attack, pipeline: attack, datasets: [{ dataset: attack, rowsWritten: 1, rowsQuarantined: 0 }] }),
    runFailure({
      ...run,
      task: attack,
      attempt: 1,
      error: { code: 'task.failed', message: attack, next: attack },
      logPath: attack,
      alsoFailed: [attack],
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
