case
  when variation_24h_pourcent >= 5 then 'Forte hausse'
  when variation_24h_pourcent >= 0.5 then 'Hausse'
  when variation_24h_pourcent > -0.5 then 'Stable'
  when variation_24h_pourcent > -5 then 'Baisse'
  when variation_24h_pourcent is not null then 'Forte baisse'
end
