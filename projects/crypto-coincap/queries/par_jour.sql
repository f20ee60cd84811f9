-- How many assets were imported each day, the newest day first.
select date_import, count(distinct crypto_id) as nombre, count(distinct timestamp_import) as instantanes
from crypto_temps_reel group by date_import order by date_import desc
