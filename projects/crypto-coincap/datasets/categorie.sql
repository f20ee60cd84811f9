case
  when market_cap_usd >= 10000000000 then 'Grande capitalisation'
  when market_cap_usd >= 1000000000 then 'Moyenne capitalisation'
  when market_cap_usd is not null then 'Petite capitalisation'
end
