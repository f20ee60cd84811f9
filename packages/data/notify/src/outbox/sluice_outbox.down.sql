drop table public.sluice_outbox;
