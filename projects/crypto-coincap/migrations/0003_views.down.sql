drop function public.crypto_volatilite(interval, integer);
drop view public.pipeline_logs;
drop view public.market_summary;
drop view public.crypto_dashboard;
