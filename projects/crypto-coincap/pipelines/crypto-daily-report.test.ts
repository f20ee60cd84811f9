import { letterOf, testWorld } from 'sluice/testing'
import { expect, test } from 'vitest'
import { cryptoAnomalies, cryptoHoraire, cryptoQuotidien, cryptoTempsReel } from '../datasets/warehouse.ts'
import report from './crypto-daily-report.ts'

/** Ten minutes past midnight in Paris, of 28 November. */
const tick = Date.parse('2026-11-27T23:10:00Z')
const dayMs = 86_400_000
/** As a reader sees it: every kind of space is one. */
const plain = (text: string | undefined): string => (text ?? '').replaceAll(/[\u00a0\u202f]/g, ' ')

test('the day that has ended is told once, from its rollup: what it came to, what has changed, what stands out, what was left out', async () => {
  await using world = await testWorld({
    project: 'crypto-coincap',
    timeZone: 'Europe/Paris',
    datasets: [cryptoTempsReel, cryptoHoraire, cryptoQuotidien, cryptoAnomalies],
    variables: { mail_to: 'equipe@example.org' },
  })
  const { pool } = world.warehouse
  const at = { key: `scheduled:${tick}`, interval: { start: tick - dayMs, end: tick } } as const
  expect((await world.run(report, at)).tasks[0]?.state).toBe('skipped')

  await pool.query(`
    insert into public.crypto_quotidien (jour, crypto_id, symbole, nom, instantanes, prix_min, prix_max, prix_somme, prix_cloture, market_cap_cloture, _load_id)
    select jour, id, upper(id), initcap(id), 48, price, price, price * 48, price, price * supply, 1
    from (values ('2026-11-20'::date, 'btc', 80000.0, 20e6), ('2026-11-26', 'btc', 100000.0, 20e6), ('2026-11-27', 'btc', 96000.0, 20e6),
      ('2026-11-26', 'usdt', 1.0, 180e9), ('2026-11-27', 'usdt', 1.0003, 180e9),
      ('2026-11-28', 'btc', 1.0, 20e6)) v (jour, id, price, supply)`)
  await pool.query(`
    insert into public.crypto_anomalies (crypto_id, snapshot, regle, symbole, nom, rang, valeur, seuil, severite, version_regle, detecte_a, _load_id)
    values ('bonk', '2026-11-27T12:00:00Z', 'variation', 'BONK', 'Bonk', 60, -21.4, 20, 'critical', 1, '2026-11-27T12:05:00Z', 1),
      ('late', '2026-11-27T23:30:00Z', 'variation', 'LATE', 'Late', 61, 50, 20, 'critical', 1, '2026-11-27T23:35:00Z', 1)`)
  await pool.query(`
    insert into public.sluice_runs (run, project, pipeline, key, trigger, logical_time, state, tasks, tasks_succeeded, tasks_skipped, tasks_failed,
      rows_quarantined, created_at, change)
    values ('1', 'crypto-coincap', 'crypto_data_pipeline', '1', 'scheduled', '2026-11-27T12:00:00Z', 'success', 1, 1, 0, 0, 2, now(), 1),
      ('2', 'crypto-coincap', 'crypto_data_pipeline', '2', 'scheduled', '2026-11-27T12:30:00Z', 'failed', 1, 0, 0, 1, 0, now(), 1),
      ('3', 'crypto-coincap', 'crypto_data_pipeline', '3', 'scheduled', '2026-11-27T23:30:00Z', 'failed', 1, 0, 0, 1, 9, now(), 1)`)

  const again = { ...at, generation: 2 }
  for (const when of [again, again]) expect((await world.run(report, when)).tasks[0]).toMatchObject({ error: null, state: 'success' })
  const [mail, ...others] = await world.notifications()
  expect(others).toEqual([])
  expect(mail?.subject).toBe('Rapport crypto - vendredi 27 novembre 2026')
  const text = plain(mail?.text)
  expect(text.split('\n').filter((line) => line !== '')).toEqual([
    'Le marché recule de 3,7 % ; 1 cryptomonnaie sur 2 monte',
    '='.repeat(55),
    'Rapport quotidien · vendredi 27 novembre 2026 · 48 relevés',
    'Capitalisation totale  2 100 Md $  hier 2 180 Md $',
    'Variation moyenne      −1,99 %  pondérée −3,65 %',
    'En hausse / en baisse  1 / 1  hier 0 / 0',
    'Les dix premières',
    '#  Cryptomonnaie         Prix      24 h        7 j',
    '-  -------------  -----------  --------  ---------',
    '1  Btc BTC        96 000,00 $  ▼ 4,00 %  ▲ 20,00 %',
    '2  Usdt USDT         1,0003 $  ▲ 0,03 %        n/d',
    'Ce qui sort de l’ordinaire',
    'BONK −21,40 % (critique).',
    '2 lignes mises de côté dans la journée : sluice lake read silver.assets__quarantine.',
    '1 import en échec dans la journée : sluice runs list crypto_data_pipeline.',
    'Envoyé une fois par jour, après minuit, par crypto_daily_report.',
  ])
  await expect(letterOf(mail?.html ?? '')).toMatchFileSnapshot('../fixtures/mails/closed-day.html')
})
