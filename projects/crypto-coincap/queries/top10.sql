-- The ten highest ranked assets of the newest snapshot; its day and time stand beside each.
select rang, symbole, nom, prix_usd, variation_24h_pourcent, date_import, heure_import from crypto_dashboard order by rang limit 10
