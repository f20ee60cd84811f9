-- Ten rows of the newest snapshot, by rank.
select rang, symbole, nom, prix_usd, market_cap_milliards, volume_24h_millions, categorie, tendance, date_import, heure_import
from crypto_dashboard order by rang limit 10
