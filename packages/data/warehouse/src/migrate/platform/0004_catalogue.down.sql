drop table public.sluice_catalogue;
