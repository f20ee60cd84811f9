-- The ten highest ranked assets of the newest snapshot of today.
select rang, symbole, nom, prix_usd, variation_24h_pourcent from crypto_dashboard order by rang limit 10
