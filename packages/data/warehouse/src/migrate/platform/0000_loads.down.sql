drop table public.sluice_superseded;

drop table public.sluice_quarantine;

drop table public.sluice_loads;
