drop table public.crypto_anomalies;
drop table public.monitoring_stats;
drop table public.crypto_quotidien;
drop table public.crypto_horaire;
alter table public.crypto_temps_reel drop column tendance, drop column categorie;
drop index if exists public.crypto_temps_reel_timestamp_import_idx;
