drop table public.sluice_quarantine;

drop table public.sluice_loads;
