alter table public.crypto_temps_reel
  add column categorie character varying(50) generated always as (case
    when market_cap_usd >= 10000000000 then 'Grande capitalisation'
    when market_cap_usd >= 1000000000 then 'Moyenne capitalisation'
    when market_cap_usd is not null then 'Petite capitalisation'
  end) stored,
  add column tendance character varying(50) generated always as (case
    when variation_24h_pourcent >= 5 then 'Forte hausse'
    when variation_24h_pourcent >= 0.5 then 'Hausse'
    when variation_24h_pourcent > -0.5 then 'Stable'
    when variation_24h_pourcent > -5 then 'Baisse'
    when variation_24h_pourcent is not null then 'Forte baisse'
  end) stored;

comment on column public.crypto_temps_reel.categorie is 'By market capitalisation: 10 and 1 billion USD';
comment on column public.crypto_temps_reel.tendance is 'By the 24 h variation: 0.5 and 5 percent';
create index crypto_temps_reel_tendance_idx on public.crypto_temps_reel (tendance);
create index crypto_temps_reel_timestamp_import_idx on public.crypto_temps_reel (timestamp_import);

create table public.crypto_horaire (
  heure timestamp with time zone not null,
  crypto_id character varying(100) not null,
  symbole character varying(20) not null,
  nom character varying(100) not null,
  instantanes integer not null,
  prix_min numeric(38,18) not null,
  prix_max numeric(38,18) not null,
  prix_somme numeric(38,18) not null,
  prix_cloture numeric(38,18) not null,
  market_cap_cloture numeric(38,18),
  volume_24h_cloture numeric(38,18),
  prix_moyen numeric(38,18) generated always as (round(prix_somme / instantanes, 18)) stored,
  _load_id bigint not null,
  constraint crypto_horaire_pkey primary key (crypto_id, heure)
);
create index crypto_horaire_heure_idx on public.crypto_horaire (heure);
create index crypto_horaire__load_id_idx on public.crypto_horaire using brin (_load_id) with (autosummarize = on);
comment on table public.crypto_horaire is 'Hourly rollup of the snapshots, by asset';
comment on column public.crypto_horaire.crypto_id is 'CoinCap slug';
comment on column public.crypto_horaire.heure is 'Start of the hour, UTC';
comment on column public.crypto_horaire.instantanes is 'Snapshots in the bucket';
comment on column public.crypto_horaire.prix_somme is 'Of all snapshots, for the mean';
comment on column public.crypto_horaire.prix_moyen is 'USD';
comment on column public.crypto_horaire.prix_cloture is 'Price of the last snapshot in the bucket';
comment on column public.crypto_horaire.market_cap_cloture is 'USD, of the last snapshot in the bucket';
comment on column public.crypto_horaire.volume_24h_cloture is 'USD, of the last snapshot in the bucket';

create table public.crypto_quotidien (
  jour date not null,
  crypto_id character varying(100) not null,
  symbole character varying(20) not null,
  nom character varying(100) not null,
  instantanes integer not null,
  prix_min numeric(38,18) not null,
  prix_max numeric(38,18) not null,
  prix_somme numeric(38,18) not null,
  prix_cloture numeric(38,18) not null,
  market_cap_cloture numeric(38,18),
  volume_24h_cloture numeric(38,18),
  prix_moyen numeric(38,18) generated always as (round(prix_somme / instantanes, 18)) stored,
  _load_id bigint not null,
  constraint crypto_quotidien_pkey primary key (crypto_id, jour)
);
create index crypto_quotidien_jour_idx on public.crypto_quotidien (jour);
create index crypto_quotidien__load_id_idx on public.crypto_quotidien using brin (_load_id) with (autosummarize = on);
comment on table public.crypto_quotidien is 'Daily rollup of the snapshots, by asset';
comment on column public.crypto_quotidien.crypto_id is 'CoinCap slug';
comment on column public.crypto_quotidien.jour is 'Day in Paris';
comment on column public.crypto_quotidien.instantanes is 'Snapshots in the bucket';
comment on column public.crypto_quotidien.prix_somme is 'Of all snapshots, for the mean';
comment on column public.crypto_quotidien.prix_moyen is 'USD';
comment on column public.crypto_quotidien.prix_cloture is 'Price of the last snapshot in the bucket';
comment on column public.crypto_quotidien.market_cap_cloture is 'USD, of the last snapshot in the bucket';
comment on column public.crypto_quotidien.volume_24h_cloture is 'USD, of the last snapshot in the bucket';

create table public.monitoring_stats (
  check_timestamp timestamp with time zone not null,
  snapshot timestamp with time zone not null,
  records_count integer not null,
  anomalies_detected integer not null,
  market_cap_total numeric(38,18),
  created_at timestamp with time zone default now() not null,
  _load_id bigint not null,
  constraint monitoring_stats_pkey primary key (check_timestamp)
);
create index monitoring_stats__load_id_idx on public.monitoring_stats using brin (_load_id) with (autosummarize = on);
comment on table public.monitoring_stats is 'One row a check of the market';
comment on column public.monitoring_stats.check_timestamp is 'Logical time of the check';
comment on column public.monitoring_stats.snapshot is 'The snapshot that was looked at';
comment on column public.monitoring_stats.market_cap_total is 'USD';

create table public.crypto_anomalies (
  crypto_id character varying(100) not null,
  symbole character varying(20) not null,
  nom character varying(100) not null,
  rang integer not null,
  snapshot timestamp with time zone not null,
  regle character varying(20) not null,
  valeur numeric(38,18) not null,
  seuil numeric(38,18) not null,
  severite character varying(20) not null,
  version_regle integer not null,
  detecte_a timestamp with time zone not null,
  _load_id bigint not null,
  constraint crypto_anomalies_pkey primary key (crypto_id, snapshot, regle)
);
create index crypto_anomalies_detecte_a_idx on public.crypto_anomalies (detecte_a);
create index crypto_anomalies__load_id_idx on public.crypto_anomalies using brin (_load_id) with (autosummarize = on);
comment on table public.crypto_anomalies is 'Assets whose variation or volume broke an anomaly rule';
comment on column public.crypto_anomalies.crypto_id is 'CoinCap slug';
comment on column public.crypto_anomalies.rang is 'Rank by market capitalisation';
comment on column public.crypto_anomalies.regle is 'variation or volume';
comment on column public.crypto_anomalies.valeur is 'Percent, or USD';
comment on column public.crypto_anomalies.seuil is 'The highest threshold that the value passes';
comment on column public.crypto_anomalies.severite is 'warning or critical, each with a threshold of its own';
comment on column public.crypto_anomalies.version_regle is 'Version of the rules that applied';
comment on column public.crypto_anomalies.detecte_a is 'Logical time of the check that found it first';
