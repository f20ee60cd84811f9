-- Assets of the chosen snapshot that break a rule in force, each with the highest threshold that it passes. What an earlier check found
-- keeps the time of that check, so that it is mailed once.
with in_force as (
  select version, rules from jsonb_to_recordset(${rules}::jsonb) as v (version integer, "from" bigint, rules jsonb)
  where to_timestamp("from" / 1000.0) <= ${interval.end} order by "from" desc limit 1
),
thresholds as (
  select v.version, rule.key as regle, threshold.key as severite, threshold.value::numeric as seuil
  from in_force v, jsonb_each(v.rules) rule, jsonb_each_text(coalesce(nullif(rule.value, 'null'), '{}')) threshold
),
figures as (
  select l.crypto_id, l.timestamp_import as snapshot, f.regle, l.symbole, l.nom, l.rang, f.valeur
  from ${market.since('7d')} l
  cross join lateral (values ('variation', l.variation_24h_pourcent), ('volume', l.volume_24h_usd)) f (regle, valeur)
  where l.timestamp_import = ${inputs.chosen.snapshot}::timestamptz
),
found as (
  select distinct on (f.crypto_id, f.regle) f.*, t.seuil, t.severite, t.version as version_regle
  from figures f join thresholds t on t.regle = f.regle and abs(f.valeur) > t.seuil
  order by f.crypto_id, f.regle, t.seuil desc
)
select crypto_id, snapshot, regle, symbole, nom, rang, valeur, seuil, severite, version_regle, ${interval.end} as detecte_a
from found f
where not exists (
  select 1 from ${known} a
  where a.crypto_id = f.crypto_id and a.snapshot = f.snapshot and a.regle = f.regle and a.detecte_a < ${interval.end}
)
