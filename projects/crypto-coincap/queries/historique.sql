-- The newest twenty prices of one asset: --param symbole=BTC
select date_import, heure_import, prix_usd, variation_24h_pourcent
from crypto_temps_reel where symbole = :symbole order by timestamp_import desc limit 20
