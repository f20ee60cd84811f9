drop table public.sluice_runs;
