drop table public.crypto_temps_reel;
