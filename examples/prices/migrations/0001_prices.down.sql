drop table public.prices;
