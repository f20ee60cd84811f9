-- The newest snapshot, by rank; its day stands in date_import. The own variation is against the snapshot nearest to 24 hours earlier, at most 20 minutes off; else null, with the reason.
create view public.crypto_dashboard as
with latest as (
  select * from public.crypto_temps_reel
  where timestamp_import = (select max(timestamp_import) from public.crypto_temps_reel)
    and date_import = (select max(date_import) from public.crypto_temps_reel)
)
select l.rang, l.crypto_id, l.symbole, l.nom, l.prix_usd, l.variation_24h_pourcent,
  round((l.prix_usd / nullif(avant.prix_usd, 0) - 1) * 100, 6) as variation_24h_calculee,
  case when avant.prix_usd is null then 'no snapshot 24 hours earlier' when avant.prix_usd = 0 then 'price was zero' end as variation_24h_raison,
  l.market_cap_usd, l.market_cap_milliards, l.volume_24h_usd, l.volume_24h_millions, l.vwap_24h, l.supply_circulant, l.supply_max,
  l.categorie, l.tendance, l.date_import, l.heure_import, l.timestamp_import
from latest l
left join lateral (
  select b.prix_usd from public.crypto_temps_reel b
  where b.crypto_id = l.crypto_id
    and b.timestamp_import between l.timestamp_import - interval '24 hours 20 minutes' and l.timestamp_import - interval '23 hours 40 minutes'
  order by abs(extract(epoch from b.timestamp_import - (l.timestamp_import - interval '24 hours')))
  limit 1
) avant on true
order by l.rang;

comment on view public.crypto_dashboard is 'The newest snapshot, by rank, with the variation of CoinCap and our own';

-- One row a day: its last snapshot alone.
create view public.market_summary as
with last_of_day as (
  select max(timestamp_import) as dernier_instantane from public.crypto_temps_reel group by date_import
)
select date_import, max(timestamp_import) as dernier_instantane, count(*)::integer as nombre,
  round(avg(variation_24h_pourcent), 6) as variation_moyenne_simple,
  round(sum(variation_24h_pourcent * market_cap_usd)
    / nullif(sum(market_cap_usd) filter (where variation_24h_pourcent is not null), 0), 6) as variation_moyenne_ponderee,
  sum(market_cap_usd) as market_cap_total_usd,
  sum(volume_24h_usd) as volume_24h_total_usd,
  count(*) filter (where variation_24h_pourcent > 0)::integer as en_hausse,
  count(*) filter (where variation_24h_pourcent < 0)::integer as en_baisse
from public.crypto_temps_reel join last_of_day on timestamp_import = dernier_instantane
group by date_import;

comment on view public.market_summary is 'Each day by its last snapshot; mean variation simple and weighted by market capitalisation';

-- The original's journal (its columns come first): every write to the warehouse, from the receipts, and every run that ended, one that failed
-- before it wrote anything too. A run's records are those of its writes.
create view public.pipeline_logs as
select id, (mode || ' ' || split_part(dataset, ':warehouse.', 2))::varchar(100) as operation, rows_written + rows_deleted as records_affected,
  written_at as "timestamp", (case status when 'written' then 'success' else status end)::varchar(20) as status,
  pipeline, run, task, rows_quarantined as records_quarantined, reason
from public.sluice_loads
union all
select r.id, ('run ' || r.pipeline)::varchar(100), coalesce(w.affected, 0), coalesce(r.ended_at, r.started_at, r.created_at), r.state::varchar(20),
  r.pipeline, r.run, r.failed_task, coalesce(w.quarantined, 0), r.error_code || ': ' || r.error
from public.sluice_runs r
left join lateral (
  select sum(l.rows_written + l.rows_deleted)::bigint as affected, sum(l.rows_quarantined)::bigint as quarantined
  from public.sluice_loads l where l.run = r.run
) w on true;

comment on view public.pipeline_logs is 'Every write to the warehouse and every run that ended';

-- Log returns of the closing prices of adjacent hours and their volatility, annualised; null with a reason where it is undefined.
create function public.crypto_volatilite(fenetre interval default '7 days', minimum integer default 24)
returns table (crypto_id character varying, symbole character varying, n integer, volatilite_annuelle numeric, raison text)
language sql stable as $$
  with prix as (
    select h.crypto_id, h.symbole, h.heure, h.prix_cloture, lag(h.prix_cloture) over heures as avant, lag(h.heure) over heures as heure_avant
    from public.crypto_horaire h
    where h.heure > (select max(m.heure) from public.crypto_horaire m) - fenetre
    window heures as (partition by h.crypto_id order by h.heure)
  ), rendements as (
    select p.crypto_id, max(p.symbole) as symbole, count(r.rendement)::integer as n, stddev_samp(r.rendement) as ecart
    from prix p
    left join lateral (select ln(p.prix_cloture / p.avant) as rendement where p.prix_cloture > 0 and p.avant > 0 and p.heure - p.heure_avant = interval '1 hour') r on true
    group by p.crypto_id
  )
  select r.crypto_id, r.symbole, r.n,
    case when r.n >= minimum then round(r.ecart * sqrt(24 * 365::numeric), 6) end,
    case when r.n < minimum then format('%s returns, at least %s are needed', r.n, minimum) end
  from rendements r order by 1
$$;
