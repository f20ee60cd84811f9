create table public.crypto_temps_reel (
  id bigint generated always as identity not null,
  crypto_id character varying(100) not null,
  rang integer not null,
  symbole character varying(20) not null,
  nom character varying(100) not null,
  supply_circulant numeric(38,18),
  supply_max numeric(38,18),
  market_cap_usd numeric(38,18),
  volume_24h_usd numeric(38,18),
  prix_usd numeric(38,18) not null,
  variation_24h_pourcent numeric(38,18),
  vwap_24h numeric(38,18),
  timestamp_import timestamp with time zone not null,
  market_cap_milliards numeric(38,9) generated always as (round(market_cap_usd / 1000000000, 9)) stored,
  volume_24h_millions numeric(38,6) generated always as (round(volume_24h_usd / 1000000, 6)) stored,
  date_import date generated always as ((timestamp_import at time zone 'Europe/Paris')::date) stored,
  heure_import character varying(20) generated always as (((date_trunc('second', timestamp_import at time zone 'Europe/Paris'))::time)::text) stored,
  created_at timestamp with time zone default now() not null,
  _load_id bigint not null,
  constraint crypto_temps_reel_pkey primary key (crypto_id, timestamp_import)
);

create unique index crypto_temps_reel_id_key on public.crypto_temps_reel (id);

create index crypto_temps_reel_date_import_idx on public.crypto_temps_reel (date_import);

create index crypto_temps_reel_rang_idx on public.crypto_temps_reel (rang);

create index crypto_temps_reel_symbole_idx on public.crypto_temps_reel (symbole);

create index crypto_temps_reel__load_id_idx on public.crypto_temps_reel using brin (_load_id) with (autosummarize = on);

comment on table public.crypto_temps_reel is 'Snapshots of the highest ranked crypto assets, one row an asset and snapshot';

comment on column public.crypto_temps_reel.id is 'Running number of the row';

comment on column public.crypto_temps_reel.crypto_id is 'CoinCap slug';

comment on column public.crypto_temps_reel.rang is 'Rank by market capitalisation';

comment on column public.crypto_temps_reel.supply_max is 'Null: no maximum';

comment on column public.crypto_temps_reel.market_cap_usd is 'USD, exact';

comment on column public.crypto_temps_reel.volume_24h_usd is 'USD, exact';

comment on column public.crypto_temps_reel.prix_usd is 'USD, exact';

comment on column public.crypto_temps_reel.variation_24h_pourcent is 'Percent over 24 hours, as CoinCap gives it';

comment on column public.crypto_temps_reel.vwap_24h is 'Volume-weighted mean price of 24 hours, USD';

comment on column public.crypto_temps_reel.timestamp_import is 'Logical time of the run: one value a snapshot';

comment on column public.crypto_temps_reel.market_cap_milliards is 'Billions of USD';

comment on column public.crypto_temps_reel.volume_24h_millions is 'Millions of USD';

comment on column public.crypto_temps_reel.date_import is 'Day of the snapshot in Paris';

comment on column public.crypto_temps_reel.heure_import is 'Time of the snapshot in Paris';

comment on column public.crypto_temps_reel.created_at is 'When the row was written';
