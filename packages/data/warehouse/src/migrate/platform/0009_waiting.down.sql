drop table public.sluice_waiting;
